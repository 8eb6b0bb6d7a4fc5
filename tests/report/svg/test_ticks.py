"""Ticks are round, lie within the axis, and are few."""

import pytest

from counterpoise.report.svg.ticks import linear, powers


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.37, 0.41), (-3, 12), (0, 1e6), (0, 7e-5), (5, 5)]
)
def test_linear(low: float, high: float) -> None:
    found = linear(low, high)
    assert 1 <= len(found) <= 7
    assert all(low - 1e-9 <= value <= high + 1e-9 for value, _ in found)
    assert len({text for _, text in found}) == len(found)


@pytest.mark.parametrize(("low", "high"), [(0.001, 30), (1, 2), (2, 9), (10, 1e7)])
def test_powers(low: float, high: float) -> None:
    found = powers(low, high)
    assert found
    assert all(low <= value <= high for value, _ in found)
