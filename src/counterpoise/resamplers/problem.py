"""What a resampler is given, and the two things that it may answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Problem:
    """Points with classes, and how many samples each class shall have afterwards.

    Args:
        points: (N, D) float32 or float64, all finite; the caller's own memory, so not written to.
        labels: (N,) int64, class indices 0..K-1, on the device of `points`.
        counts: samples of each class, at least 1, (K,).
        targets: samples wanted of each class, (K,); equal to `counts` where nothing is asked.
        names: of the classes, for messages.
        random: every random number comes from it, on the CPU, so that a GPU changes nothing.
        shape: of one sample as it was given, (D,) or (C, H, W); all of it is in `points`.
    """

    points: Tensor
    labels: Tensor
    counts: tuple[int, ...]
    targets: tuple[int, ...]
    names: tuple[str, ...]
    random: torch.Generator
    shape: tuple[int, ...] = ()

    @property
    def num_classes(self) -> int:
        """K, at least 2."""
        return len(self.counts)

    @property
    def extra(self) -> tuple[int, ...]:
        """Samples to add to each class, (K,); negative where samples go."""
        return tuple(t - c for t, c in zip(self.targets, self.counts, strict=True))

    def members(self, k: int) -> Tensor:
        """Positions of class `k`, ascending, (n_k,) int64."""
        return torch.nonzero(self.labels == k)[:, 0]

    def uniform(self, num: int) -> Tensor:
        """Numbers in [0, 1), (num,) float64, on the device."""
        drawn = torch.rand(num, generator=self.random, dtype=torch.float64)
        return drawn.to(self.points.device)

    def integers(self, below: int, num: int) -> Tensor:
        """Whole numbers in [0, below), with replacement, (num,) int64, on the device."""
        drawn = torch.randint(below, (num,), generator=self.random)
        return drawn.to(self.points.device)

    def choice(self, below: int, num: int) -> Tensor:
        """`num` different whole numbers in [0, below), ascending, (num,) int64, on the device."""
        drawn = torch.randperm(below, generator=self.random)[:num].sort().values
        return drawn.to(self.points.device)

    def grown(self, extra: tuple[int, ...] | None = None) -> Made:
        """Originals first, then room for what is wanted, by class: ``points[N:]`` is to be written.

        Args:
            extra: samples to add to each class, (K,), where it is not `self.extra`.
        """
        more = torch.tensor(self.extra if extra is None else extra)
        num = len(self.points)
        points = self.points.new_empty(num + int(more.sum()), self.points.shape[1])
        points[:num] = self.points
        added = torch.arange(self.num_classes).repeat_interleave(more)
        return Made(points, torch.cat((self.labels, added.to(self.labels.device))))


@dataclass(frozen=True)
class Made:
    """All points afterwards, (M, D), originals first and in their order; labels (M,) int64."""

    points: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Kept:
    """Positions of the originals that stay, (M,) int64, ascending; nothing is changed or made."""

    indices: Tensor
