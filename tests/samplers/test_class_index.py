"""Who belongs to which class: positions, totals, and whether labels are the same."""

import numpy as np
import pytest
import torch

from counterpoise.samplers.class_index import ClassIndex, class_totals, expected_seen
from counterpoise.samplers.stream import generator


def test_class_totals_follow_the_shares() -> None:
    shares = torch.tensor([0.0, 0.7, 0.0, 0.3, 0.0])
    totals = class_totals(shares, 100_000, 0, 0)
    assert totals.sum() == 100_000
    assert totals[[0, 2, 4]].tolist() == [0, 0, 0]
    assert float(totals[1]) == pytest.approx(70_000, abs=4 * (100_000 * 0.21) ** 0.5)


def test_class_totals_reach_no_class_beyond_the_last_with_a_share() -> None:
    shares = torch.tensor([1 / 3, 1 / 3, 1 / 3, 0.0])
    assert class_totals(shares, 10**6, 0, 1)[3] == 0


def test_class_index_lists_positions_by_class() -> None:
    index = ClassIndex([2, 0, 2, 1, 0], who="test")
    assert index.of(0).tolist() == [1, 4]
    assert index.of(1).tolist() == [3]
    assert index.of(2).tolist() == [0, 2]


def test_the_same_labels_and_no_others_match() -> None:
    summary = ClassIndex([2, 0, 2, 1, 0], who="test").summary
    assert (summary.num_samples, summary.num_classes) == (5, 3)
    for kind in (np.uint8, np.int32, np.int64):
        assert summary.matches(np.array([2, 0, 2, 1, 0], dtype=kind))
    for other in (
        [0, 2, 2, 1, 0],
        [2, 0, 2, 1],
        [2, 0, 2, 1, 0, 0],
        [2, 0, 2, 1, 3],
        [2, 0, 2, 1, 256],
    ):
        assert not summary.matches(np.array(other)), other


def test_drawing_stays_within_classes_and_reaches_all_of_their_samples() -> None:
    index = ClassIndex([0] * 5 + [1] * 3 + [2] * 9, who="test")
    drawn = index.draw(torch.tensor([400, 0, 900]), generator(0, 1))
    often = torch.bincount(drawn, minlength=17)
    assert often[:5].sum() == 400
    assert often[5:8].sum() == 0
    assert often[8:].sum() == 900
    assert (often[[0, 1, 2, 3, 4, 8, 12, 16]] > 40).all()
    assert len(drawn[:50].lt(5).unique()) == 2, "shuffled together"


def test_expected_draws_sum_to_the_length() -> None:
    assert expected_seen(torch.tensor([3.0, 1.0]), 8) == (6.0, 2.0)
