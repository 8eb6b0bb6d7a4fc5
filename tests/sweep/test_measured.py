"""Means over seeds."""

import math

from counterpoise.sweep.measured import Measured


def test_a_mean_needs_every_seed() -> None:
    cell = Measured({}, {("a", "auc"): (0.5, 0.7), ("b", "auc"): (0.5, math.nan)})
    assert cell.mean("a", "auc") == 0.6
    assert math.isnan(cell.mean("b", "auc"))
    assert math.isnan(cell.mean("c", "auc"))
