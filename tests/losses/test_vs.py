"""Vector scaling: worked numbers, a slow loop, and strengths of 0."""

import math

import pytest
import torch
import torch.nn.functional as F

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses import VS, LogitAdjusted

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)


TARGET = torch.tensor([0, 1, 2, 1])


COUNTS = ClassCounts((800, 400, 1000))


def test_worked_numbers_of_vs() -> None:
    loss = VS(COUNTS, gamma=0.2, tau=0.5, reduction="none")
    assert loss.delta.tolist() == pytest.approx([0.9563525, 0.83255321, 1.0])
    expected = torch.tensor([0.34018357, 0.65723706, 0.40172534, 1.49737577], dtype=torch.float64)
    torch.testing.assert_close(loss(Z, TARGET), expected, rtol=1e-6, atol=0)
    assert float(loss(Z, TARGET).mean()) == pytest.approx(0.72413043, abs=1e-6)


def test_slow_loop() -> None:
    gamma, tau = 0.3, 1.25
    each = VS(COUNTS, gamma=gamma, tau=tau, reduction="none")(Z, TARGET)
    for i, true in enumerate(TARGET.tolist()):
        powers = []
        for k, n in enumerate(COUNTS.values):
            powers.append((n / 2200) ** tau * math.exp((n / 1000) ** gamma * float(Z[i, k])))
        expected = -math.log(powers[true] / sum(powers))
        assert float(each[i]) == pytest.approx(expected, abs=1e-6)


def test_strengths_of_zero() -> None:
    torch.testing.assert_close(VS(COUNTS, gamma=0, tau=0)(Z, TARGET), F.cross_entropy(Z, TARGET))
    torch.testing.assert_close(
        VS(COUNTS, gamma=0, tau=0.7)(Z, TARGET), LogitAdjusted(COUNTS, tau=0.7)(Z, TARGET)
    )


def test_negative_strengths() -> None:
    for wrong in ({"gamma": -1}, {"tau": -1}):
        with pytest.raises(ArgumentError, match="gamma and tau"):
            VS(COUNTS, **wrong)
