"""The sentence on what changed."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.analyzer.shares import Difference
from counterpoise.service.web.analysis_words import changes

THAN = "the day before"


def one(label: str, share: float, before: float, half: float) -> Difference:
    return Difference(label, share, before, share - before - half, share - before + half)


def test_the_largest_change_comes_first_with_its_interval() -> None:
    found = [one("a", 0.5, 0.52, 0.05), one("b", 0.3, 0.2, 0.04), one("c", 0.2, 0.28, 0.03)]
    assert changes(found, THAN) == (
        "“b” is more frequent than in the day before: 30.0 % of the frames, 20.0 % then "
        "(+10.0 points, between +6.0 and +14.0); “c” 20.0 %, 28.0 % then (-8.0). "
        "The other class differs by no more than chance."
    )


def test_nothing_but_chance() -> None:
    assert changes([one("a", 0.5, 0.52, 0.05)], THAN) == (
        "No class's share differs from that of the day before by more than chance."
    )


def test_many_changes_are_counted() -> None:
    found = [one(str(k), 0.1, 0.2, 0.01) for k in range(6)]
    assert changes(found, THAN).endswith("; 3 more classes.")
