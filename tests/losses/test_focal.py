"""Focal loss: worked numbers, a slow loop, and its limit case."""

import math

import pytest
import torch
import torch.nn.functional as F

from counterpoise.errors import ArgumentError
from counterpoise.losses import Focal

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])


def test_worked_numbers() -> None:
    each = Focal(reduction="none")(Z, TARGET)
    expected = torch.tensor([0.0456778, 0.0456778, 0.0823180, 0.4882721], dtype=torch.float64)
    torch.testing.assert_close(each, expected, rtol=0, atol=5e-8)
    assert float(Focal()(Z, TARGET)) == pytest.approx(0.16548643, abs=1e-8)
    assert float(Focal(alpha=0.25)(Z, TARGET)) == pytest.approx(0.04137161, abs=1e-8)


def test_slow_loop_with_alpha_per_class() -> None:
    alpha, gamma = (0.2, 0.7, 1.5), 1.3
    each = Focal(gamma=gamma, alpha=alpha, reduction="none")(Z, TARGET)
    for i, true in enumerate(TARGET.tolist()):
        p = math.exp(Z[i, true]) / sum(math.exp(z) for z in Z[i])
        expected = -alpha[true] * (1 - p) ** gamma * math.log(p)
        assert float(each[i]) == pytest.approx(expected, abs=1e-6)


def test_gamma_zero_is_cross_entropy() -> None:
    z = Z.clone().requires_grad_()
    ours = torch.autograd.grad(Focal(gamma=0)(z, TARGET), z)[0]
    theirs = torch.autograd.grad(F.cross_entropy(z, TARGET), z)[0]
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(Focal(gamma=0)(Z, TARGET), F.cross_entropy(Z, TARGET))


@pytest.mark.parametrize("gamma", [0.3, 0.5, 1.0, 5.0])
def test_a_certain_sample_has_no_gradient_rather_than_nan(gamma) -> None:
    z = torch.tensor([[200.0, 0.0, 0.0]], requires_grad=True)
    Focal(gamma=gamma)(z, torch.tensor([0])).backward()
    assert torch.equal(z.grad, torch.zeros(1, 3))


@pytest.mark.parametrize("wrong", [{"gamma": -1}, {"alpha": -0.1}, {"alpha": [1.0, -1.0]}])
def test_negative_settings(wrong) -> None:
    with pytest.raises(ArgumentError, match="0 or more"):
        Focal(**wrong)


def test_one_alpha_per_class() -> None:
    with pytest.raises(ArgumentError, match="2 classes"):
        Focal(alpha=[1.0, 2.0])(Z, TARGET)
