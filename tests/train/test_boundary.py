"""Training behind frozen blocks on what they gave once equals training the whole network."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.criterion import Weighted
from counterpoise.data import Preprocess
from counterpoise.losses import CrossEntropy
from counterpoise.models.blocks import first_blocks
from counterpoise.models.classifier import Classifier
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train.boundary import Tail, split_at_boundary
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import freeze_except
from counterpoise.train.frozen_features import on_features
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(0, 256, size=(40, 3, 32, 32)).astype(np.uint8)
LABELS = RNG.integers(0, 3, size=40)


def network(name: str, channels: int = 3) -> Classifier:
    torch.manual_seed(0)
    model = models.create(name, (channels, 32, 32), 3)
    freeze_except(model, ["*"], ["@half"])
    return model


def pieces_of(model: Classifier) -> Pieces:
    learning = [p for p in model.parameters() if p.requires_grad]
    return Pieces(
        model,
        Weighted(CrossEntropy()),
        Shuffled(LABELS, seed=0),
        Plain(),
        [torch.optim.SGD(learning, lr=0.05, momentum=0.9)],
        make("cosine", {}),
    )


def trained(name: str, cut: bool, folder: Path) -> dict[str, torch.Tensor]:
    model = network(name)
    pieces = pieces_of(model)
    feed = Feed(INPUTS, LABELS, Preprocess.fit("standard", INPUTS), "cpu")
    feeds = on_features(pieces, {"train": feed}, cut=cut)
    assert isinstance(pieces.model, Tail) == cut
    Loop(pieces, Regime("x", 2, 3, 10), feeds["train"], {}, fabric("cpu"), folder / "s.pt").fit()
    return {key: value.clone() for key, value in model.state_dict().items()}


@pytest.mark.parametrize("name", ["small-cnn", "resnet18"])
def test_the_result_is_the_same_but_for_rounding(name: str, tmp_path: Path) -> None:
    whole, cut = (trained(name, c, tmp_path) for c in (False, True))
    for key, value in whole.items():
        torch.testing.assert_close(cut[key], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("name", ["small-cnn", "resnet18", "e-densenet121"])
def test_frozen_blocks_stay_as_they_were_with_their_statistics(
    name: str, cut: bool, tmp_path: Path
) -> None:
    model = network(name)
    before, after = model.state_dict(), trained(name, cut, tmp_path)
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    blocks = tuple(f"backbone.{block}." for block in first_blocks(model.backbone, 0.5))
    frozen = {key for key in before if key.startswith(blocks)}
    for part in ("weight", "running_mean", "running_var", "num_batches_tracked"):
        assert any(key.endswith(part) for key in frozen)
    assert not moved & frozen
    assert "head.weight" in moved
    assert any("running_mean" in key for key in moved)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "name",
    ["mobilenet_v2", "densenet121", "e-densenet121", "resnet18", "small-cnn", "timm:resnet18"],
)
def test_networks_can_be_cut_and_share_their_parameters(name: str, channels: int) -> None:
    if name.startswith("timm:"):
        pytest.importorskip("timm", reason="needs the extra timm")
    model = network(name, channels)
    few = torch.randn(4, channels, 32, 32)
    found = split_at_boundary(model, few)
    assert found is not None
    frozen, tail = found
    model.eval()
    assert torch.equal(tail(frozen(few)), model(few))
    own = {id(p) for p in tail.parameters()}
    assert own == {id(p) for p in model.parameters() if p.requires_grad}


def test_a_network_that_runs_in_another_order_is_left_whole() -> None:
    class Crossed(nn.Module):
        num_features = 3

        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.b(self.a(x)) + x  # x is needed behind the boundary as well

    model = Classifier(Crossed(), nn.Linear(3, 2))
    freeze_except(model, ["*"], ["backbone.a"])
    assert split_at_boundary(model, torch.randn(4, 3)) is None


class Pair(nn.Module):
    """A block that gives two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.linear(x), x


class Sum(nn.Module):
    """A block that takes two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.linear(x) + y


class Paired(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = Pair(), Sum(), nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c(self.b(*self.a(x)))


@pytest.mark.parametrize("frozen", [["a"], ["a", "b"]])
def test_blocks_of_more_than_one_tensor_are_left_whole(frozen: list[str]) -> None:
    model = Classifier(Paired(), nn.Linear(3, 2))
    freeze_except(model, ["*"], [f"backbone.{name}" for name in frozen])
    assert split_at_boundary(model, torch.randn(4, 3)) is None


def test_frozen_blocks_that_draw_at_random_are_left_whole() -> None:
    backbone = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Linear(3, 3))
    model = Classifier(backbone, nn.Linear(3, 2))
    freeze_except(model, ["*"], ["backbone.0"])
    assert split_at_boundary(model, torch.randn(4, 3)) is None


def test_nothing_frozen_is_nothing_to_cut() -> None:
    model = network("small-cnn")
    freeze_except(model, ["*"])
    assert split_at_boundary(model, torch.randn(4, 3, 32, 32)) is None
