"""Logit adjustment: a slow loop, and tau 0."""

import math

import pytest
import torch
import torch.nn.functional as F

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses import LogitAdjusted

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])
COUNTS = ClassCounts((800, 400, 1000))


def test_slow_loop() -> None:
    each = LogitAdjusted(COUNTS, tau=1.5, reduction="none")(Z, TARGET)
    for i, true in enumerate(TARGET.tolist()):
        powers = [(n / 2200) ** 1.5 * math.exp(z) for n, z in zip(COUNTS.values, Z[i], strict=True)]
        assert float(each[i]) == pytest.approx(-math.log(powers[true] / sum(powers)), abs=1e-6)


def test_tau_0_is_cross_entropy() -> None:
    torch.testing.assert_close(LogitAdjusted(COUNTS, tau=0)(Z, TARGET), F.cross_entropy(Z, TARGET))
    with pytest.raises(ArgumentError, match="tau"):
        LogitAdjusted(COUNTS, tau=-1)
