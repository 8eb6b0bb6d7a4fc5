"""Logit-adjusted, balanced softmax and VS: what the family shares."""

import pytest
import torch
import torch.nn.functional as F

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses import VS, BalancedSoftmax, LogitAdjusted, fused

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)


TARGET = torch.tensor([0, 1, 2, 1])


COUNTS = ClassCounts((800, 400, 1000))


ALL = [LogitAdjusted, BalancedSoftmax, VS]


@pytest.mark.parametrize("loss", [LogitAdjusted, BalancedSoftmax])
def test_worked_numbers(loss) -> None:
    expected = torch.tensor([0.30240478, 0.72952592, 0.32794105, 1.70474809], dtype=torch.float64)
    torch.testing.assert_close(
        loss(COUNTS, reduction="none")(Z, TARGET), expected, rtol=1e-6, atol=0
    )
    assert float(loss(COUNTS)(Z, TARGET)) == pytest.approx(0.76615496, abs=1e-6)


@pytest.mark.parametrize("loss", ALL)
def test_balanced_counts_are_cross_entropy(loss) -> None:
    balanced = loss(ClassCounts((5, 5, 5)))(Z, TARGET)
    torch.testing.assert_close(balanced, F.cross_entropy(Z, TARGET), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("loss", ALL)
def test_an_absent_class_is_left_out_of_the_softmax(loss) -> None:
    three = loss(ClassCounts((30, 0, 10)), zero_count="ignore", reduction="none")
    two = loss(ClassCounts((30, 10)), reduction="none")
    logits = torch.tensor([[0.3, 5.0, -0.2], [1.5, -9.0, 0.4], [1.0, 1.0, 1.0]])
    logits.requires_grad_()
    each = three(logits, torch.tensor([0, 2, 1]))
    expected = two(logits[:2, [0, 2]], torch.tensor([0, 1]))
    torch.testing.assert_close(each[:2], expected)
    assert each[2].detach() == 0
    each.sum().backward()
    assert torch.equal(logits.grad[:, 1], torch.zeros(3))
    assert logits.grad.isfinite().all()
    with pytest.raises(ArgumentError, match="index 1"):
        loss(ClassCounts((30, 0, 10)))


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_large_batches_have_the_gradient_of_small_ones(monkeypatch, kind, reduction) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 30, generator=generator).to(kind)
    target = torch.randint(30, (40,), generator=generator)
    counts = ClassCounts(tuple(max(0, 7 * k - 7) for k in range(30)))
    found = []
    for large in (0, 10**9):
        monkeypatch.setattr(fused, "LARGE", large)
        z = logits.clone().requires_grad_()
        cost = VS(counts, zero_count="ignore", reduction=reduction)(z, target)
        found.append((cost.detach(), torch.autograd.grad(cost.sum(), z)[0]))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-6, atol=0)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-6, atol=1e-9)


def test_large_batches_have_no_second_derivative(monkeypatch) -> None:
    monkeypatch.setattr(fused, "LARGE", 0)
    z = Z.clone().requires_grad_()
    with pytest.raises(ArgumentError, match="create_graph=True"):
        torch.autograd.grad(LogitAdjusted(COUNTS)(z, TARGET), z, create_graph=True)
