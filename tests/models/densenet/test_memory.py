"""What is kept for the backward pass, counted with hooks on tensors without content."""

import itertools
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn

from counterpoise.models.densenet import cifar_densenet, large_densenet

MEBI = 2**20


def kept(model: nn.Module, shape: tuple[int, ...]) -> int:
    """Bytes that the forward pass saves, each piece of memory once, parameters left out."""
    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
    pieces: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage()._cdata not in own:
            pieces[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        features = model(torch.empty(shape, device="meta"))
    assert features.requires_grad
    return sum(tensor.untyped_storage().nbytes() for tensor in pieces.values())


def deep(depth: int, memory: Any, **options: Any) -> float:
    """MiB kept at batch 64 of 32x32 images."""
    with torch.device("meta"):
        model = cifar_densenet((3, 32, 32), depth=depth, memory=memory, **options)
    return kept(model, (64, 3, 32, 32)) / MEBI


@pytest.mark.parametrize(
    ("options", "depths"),
    [
        ({}, (40, 100, 160, 220)),
        ({"bottleneck": True, "reduction": 0.5}, (40, 100, 160, 220)),
        ({"dropout": 0.2}, (40, 100)),
    ],
)
def test_memory_grows_with_the_depth_and_naively_with_its_square(
    options: dict[str, Any], depths: tuple[int, ...]
) -> None:
    efficient = [deep(depth, "efficient", **options) for depth in depths]
    naive = [deep(depth, "naive", **options) for depth in depths]
    assert all(ours < 0.4 * theirs for ours, theirs in zip(efficient, naive, strict=True))
    if len(depths) == 4:
        steps = [after - before for before, after in itertools.pairwise(efficient)]
        assert max(steps) < 1.02 * min(steps)  # the same for the same number of layers
        steps = [after - before for before, after in itertools.pairwise(naive)]
        assert steps[1] > 1.4 * steps[0]
        assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0], rel=0.02)


def test_without_bottleneck_the_maps_alone_are_kept() -> None:
    """Every block's maps once, and around the blocks what torch keeps."""
    maps = 64 * 4 * (1024 * (16 + 144) + 256 * (160 + 144) + 64 * (304 + 144))
    images = 64 * 4 * 1024 * 3
    pooled = 64 * 4 * 64 * 448  # the last ReLU
    assert deep(40, "efficient") == pytest.approx((maps + images + pooled) / MEBI, rel=0.01)


def test_below_torchvisions_own_option() -> None:
    shape = (8, 3, 224, 224)
    with torch.device("meta"):
        ours = large_densenet("e-densenet121", shape[1:])
        theirs = torchvision.models.densenet121(memory_efficient=True)
        theirs.classifier = nn.Identity()
    assert kept(ours, shape) < 0.8 * kept(theirs, shape)


def test_without_gradients_nothing_is_kept() -> None:
    with torch.device("meta"):
        model = cifar_densenet((3, 32, 32)).requires_grad_(False)
    assert not model(torch.empty(2, 3, 32, 32, device="meta")).requires_grad
