"""The regulariser of a head: added where there is one, and nothing where there is none."""

import torch
from torch import nn

from counterpoise.heads import Linear, OneVsRestSVM
from counterpoise.models import Classifier
from counterpoise.steps.penalty import with_penalty

LOSS = torch.tensor(2.0)


def test_a_penalty_is_added_with_its_gradient() -> None:
    head = OneVsRestSVM(2, 2, reg=1.0)
    loss = with_penalty(LOSS, Classifier(nn.Flatten(), head))
    torch.testing.assert_close(loss, LOSS + head.weight.square().sum() / 2)
    loss.backward()
    torch.testing.assert_close(head.weight.grad, head.weight)


def test_heads_without_one_and_models_without_a_head_change_nothing() -> None:
    for model in (Classifier(nn.Flatten(), Linear(2, 2)), nn.Sequential(nn.Linear(2, 2))):
        assert with_penalty(LOSS, model) is LOSS
