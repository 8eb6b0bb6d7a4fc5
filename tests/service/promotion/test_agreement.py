"""Sums over pairs of classes."""

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.service.database.candidates import Tally
from counterpoise.service.promotion.agreement import agreement


def test_it_adds_up_by_hand() -> None:
    pairs = {
        ("a", "a"): Tally(6, 5.4, 4.8, 1, 1),
        ("a", "b"): Tally(2, 1.0, 1.6, 7, 70),
        ("b", "b"): Tally(1, 0.8, 0.6, 1, 1),
        ("b", "c"): Tally(1, 0.8, 1.0, 3, 30),
    }
    found = agreement(pairs, ["a", "b"])
    assert (found.number, found.same) == (10, 7)
    assert [(r.label, r.number, r.same, r.candidate_number) for r in found.classes] == [
        ("a", 8, 6, 6), ("b", 2, 1, 3), ("c", 0, 0, 1),
    ]  # fmt: skip
    assert [r.share for r in found.classes] == [0.75, 0.5, None]
    assert [(o.label, o.candidate_label, o.camera) for o in found.apart] == [
        ("a", "b", 7), ("b", "c", 3),
    ]  # fmt: skip
    assert found.mean_probability == pytest.approx(0.8)
    assert found.candidate_mean_probability == pytest.approx(0.8)


def test_nothing_seen_and_margins_have_no_mean() -> None:
    found = agreement({}, ["a"])
    assert (found.number, found.same, found.mean_probability) == (0, 0, None)
    assert agreement({("a", "a"): Tally(2)}, ["a"]).candidate_mean_probability is None
