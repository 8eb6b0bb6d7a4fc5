"""What a model costs: parameters, multiplications and memory, counted without values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from counterpoise.errors import ArgumentError
from counterpoise.models import cost_counters
from counterpoise.models.assemble import create
from counterpoise.models.classifier import Classifier

BATCHES = 2, 4  # two sizes, so that what does not grow with the batch is left out
REST = "(rest)"


@dataclass(frozen=True)
class Block:
    """One part of a model.

    Args:
        name: of the module, or `REST` for what the model has or computes outside of its parts.
        parameters: numbers that training may change; each counted where it first appears.
        macs: multiply-accumulates of one sample in convolutions, products of matrices and
            attention; nothing else is counted. One is 2 FLOP.
        saved: bytes that a training step keeps for its backward pass, for each sample of the
            batch, in float32: inputs of layers, masks and indices, but no parameter.
    """

    name: str
    parameters: int
    macs: int
    saved: int


@dataclass(frozen=True)
class Cost:
    """What a model costs for one sample.

    Args:
        total: of the whole model.
        blocks: its parts in their order; their numbers add up to those of `total`.
        peak: most bytes that are alive at once in a forward pass without gradients, for each
            sample: its input and results of layers, but no parameter and no working memory of a
            kernel.
    """

    total: Block
    blocks: tuple[Block, ...]
    peak: int


def cost(
    name: str, input_shape: tuple[int, ...], num_classes: int, options: Mapping[str, Any]
) -> Cost:
    """Count what a model of the catalogue costs, on the meta device: nothing is computed.

    Saved bytes are those of training (dropout, batch statistics), the rest those of prediction.
    What a model computes outside torch (the histograms of hog, comparisons of trees) has no MACs.

    Args:
        name: a name that `create` takes.
        input_shape: of one sample: (C, H, W), (C, T) or (D,).
        num_classes: K.
        options: settings of the model.

    Raises:
        ArgumentError: as of `create`, or a model that does not run without values.

    >>> lenet = cost("lenet5", (1, 28, 28), 10, {})
    >>> lenet.total.parameters, lenet.total.macs
    (431080, 2293000)
    """
    model = _without_values(name, input_shape, num_classes, options)
    try:
        return of_classifier(model, input_shape)
    except (RuntimeError, ValueError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        shape = "x".join(map(str, input_shape))
        raise ArgumentError(f"{name} cannot be counted for inputs of {shape}: {reason}") from error


def _without_values(
    name: str, input_shape: tuple[int, ...], num_classes: int, options: Mapping[str, Any]
) -> Classifier:
    try:
        with torch.device("meta"):
            return create(name, input_shape, num_classes, **options)
    except NotImplementedError:  # RegNets compute their widths with tensors, which need values
        with torch.random.fork_rng(devices=[]):
            return create(name, input_shape, num_classes, **options).to("meta")


def of_classifier(model: Classifier, input_shape: tuple[int, ...]) -> Cost:
    """Count a model on the meta device; its mode is eval afterwards."""
    parts = dict(_parts(model))
    macs = cost_counters.macs(model, parts, input_shape)
    small, large = (cost_counters.saved(model, parts, batch, input_shape) for batch in BATCHES)
    saved = [(b - a) // (BATCHES[1] - BATCHES[0]) for a, b in zip(small, large, strict=True)]
    counted: set[int] = set()
    blocks = []
    for place, (name, part) in enumerate(parts.items()):
        own = {id(p): p.numel() for p in part.parameters() if id(p) not in counted}
        counted |= set(own)
        blocks.append(Block(name, sum(own.values()), macs[place], saved[place]))
    parameters = sum(p.numel() for p in model.parameters())
    total = Block("total", parameters, macs[-1], saved[-1])
    rest = Block(
        REST,
        parameters - sum(block.parameters for block in blocks),
        total.macs - sum(block.macs for block in blocks),
        total.saved - sum(block.saved for block in blocks),
    )
    shown = [block for block in (*blocks, rest) if block.parameters or block.macs or block.saved]
    peaks = [cost_counters.peak(model, batch, input_shape) for batch in BATCHES]
    return Cost(total, tuple(shown), (peaks[1] - peaks[0]) // (BATCHES[1] - BATCHES[0]))


def _parts(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Modules of the first level on which more than one has parameters, in the backbone; the head.

    So "features" of a network whose classifier was cut off is taken apart, but not its blocks.
    """
    for name, module in model.named_children():
        if name == "head":
            yield name, module
            continue
        below = [(f"{name}.{key}", child) for key, child in module.named_children()]
        while (
            len(holding := [item for item in below if any(True for _ in item[1].parameters())]) == 1
        ):
            name, module = holding[0]
            inner = [(f"{name}.{key}", child) for key, child in module.named_children()]
            if not inner:
                break
            below = inner
        yield from below or [(name, module)]
