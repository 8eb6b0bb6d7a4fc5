"""What every exported step owes the loop."""

import copy

import pytest
import torch
from torch import nn

from counterpoise import steps
from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy
from counterpoise.weights import Balanced

STEPS = [getattr(steps, name) for name in steps.__all__]


@pytest.fixture(params=STEPS, ids=steps.__all__)
def step(request, build):
    return build(request.param)


class Net(nn.Module):
    """A linear model whose head may have a penalty."""

    def __init__(self, head: nn.Module | None = None) -> None:
        super().__init__()
        self.head = nn.Linear(4, 3) if head is None else head

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.head(inputs)


class Ridge(nn.Linear):
    def penalty(self) -> torch.Tensor:
        return 0.5 * self.weight.square().sum()


def batch(**extra) -> Batch:
    random = torch.Generator().manual_seed(0)
    return Batch(torch.randn(6, 4, generator=random), torch.tensor([0, 1, 2, 1, 0, 2]), **extra)


def run(step, model, batch, criterion=None, rate=0.1):
    """Run a step as the loop does; return its loss and which optimizers moved."""
    optimizers = [torch.optim.SGD(model.parameters(), lr=rate) for _ in range(step.num_optimizers)]
    moved = []

    def update(loss, k):
        optimizers[k].zero_grad()
        loss.backward()
        optimizers[k].step()
        moved.append(k)

    return step(model, batch, criterion or Weighted(CrossEntropy()), update), moved


def test_each_optimizer_is_used_once_in_order(step) -> None:
    loss, moved = run(step, Net(), batch())
    assert moved == list(range(step.num_optimizers))
    assert loss.shape == ()
    assert not loss.requires_grad


def test_the_recorded_loss_is_the_criterion_and_falls(step) -> None:
    torch.manual_seed(0)
    model, criterion = Net(), Weighted(CrossEntropy(), Balanced(ClassCounts((8, 4, 10))))
    expected = criterion(model(batch().inputs), batch())
    first, _ = run(step, model, batch(), criterion)
    torch.testing.assert_close(first, expected.detach())
    for _ in range(30):
        last, _ = run(step, model, batch(), criterion)
    assert last < first


def test_the_penalty_of_the_head_is_added(step) -> None:
    torch.manual_seed(0)
    head = Ridge(4, 3)
    plain = nn.Linear(4, 3)
    plain.load_state_dict(head.state_dict())
    without, _ = run(step, Net(plain), batch())
    expected = without + head.penalty().detach()
    torch.testing.assert_close(run(step, Net(head), batch())[0], expected)


def test_mixed_and_weighted_batches(step) -> None:
    torch.manual_seed(0)
    model = Net()
    plain = batch()
    twin = copy.deepcopy(model)
    mixed = Mixed(plain.inputs, plain.target, plain.target.roll(1), torch.ones(6))
    loss, _ = run(step, model, mixed)
    same, _ = run(step, twin, batch(weight=torch.ones(6)))
    torch.testing.assert_close(loss, same)
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_nothing_is_read_back_from_the_device(step) -> None:
    model = Net().to("meta")
    made = batch()
    meta = Batch(made.inputs.to("meta"), made.target.to("meta"))
    loss, _ = run(step, model, meta)
    assert loss.device.type == "meta"


def test_deterministic(step) -> None:
    torch.manual_seed(0)
    model = Net()
    twin = copy.deepcopy(model)
    run(step, model, batch()), run(step, twin, batch())
    assert torch.equal(model.head.weight, twin.head.weight)
