"""Freezing: globs that match, BatchNorm that stays put, and globs that match nothing."""

import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.errors import RecipeError
from counterpoise.models.blocks import first_blocks
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


def learning(model: nn.Module) -> set[str]:
    return {name for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("name", ["backbone.0", "backbone.0.*", "backbone.[01]"])
def test_blocks_are_frozen_by_name_or_glob(name: str) -> None:
    net = Net()
    freeze_except(net, ["*"], [name])
    frozen = {"backbone.0.weight", "backbone.0.bias"}
    frozen |= {"backbone.1.weight", "backbone.1.bias"} if "1" in name else set()
    assert learning(net) == {n for n, _ in net.named_parameters()} - frozen


def test_a_block_that_is_not_there_is_an_error_that_names_near_ones() -> None:
    with pytest.raises(RecipeError, match=r"freezes 'backbon\.0'.*near it: backbone\.0"):
        freeze_except(Net(), ["*"], ["backbon.0"])
    with pytest.raises(RecipeError, match=r"freezes 'xyzzy'.*known: @stem, @half"):
        freeze_except(Net(), ["*"], ["xyzzy"])


def test_freezing_all_that_trains_is_an_error() -> None:
    with pytest.raises(RecipeError, match="nothing left to learn"):
        freeze_except(Net(), ["head.*"], ["head"])


def test_a_frozen_block_freezes_its_batchnorm_without_parameters() -> None:
    net = Net()
    net.backbone = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, affine=False)), nn.Conv2d(2, 2, 1)
    )
    freeze_except(net, ["*"], ["backbone.0"])
    train_mode(net)
    before = net.backbone[0][1].running_mean.clone()
    net(torch.randn(8, 1, 5, 5) + 3)
    assert torch.equal(before, net.backbone[0][1].running_mean)


@pytest.mark.parametrize(
    "name", ["mobilenet_v2", "densenet121", "e-densenet121", "resnet18", "small-cnn"]
)
def test_frozen_tensors_are_bit_identical_after_training(name: str) -> None:
    torch.manual_seed(0)
    model = models.create(name, (3, 32, 32), 3)
    freeze_except(model, ["*"], ["@half"])
    before = {k: v.clone() for k, v in model.state_dict().items()}
    learns = learning(model)
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], 0.1, momentum=0.9, weight_decay=0.1
    )
    for _ in range(2):
        train_mode(model)
        optimizer.zero_grad()
        model(torch.randn(4, 3, 32, 32) + 1).square().mean().backward()
        optimizer.step()
    blocks = {f"backbone.{block}" for block in first_blocks(model.backbone, 0.5)}
    after = model.state_dict()
    frozen = {k for k in before if any(k.startswith(f"{block}.") for block in blocks)}
    assert any("running_mean" in key for key in frozen)
    assert all(torch.equal(before[key], after[key]) for key in frozen)
    assert all(not torch.equal(before[key], after[key]) for key in learns)
    rest = {k for k in before if "running_mean" in k} - frozen
    assert all(not torch.equal(before[key], after[key]) for key in rest)
