"""Three ways to run one DenseNet, and how much memory a step of each holds."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import weakref
from dataclasses import dataclass, replace
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint

from counterpoise.models.densenet import DenseNet, cifar_densenet
from counterpoise.models.densenet.block import DenseBlock, DenseLayer

WAYS = ("efficient", "naive", "checkpoint")
SIZE = 32


@dataclass(frozen=True)
class Problem:
    """A network and a batch.

    Args:
        way: one of `WAYS`.
        depth: layers with weights, growth 12.
        batch: images of 32x32.
        bottleneck: DenseNet-BC, with reduction .5.
        device: resolved.
    """

    way: str
    depth: int
    batch: int
    bottleneck: bool
    device: str

    def model(self) -> nn.Module:
        """The network, of the same seed for every way, on the current default device."""
        torch.manual_seed(0)
        if self.way == "checkpoint" and self.bottleneck:
            return torchvisions(self.depth)
        model = cifar_densenet(
            (3, SIZE, SIZE),
            depth=self.depth,
            bottleneck=self.bottleneck,
            reduction=0.5 if self.bottleneck else 1.0,
            memory="efficient" if self.way == "efficient" else "naive",
        )
        return with_checkpoints(model) if self.way == "checkpoint" else model

    def __str__(self) -> str:
        kind = "DenseNet-BC" if self.bottleneck else "DenseNet"
        return f"{kind}, {self.depth} layers, batch {self.batch} on {self.device.partition(':')[0]}"


def torchvisions(depth: int) -> nn.Module:
    """Its network with growth 12 and its option, the stem for small images, no last layer."""
    each = (depth - 4) // 6
    model = torchvision.models.DenseNet(12, (each,) * 3, 24, memory_efficient=True)  # type: ignore[arg-type]
    model.features.conv0 = nn.Conv2d(3, 24, 3, padding=1, bias=False)
    for name in ("norm0", "relu0", "pool0"):
        delattr(model.features, name)
    model.classifier = nn.Identity()
    return model


class Checkpointed(nn.Module):
    """A naive block whose layers run again in the backward pass."""

    def __init__(self, block: DenseBlock) -> None:
        super().__init__()
        self.layers = nn.ModuleList(m for m in block.values() if isinstance(m, DenseLayer))

    def forward(self, inputs: Tensor) -> Tensor:
        maps = [inputs]
        for layer in self.layers:

            def run(*read: Tensor, layer: nn.Module = layer) -> Any:
                return layer(torch.cat(read, 1))

            maps.append(checkpoint(run, *maps, use_reentrant=False))
        return torch.cat(maps, 1)


def with_checkpoints(model: DenseNet) -> DenseNet:
    """The same network, its blocks replaced."""
    for name, child in list(model.features.named_children()):
        if isinstance(child, DenseBlock):
            setattr(model.features, name, Checkpointed(child))
    return model


def step(model: nn.Module, images: Tensor) -> None:
    """Forward and backward."""
    model.zero_grad()
    model(images).square().mean().backward()


def peak(problem: Problem) -> int:
    """Bytes beyond network and images that a step holds at most, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (problem,))


def _peak(problem: Problem) -> int:
    torch.set_num_threads(1)
    small = replace(problem, depth=10, batch=2)
    step(small.model().to(problem.device), torch.randn(2, 3, SIZE, SIZE, device=problem.device))
    model = problem.model().to(problem.device)
    images = torch.randn(problem.batch, 3, SIZE, SIZE, device=problem.device)
    if problem.device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(problem.device)
        before = torch.cuda.max_memory_allocated(problem.device)
        step(model, images)
        return torch.cuda.max_memory_allocated(problem.device) - before
    before = _resident()
    step(model, images)
    return _resident() - before


def _resident() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Counted(TorchDispatchMode):
    """Adds up the memory of all tensors that are alive, and remembers the most."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.most = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                self._add(tensor.untyped_storage())
        return made

    def _add(self, storage: Any) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self.known:
            return
        self.known.add(key)
        self.alive += size
        self.most = max(self.most, self.alive)
        weakref.finalize(storage, self._remove, key, size)

    def _remove(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.alive -= size


def counted(problem: Problem) -> int:
    """The same as `peak`, of tensors without content: no depth is too great."""
    with torch.device("meta"):
        model = problem.model()
        images = torch.empty(problem.batch, 3, SIZE, SIZE)
    counter = Counted()
    counter.known = {tensor.untyped_storage()._cdata for tensor in (*state(model), images)}
    with counter:
        step(model, images)
    return counter.most


def state(model: nn.Module) -> list[Tensor]:
    """Parameters and buffers."""
    return [*model.parameters(), *model.buffers()]


def held(problem: Problem) -> int:
    """Bytes of the network and of its momentum."""
    with torch.device("meta"):
        model = problem.model()
    momentum = sum(parameter.nbytes for parameter in model.parameters())
    return momentum + sum(tensor.nbytes for tensor in state(model))


def needed(problem: Problem) -> int:
    """Bytes of a training step with momentum, counted."""
    return held(problem) + counted(problem)
