"""LDAM: worked numbers, a slow loop, and what a margin does."""

import math

import pytest
import torch
import torch.nn.functional as F

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses import LDAM

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])
COUNTS = ClassCounts((800, 400, 1000))


def test_worked_numbers() -> None:
    loss = LDAM(COUNTS, reduction="none")
    torch.testing.assert_close(
        loss.margins, torch.tensor([0.42044821, 0.5, 0.39763536]), rtol=1e-6, atol=0
    )
    expected = torch.tensor([0.56883986, 0.60413061, 0.69103653, 1.45802009], dtype=torch.float64)
    torch.testing.assert_close(loss(Z, TARGET), expected, rtol=1e-6, atol=0)
    assert float(LDAM(COUNTS)(Z, TARGET)) == pytest.approx(0.83050677, abs=1e-6)


def test_worked_numbers_behind_a_head_with_scale_30() -> None:
    each = LDAM(COUNTS, scale=30, reduction="none")(30 * Z, TARGET)
    assert float(each[3]) == pytest.approx(15.69314733, abs=1e-5)
    assert float(each.mean()) == pytest.approx(3.92328692, abs=1e-5)


def test_slow_loop() -> None:
    each = LDAM(COUNTS, max_margin=0.7, scale=2.5, reduction="none")(Z, TARGET)
    smallest = min(COUNTS.values)
    for i, true in enumerate(TARGET.tolist()):
        row = Z[i].tolist()
        row[true] -= 2.5 * 0.7 * (smallest / COUNTS.values[true]) ** 0.25
        expected = math.log(sum(math.exp(z) for z in row)) - row[true]
        assert float(each[i]) == pytest.approx(expected, abs=1e-6)


def test_a_vanishing_margin_is_cross_entropy() -> None:
    torch.testing.assert_close(LDAM(COUNTS, max_margin=1e-9)(Z, TARGET), F.cross_entropy(Z, TARGET))


def test_balanced_counts_give_all_classes_the_same_margin() -> None:
    assert torch.equal(LDAM(ClassCounts((7, 7))).margins, torch.tensor([0.5, 0.5]))


def test_an_absent_class_has_no_margin() -> None:
    margins = LDAM(ClassCounts((16, 0, 1)), zero_count="ignore").margins
    torch.testing.assert_close(margins, torch.tensor([0.25, 0.0, 0.5]))


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="above 0"):
        LDAM(COUNTS, max_margin=0)
    with pytest.raises(ArgumentError, match="index 1"):
        LDAM(ClassCounts((3, 0)))
    with pytest.raises(ArgumentError, match="3 classes; got 2"):
        LDAM(COUNTS)(torch.zeros(1, 2), torch.tensor([0]))
