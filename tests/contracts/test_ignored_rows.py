"""What every exported loss makes of ignored rows, mixed batches and classes without a chance."""

import pytest
import torch

from counterpoise import losses
from counterpoise.batch import Batch, Mixed
from counterpoise.criterion import Weighted
from counterpoise.losses import fused

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


ADJUSTED = ("LDAM", "VS", "BalancedSoftmax", "LogitAdjusted")  # large batches go another way


@pytest.fixture(params=[*losses.__all__, *(f"{name}, large" for name in ADJUSTED)])
def loss(request, build, monkeypatch):
    name, large, _ = request.param.partition(", large")
    if large:
        monkeypatch.setattr(fused, "LARGE", 0)
    return build(getattr(losses, name))


def batch(dtype=torch.float32, seed=0):
    """Seven samples of three classes, not of equal number."""
    logits = torch.randn(7, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return logits.to(dtype).requires_grad_(), torch.tensor([0, 1, 2, 1, 0, 2, 2])


def test_ignored_samples_cost_nothing(loss) -> None:
    logits, target = batch()
    ignoring = Weighted(loss, ignore_index=-100)
    marked = target.clone()
    marked[[1, 4]] = -100
    kept = torch.tensor([0, 2, 3, 5, 6])
    value = ignoring(logits, marked)
    torch.testing.assert_close(value, loss(logits[kept], target[kept]))
    (gradient,) = torch.autograd.grad(value, logits)
    assert torch.equal(gradient[[1, 4]], torch.zeros(2, 3))
    nothing = ignoring(logits, torch.full((7,), -100))
    assert nothing.detach() == 0.0


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_ignored_samples_cost_nothing_whatever_their_logits(loss, wrong) -> None:
    logits, target = batch()
    ignoring = Weighted(loss, ignore_index=-100)
    marked, lost = target.clone(), torch.tensor([1, 4])
    marked[lost] = -100
    broken = logits.detach().clone()
    broken[lost] = wrong
    broken.requires_grad_()
    for one, other in ((logits, broken), (broken, logits)):
        value = ignoring(one, marked)
        assert torch.equal(value, ignoring(other, marked))
        (gradient,) = torch.autograd.grad(value, one)
        assert gradient.isfinite().all()
        assert torch.equal(gradient[lost], torch.zeros(2, 3))
    share = torch.full((7,), 0.5)
    mixed = Mixed(torch.zeros(7, 1), marked, marked, share)
    value = ignoring(broken, mixed)
    torch.testing.assert_close(value, ignoring(logits, mixed))
    assert torch.autograd.grad(value, broken)[0].isfinite().all()


def test_a_label_ignored_on_one_side_of_a_mixed_batch_costs_nothing(loss) -> None:
    """Its place is taken by class 0, which may have no chance at all in that row."""
    logits = torch.tensor([[float("-inf"), 1.0, 0.5]], requires_grad=True)
    target, ignored = torch.tensor([1]), torch.tensor([-100])
    half = Mixed(torch.zeros(1, 1), target, ignored, torch.tensor([0.5]))
    value = Weighted(loss, ignore_index=-100)(logits, half)
    torch.testing.assert_close(value, loss(logits, target))
    assert torch.autograd.grad(value, logits)[0].isfinite().all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_another_class_without_a_chance_is_the_limit_of_one_with_little(loss, dtype) -> None:
    target = torch.tensor([0, 2])
    rows = [[0.5, -1e4, 0.0], [0.25, -1e4, -1.0]]
    far = torch.tensor(rows, dtype=dtype, requires_grad=True)
    farthest = far.detach().where(far.detach() > -9e3, -torch.inf).requires_grad_()
    value, expected = loss(farthest, target), loss(far, target)
    torch.testing.assert_close(value, expected)
    (gradient,) = torch.autograd.grad(value, farthest)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected, far)[0])
    assert torch.equal(gradient[:, 1], torch.zeros(2, dtype=dtype))
    alone = torch.tensor([[0.0, -torch.inf, -torch.inf]], dtype=dtype, requires_grad=True)
    value = loss(alone, target[:1])
    value.backward()
    assert value.isfinite()
    assert torch.equal(alone.grad, torch.zeros(1, 3, dtype=dtype)) or loss.scores == "margins"


def test_mixed_batches_cost_their_shares(loss) -> None:
    logits, target = batch()
    other = target.roll(1)
    share = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0, 0.1, 0.9])
    expected = share * loss.per_sample(logits, target)
    expected = expected + (1 - share) * loss.per_sample(logits, other)
    mixed = Mixed(torch.zeros(7, 1), target, other, share)
    torch.testing.assert_close(Weighted(loss)(logits, mixed), expected.mean())
    plain = Batch(torch.zeros(7, 1), target)
    torch.testing.assert_close(Weighted(loss)(logits, plain), loss(logits, target))
