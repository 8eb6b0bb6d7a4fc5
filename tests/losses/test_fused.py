"""Costs with a gradient made beforehand: the same as autograd's, and no second derivative."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.losses import fused
from counterpoise.losses.fused import KnownGradient, adjusted_cross_entropy, cross_entropy, source

LOGITS = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1, 0])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("wide", [False, True], ids=["per sample", "per logit"])
def test_a_known_gradient_is_that_of_autograd(reduction, wide) -> None:
    inputs = (LOGITS if wide else LOGITS[:, 0]).clone().requires_grad_()
    plain = inputs.detach()
    cost = plain.square().sum(1) if wide else plain.square()
    value = KnownGradient.apply(inputs, cost, 2 * plain, reduction)
    expected = inputs.square().sum(1) if wide else inputs.square()
    expected = expected if reduction == "none" else getattr(expected, reduction)()
    torch.testing.assert_close(value, expected)
    outer = torch.arange(1.0, 6.0, dtype=torch.float64) if reduction == "none" else torch.tensor(3)
    (mine,) = torch.autograd.grad((value * outer).sum(), inputs)
    (theirs,) = torch.autograd.grad((expected * outer).sum(), inputs)
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_large_batch_costs_what_a_small_one_does(reduction, monkeypatch) -> None:
    factor = torch.tensor([1.0, 0.5, 2.0], dtype=torch.float64)
    found = []
    for large in (10**9, 0):
        monkeypatch.setattr(fused, "LARGE", large)
        logits = LOGITS.clone().requires_grad_()
        adjusted = source(logits) * factor + 1.0
        value = adjusted_cross_entropy(logits, adjusted, TARGET, reduction, factor)
        found.append((value.detach(), torch.autograd.grad(value.sum(), logits)[0]))
    torch.testing.assert_close(found[0], found[1])


def test_second_derivatives_are_refused() -> None:
    inputs = LOGITS.clone().requires_grad_()
    value = KnownGradient.apply(inputs, LOGITS.sum(1), torch.ones_like(LOGITS), "sum")
    with pytest.raises(ArgumentError, match="create_graph=True"):
        torch.autograd.grad(value, inputs, create_graph=True)


def test_the_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match="0 samples"):
        cross_entropy(LOGITS[:0], TARGET[:0], "mean")
