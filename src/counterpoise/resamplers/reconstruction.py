"""How DeepSMOTE's networks learn: reconstruction of mixed batches, and a penalty on one class."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from counterpoise.errors import DivergedError
from counterpoise.resamplers.problem import Problem

Penalty = Literal["paper", "released"]
Module = Callable[[Tensor], Tensor]


class Pixels:
    """Samples (N, D) as images whose values lie in [-1, 1], and back.

    The smallest value of all samples becomes -1 and the largest 1, whatever their type.

    Args:
        points: (N, D) floating point, only read.
        shape: (C, S, S).

    >>> pixels = Pixels(torch.tensor([[0.0, 255.0], [51.0, 102.0]]), (1, 1, 2))
    >>> pixels.images(torch.tensor([0])).tolist()
    [[[[-1.0, 1.0]]]]
    >>> pixels.values(torch.tensor([[[[-1.0, 0.0]]]])).tolist()
    [[0.0, 127.5]]
    """

    def __init__(self, points: Tensor, shape: Sequence[int]) -> None:
        self.points = points
        self.shape = tuple(shape)
        low, high = points.aminmax()
        self.low, self.span = low, torch.where(high > low, high - low, torch.ones_like(low))

    def __len__(self) -> int:
        return len(self.points)

    def images(self, rows: Tensor | slice) -> Tensor:
        """The samples at `rows` (B,), float32 (B, C, S, S)."""
        unit = (self.points[rows] - self.low) / self.span
        images = (2 * unit - 1).float().reshape(-1, *self.shape)
        return images.contiguous(memory_format=torch.channels_last)

    def values(self, images: Tensor) -> Tensor:
        """Images (B, C, S, S) in [-1, 1] as samples (B, D)."""
        unit = (images.flatten(1).to(self.points.dtype) + 1) / 2
        return unit * self.span + self.low


@dataclass(frozen=True)
class Training:
    """How long and how fast.

    Args:
        penalty: see `permuted`.
        epochs: passes over all samples.
        batch_size: samples of a mixed batch, and the most of one class for the penalty.
        lr: of Adam.
    """

    penalty: Penalty
    epochs: int
    batch_size: int
    lr: float


def permuted(
    encoder: Module, decoder: Module, images: Tensor, order: Tensor, penalty: Penalty
) -> Tensor:
    """Mean squared error of images of one class (B, C, S, S) that were decoded in another order.

    "paper": against the images in their own order, so that what one of them became shall be near
    another of its class, which brings variance into the class; both networks learn. "released":
    images and detached codes take the same order, so it is a reconstruction error of one class,
    from which the decoder alone learns.
    """
    codes = encoder(images)
    if penalty == "paper":
        return F.mse_loss(decoder(codes[order]), images)
    return F.mse_loss(decoder(codes.detach()[order]), images[order])


def learn(
    encoder: nn.Module, decoder: nn.Module, pixels: Pixels, problem: Problem, training: Training
) -> list[float]:
    """Train both networks in place; they end as they were after the epoch of the lowest loss.

    Returns:
        Loss of each epoch, mean over its updates.

    Raises:
        DivergedError: a loss that is not finite.
    """
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=training.lr)
    members = [problem.members(k) for k in range(problem.num_classes)]
    members = [rows for rows in members if len(rows) > 1]  # one image has no other order
    losses: list[float] = []
    best: list[dict[str, Tensor]] = []
    encoder.train()
    decoder.train()
    for epoch in range(training.epochs):
        total = torch.zeros((), device=pixels.points.device)
        batches = _batches(problem, len(pixels), training.batch_size)
        for rows in batches:
            images = pixels.images(rows)
            loss = F.mse_loss(decoder(encoder(images)), images)
            if members:
                images = pixels.images(_of_one_class(problem, members, training.batch_size))
                order = torch.randperm(len(images), generator=problem.random).to(images.device)
                with _averages_kept(encoder, decoder):
                    loss = loss + permuted(encoder, decoder, images, order, training.penalty)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.detach()
        losses.append(float(total) / len(batches))
        if not math.isfinite(losses[-1]):
            raise DivergedError(
                f"the loss is finite; DeepSMOTE's is {losses[-1]} in epoch {epoch + 1} with lr "
                f"{training.lr:g} (a smaller lr)"
            )
        if losses[-1] == min(losses):
            best = [_copied(network) for network in (encoder, decoder)]
    for network, state in zip((encoder, decoder), best, strict=True):
        network.load_state_dict(state)
    return losses


def _batches(problem: Problem, num: int, size: int) -> list[Tensor]:
    """All rows in a random order, cut; a last batch of one is left out: BatchNorm needs two."""
    order = torch.randperm(num, generator=problem.random).to(problem.points.device)
    cut = torch.split(order, size)
    return [rows for rows in cut if len(rows) > 1]


@contextmanager
def _averages_kept(*networks: nn.Module) -> Iterator[None]:
    """Leave BatchNorm's running averages to mixed batches: one class would drag them to itself."""
    layers = [m for network in networks for m in network.modules() if isinstance(m, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum


def _of_one_class(problem: Problem, members: list[Tensor], most: int) -> Tensor:
    """Rows of a class drawn at random, `most` of them at most, without replacement."""
    rows = members[int(torch.randint(len(members), (), generator=problem.random))]
    return rows[problem.choice(len(rows), min(most, len(rows)))]


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
