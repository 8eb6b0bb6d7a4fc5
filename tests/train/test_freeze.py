"""Freezing: globs that match, BatchNorm that stays put, and globs that match nothing."""

import pytest
import torch
from torch import nn

from counterpoise.errors import RecipeError
from counterpoise.train.freeze import freeze_except, train_mode


class Net(nn.Module):
    output_parameters = ("head.*",)

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5))
        self.head = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(x).mean((2, 3)))


def test_only_matching_parameters_learn() -> None:
    net = Net()
    freeze_except(net, ["@output"])
    learning = {name for name, p in net.named_parameters() if p.requires_grad}
    assert learning == {"head.weight", "head.bias"}
    freeze_except(net, ["*"])
    assert all(p.requires_grad for p in net.parameters())


def test_a_glob_that_matches_nothing_is_an_error_and_names_it() -> None:
    with pytest.raises(RecipeError, match=r"'hed\.\*', which matches no parameter"):
        freeze_except(Net(), ["hed.*", "backbone.*"])


def test_frozen_batchnorm_keeps_its_statistics_and_dropout_stays_on() -> None:
    net = Net()
    freeze_except(net, ["head.*"])
    train_mode(net)
    before = {k: v.clone() for k, v in net.backbone[1].state_dict().items()}
    net(torch.randn(8, 1, 5, 5))
    assert all(torch.equal(v, before[k]) for k, v in net.backbone[1].state_dict().items())
    assert net.backbone[2].training


def test_learning_batchnorm_updates_its_statistics() -> None:
    net = Net()
    freeze_except(net, ["*"])
    train_mode(net)
    before = net.backbone[1].running_mean.clone()
    net(torch.randn(8, 1, 5, 5) + 3)
    assert not torch.equal(before, net.backbone[1].running_mean)
