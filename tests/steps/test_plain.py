"""The plain step: one forward, one loss, one update."""

import torch
from torch import nn

from counterpoise.batch import Batch
from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy
from counterpoise.steps import Plain


def test_it_is_gradient_descent_on_the_criterion() -> None:
    torch.manual_seed(0)
    model, twin = nn.Linear(4, 3), nn.Linear(4, 3)
    twin.load_state_dict(model.state_dict())
    inputs, target = torch.randn(6, 4), torch.tensor([0, 1, 2, 1, 0, 2])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

    def update(loss, number):
        assert number == 0
        loss.backward()
        optimizer.step()

    returned = Plain()(model, Batch(inputs, target), Weighted(CrossEntropy()), update)
    loss = nn.functional.cross_entropy(twin(inputs), target)
    loss.backward()
    torch.testing.assert_close(returned, loss.detach())
    torch.testing.assert_close(model.weight, twin.weight - 0.5 * twin.weight.grad)
