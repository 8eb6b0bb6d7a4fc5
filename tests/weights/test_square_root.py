"""Square-root weights: worked numbers, and equal classes."""

import torch

from counterpoise.counts import ClassCounts
from counterpoise.weights import SquareRoot

COUNTS = ClassCounts((800, 400, 1000))


def test_worked_square_roots() -> None:
    expected = torch.tensor([0.90671675, 1.28229113, 0.81099212])
    torch.testing.assert_close(SquareRoot(COUNTS).class_weights, expected, rtol=1e-6, atol=0)


def test_equal_classes_weigh_1_and_an_absent_one_nothing() -> None:
    assert torch.equal(SquareRoot(ClassCounts((9, 9, 9))).class_weights, torch.ones(3))
    ignoring = SquareRoot(ClassCounts((9, 0, 9)), zero_count="ignore")
    assert torch.equal(ignoring.class_weights, torch.tensor([1.0, 0.0, 1.0]))
