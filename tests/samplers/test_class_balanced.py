"""Class-balanced draws, and that large training sets are not a problem."""

import pytest
import torch

from counterpoise import samplers
from counterpoise.samplers.class_index import ClassIndex, class_totals


def test_classes_and_samples_within_them_are_uniform() -> None:
    labels = torch.tensor([0] * 90 + [1] * 9 + [2])
    sampler = samplers.ClassBalanced(labels, seed=0)
    num = 90_000
    drawn = torch.bincount(sampler.take(num), minlength=100)
    for first, last, size in ((0, 90, 90), (90, 99, 9), (99, 100, 1)):
        each = num / 3 / size
        spread = (drawn[first:last] - each).abs() / each**0.5
        assert spread.max() < 4.5


def test_balanced_is_one_call() -> None:
    assert isinstance(samplers.balanced([0, 0, 1]), samplers.ClassBalanced)


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
