"""Balanced softmax: a worked row, and logit adjustment with tau 1."""

import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.losses import BalancedSoftmax, LogitAdjusted

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])
COUNTS = ClassCounts((800, 400, 1000))


def test_worked_row_of_balanced_softmax() -> None:
    rows = torch.tensor([[2.0, 1.0, 0.0]] * 3)
    each = BalancedSoftmax(COUNTS, reduction="none")(rows, torch.arange(3))
    assert each.tolist() == pytest.approx([0.30240478, 1.99555196, 2.07926123], rel=1e-6)


def test_it_is_logit_adjustment_with_tau_1() -> None:
    ours, theirs = BalancedSoftmax(COUNTS), LogitAdjusted(COUNTS, tau=1.0)
    torch.testing.assert_close(ours(Z, TARGET), theirs(Z, TARGET))
