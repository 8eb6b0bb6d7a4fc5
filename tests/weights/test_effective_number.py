"""Effective numbers: worked numbers, a sum of powers, and the limits of beta."""

import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights import Balanced, EffectiveNumber

COUNTS = ClassCounts((800, 400, 1000))


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (0.999, (0.84713086, 1.41486602, 0.73800313)),
        (0.99, (0.994144, 1.01198943, 0.99386657)),
        (0.9999, (0.79602901, 1.56084375, 0.64312724)),
    ],
)
def test_worked_effective_numbers(beta, expected) -> None:
    weights = EffectiveNumber(COUNTS, beta=beta).class_weights
    torch.testing.assert_close(weights, torch.tensor(expected), rtol=1e-6, atol=0)


def test_effective_number_as_a_sum_of_powers() -> None:
    """1 + b + b^2 + ... over the n samples: what a further sample adds shrinks by b."""
    beta, counts = 0.97, (3, 40, 1)
    raw = [1 / sum(beta**i for i in range(n)) for n in counts]
    expected = torch.tensor([3 * r / sum(raw) for r in raw])
    torch.testing.assert_close(
        EffectiveNumber(ClassCounts(counts), beta=beta).class_weights, expected
    )


def test_effective_number_between_no_weights_and_inverse_frequency() -> None:
    flat = EffectiveNumber(COUNTS, beta=0.0).class_weights
    assert torch.equal(flat, torch.ones(3))
    steep = EffectiveNumber(COUNTS, beta=1 - 1e-12).class_weights
    inverse = Balanced(COUNTS).class_weights
    torch.testing.assert_close(steep, inverse * 3 / inverse.sum(), rtol=1e-5, atol=0)
    with pytest.raises(ArgumentError, match="beta"):
        EffectiveNumber(COUNTS, beta=1)
