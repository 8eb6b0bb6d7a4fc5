"""Complement cross-entropy: worked numbers, a slow loop, and two classes."""

import math

import pytest
import torch
import torch.nn.functional as F

from counterpoise.errors import ArgumentError
from counterpoise.losses import ComplementCrossEntropy

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])


def complement_entropy(logits, target):
    """H, as what the loss subtracts from cross-entropy."""
    loss = ComplementCrossEntropy(reduction="none")
    return (F.cross_entropy(logits, target, reduction="none") - loss(logits, target)) * (
        logits.shape[1] - 1
    )


def test_worked_numbers() -> None:
    entropy = complement_entropy(Z, TARGET)
    expected = torch.tensor([0.58220311, 0.58220311, 0.68817207, 0.69314718], dtype=torch.float64)
    torch.testing.assert_close(entropy, expected, rtol=0, atol=1e-8)
    assert float(entropy.mean()) == pytest.approx(0.63643137, abs=1e-8)
    assert float(entropy.mean() / 2) == pytest.approx(0.31821568, abs=1e-8)
    assert float(ComplementCrossEntropy()(Z, TARGET)) == pytest.approx(0.28830756, abs=1e-8)


def test_slow_loop() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 5, generator=random, dtype=torch.float64) * 3
    target = torch.tensor([0, 1, 2, 3, 4, 0])
    each = ComplementCrossEntropy(gamma=0.4, reduction="none")(logits, target)
    for i, true in enumerate(target.tolist()):
        powers = [math.exp(z) for z in logits[i]]
        p = [x / sum(powers) for x in powers]
        shares = [p[k] / (1 - p[true]) for k in range(5) if k != true]
        entropy = -sum(r * math.log(r) for r in shares)
        assert float(each[i]) == pytest.approx(-math.log(p[true]) - 0.4 / 4 * entropy, abs=1e-6)


def test_gamma_zero_is_cross_entropy() -> None:
    loss = ComplementCrossEntropy(gamma=0)
    torch.testing.assert_close(loss(Z, TARGET), F.cross_entropy(Z, TARGET))
    with pytest.raises(ArgumentError, match="gamma"):
        ComplementCrossEntropy(gamma=-1)


def test_two_classes_warn_and_are_cross_entropy() -> None:
    with pytest.warns(UserWarning, match="always 0"):
        value = ComplementCrossEntropy()(Z[:, :2], torch.tensor([0, 1, 1, 0]))
    torch.testing.assert_close(value, F.cross_entropy(Z[:, :2], torch.tensor([0, 1, 1, 0])))


def test_complement_entropy_is_largest_for_flat_wrong_classes() -> None:
    flat = torch.tensor([[9.0, -1.0, -1.0, -1.0]])
    assert float(complement_entropy(flat, torch.tensor([0]))) == pytest.approx(math.log(3))


def test_one_overwhelming_wrong_class_has_the_gradient_of_cross_entropy() -> None:
    logits = torch.tensor([[0.0, 65504.0, -65504.0]], requires_grad=True)
    ComplementCrossEntropy()(logits, torch.tensor([0])).backward()
    assert torch.equal(logits.grad, torch.tensor([[-1.0, 1.0, 0.0]]))


def test_wrong_classes_without_a_chance_count_as_their_limit() -> None:
    """One of three: the entropy of the other two. All three: flat, as on the way there."""
    logits = torch.tensor([[0.0, 1.0, 0.5, -torch.inf], [0.0, *[-torch.inf] * 3]])
    each = ComplementCrossEntropy(gamma=3.0, reduction="none")(logits, torch.tensor([0, 0]))
    r = 1 / (1 + math.exp(-0.5))
    entropy = -r * math.log(r) - (1 - r) * math.log(1 - r)
    plain = math.log(1 + math.exp(1) + math.exp(0.5))
    assert each.tolist() == pytest.approx([plain - entropy, -math.log(3)])


def test_a_sample_classified_well_keeps_its_digits_in_float32() -> None:
    """1 - p_y would be 0 here, and r = p / (1 - p_y) nothing."""
    logits = torch.tensor([[40.0, 1.0, 0.0]])
    entropy = -(float(ComplementCrossEntropy()(logits, torch.tensor([0]))) * 2)
    r = 1 / (1 + math.exp(-1))
    expected = -r * math.log(r) - (1 - r) * math.log(1 - r)
    assert entropy == pytest.approx(expected, rel=1e-6)
