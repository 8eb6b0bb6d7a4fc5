"""SMOTE: synthetic minority oversampling."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.resamplers.neighbours import nearest
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import (
    DEFAULT_MEMORY,
    RandomState,
    Resampler,
    check_count,
)
from counterpoise.resamplers.strategy import Strategy

BASES = 2**14  # samples whose neighbours are held at once


class SMOTE(Resampler):
    """Add points between a sample and its nearest neighbours of the same class.

    Blind to the other classes: between two clumps of the minority it puts points into whatever
    lies there. Distances are Euclidean, so scale the features first.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        k_neighbors: neighbours of which one is drawn. A class of n < k + 1 samples uses n - 1, a
            class of one is repeated, with a warning.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and a copy of one class.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Chawla et al. 2002

    >>> import numpy as np
    >>> X = np.array([[9.0, 9.0], [8.0, 9.0], [9.0, 8.0], [1.0, 2.0], [3.0, -2.0]])
    >>> points, labels = SMOTE(random_state=0).fit_resample(X, np.array([0, 0, 0, 1, 1]))
    >>> x, y = points[5]
    >>> bool(np.isclose(y, 4 - 2 * x)), labels.tolist()
    (True, [0, 0, 0, 1, 1, 1])
    """

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        k_neighbors: int = 5,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.k_neighbors = k_neighbors
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        check_count("k_neighbors", self.k_neighbors)
        check_count("max_memory", self.max_memory)

    def _resample(self, problem: Problem) -> Made:
        made = problem.grown()
        end = len(problem.points)
        for k, extra in enumerate(problem.extra):
            room = made.points[end : end + extra]
            end += extra
            if extra:
                fill(room, problem, k, self.k_neighbors, self.max_memory)
        return made


@dataclass(frozen=True)
class Segments:
    """What synthetic samples are made of: rows of two ends, and where between them.

    Args:
        base: (M,) int64 positions in the data, ascending.
        other: (M,) int64 neighbours of the same class.
        share: (M,) in [0, 1), 0 is `base`; one number for all features of a sample.
    """

    base: Tensor
    other: Tensor
    share: Tensor

    def __getitem__(self, rows: slice | Tensor) -> Segments:
        return Segments(self.base[rows], self.other[rows], self.share[rows])


def fill(room: Tensor, problem: Problem, k: int, neighbours: int, max_memory: int) -> None:
    """Write synthetic samples of class `k` into `room` (M, D)."""
    drawn = draw(problem, k, len(room), neighbours, max_memory)
    interpolate(room, problem.points, drawn, max_memory)


def draw(problem: Problem, k: int, num: int, neighbours: int, max_memory: int) -> Segments:
    """Draw `num` segments of class `k`: a sample, and one of its `neighbours`, each at random.

    Neighbours are looked for only where a sample was drawn.
    """
    members = problem.members(k)  # (n,)
    if len(members) == 1:
        warnings.warn(
            f"class '{problem.names[k]}' has one sample, which has no neighbour: it is repeated",
            stacklevel=5,
        )
        base = members.expand(num)
        return Segments(base, base, problem.points.new_zeros(num))
    points = problem.points[members]  # (n, D)
    neighbours = min(neighbours, len(members) - 1)
    base = problem.integers(len(members), num).sort().values  # (M,)
    which = problem.integers(neighbours, num)
    share = problem.uniform(num).to(points.dtype)
    used, place = torch.unique_consecutive(base, return_inverse=True)
    ends = torch.bincount(place, minlength=len(used)).cumsum(0)  # of the rows of each base
    for first in range(0, len(used), BASES):
        chosen = used[first : first + BASES]
        _, near = nearest(points[chosen], points, neighbours, itself=chosen, max_memory=max_memory)
        start = int(ends[first - 1]) if first else 0
        rows = slice(start, int(ends[first + len(chosen) - 1]))
        which[rows] = near[place[rows] - first, which[rows]]
    return Segments(members[base], members[which], share)


def interpolate(room: Tensor, points: Tensor, drawn: Segments, max_memory: int) -> None:
    """Write ``x + share * (z - x)`` into `room` (M, D), for rows x and z of `points`.

    >>> room = torch.empty(1, 2)
    >>> drawn = Segments(torch.tensor([0]), torch.tensor([1]), torch.tensor([0.25]))
    >>> interpolate(room, torch.tensor([[1.0, 2.0], [3.0, -2.0]]), drawn, 2**20)
    >>> room
    tensor([[1.5000, 1.0000]])
    """
    rows = max(1, max_memory // 4 // (points.shape[1] * points.element_size()))
    for start in range(0, len(room), rows):
        part = drawn[slice(start, start + rows)]
        block, x = room[start : start + rows], points[part.base]
        torch.index_select(points, 0, part.other, out=block)
        block.sub_(x).mul_(part.share[:, None]).add_(x)
