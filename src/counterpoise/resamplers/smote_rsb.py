"""SMOTE-RSB*: SMOTE, edited with rough sets."""

from __future__ import annotations

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
from counterpoise.resamplers.smote import Segments, draw, interpolate
from counterpoise.resamplers.strategy import Strategy

THETAS = range(40, 91, 5)  # hundredths, so that steps do not drift
ROUNDING = 1e-6
REFUSED = THETAS[-1] / 100 + ROUNDING  # what is more similar than this never enters
CANDIDATES = 2**14  # compared with the other classes at once
FEW = 256  # samples of the other classes that all candidates are compared with; then twice as many


class SMOTERSB(Resampler):
    """Keep those points of SMOTE that resemble no sample of another class.

    A synthetic sample is accepted when no sample of the other classes is more similar to it than
    theta, where similarity is 1 - the mean over features of ``|difference| / range``. Theta rises
    from .40 by .05 until enough are accepted, or ends at .90: then a class may end smaller than
    asked. If none is accepted, all is as SMOTE would have it. With many features similarities lie
    close together near 1, and little is accepted before .90.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        k_neighbors: of SMOTE.
        pool: candidates over samples wanted. 1 is the algorithm as printed, whose loop always
            ends in one test at .90, because it needs every one of its candidates.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and two copies of the other classes.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Ramentol et al. 2012; a pool above 1 is our own

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.2], [0.4], [0.5], [1.0], [1.1], [2.0]])
    >>> y = np.array([0, 0, 0, 0, 0, 1, 1])  # on the way from 1.1 to 2.0, only what is far from 1.0
    >>> points, _ = SMOTERSB(random_state=0).fit_resample(X, y)
    >>> bool(points[7:].min() > 1.2), bool(SMOTERSB().fit_resample(X, y)[0].max() <= 2)
    (True, True)
    """

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        k_neighbors: int = 5,
        pool: int = 3,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.k_neighbors = k_neighbors
        self.pool = pool
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        for name in ("k_neighbors", "pool", "max_memory"):
            check_count(name, getattr(self, name))

    def _resample(self, problem: Problem) -> Made:
        drawn = [self._accepted(problem, k, extra) for k, extra in enumerate(problem.extra)]
        made = problem.grown(tuple(len(chosen.base) for chosen in drawn))
        end = len(problem.points)
        for chosen in drawn:
            room = made.points[end : end + len(chosen.base)]
            interpolate(room, problem.points, chosen, self.max_memory)
            end += len(chosen.base)
        return made

    def _accepted(self, problem: Problem, k: int, num: int) -> Segments:
        """At most `num` segments of class `k` whose samples lie in its lower approximation."""
        if not num:
            nothing = torch.empty(0, dtype=torch.int64, device=problem.points.device)
            return Segments(nothing, nothing, problem.points.new_empty(0))
        drawn = draw(problem, k, self.pool * num, self.k_neighbors, self.max_memory)
        # synthetic samples lie between originals, so these are the ranges of both together
        low, high = problem.points.amin(0), problem.points.amax(0)
        span = torch.where(high > low, high - low, 1)
        others = problem.points[problem.labels != k] / span
        similar = drawn.share.new_empty(len(drawn.base))
        memory = self.max_memory // 4
        width = problem.points.shape[1] * problem.points.element_size()
        rows = max(1, min(CANDIDATES, memory // width))
        for start in range(0, len(similar), rows):
            part = drawn[slice(start, start + rows)]
            points = problem.points.new_empty(len(part.base), problem.points.shape[1])
            interpolate(points, problem.points, part, memory)
            similar[start : start + rows] = similarity(points.div_(span), others, memory)
        chosen = accepted(similar, num)
        if not len(chosen):
            chosen = torch.arange(len(similar), device=similar.device)
        kept = problem.choice(len(chosen), num)
        return drawn[chosen[kept]]


def similarity(points: Tensor, others: Tensor, max_memory: int) -> Tensor:
    """Largest similarity (M,) of each point (M, D) to any of `others` (P, D), all over ranges.

    Of what is refused at every theta, any similarity that refuses it: where features are many,
    most points resemble one of the first samples, and are compared with no more.
    """
    found = points.new_full((len(points),), -torch.inf)
    left = torch.arange(len(points), device=points.device)
    start, many = 0, FEW
    while start < len(others) and len(left):
        part = others[start : start + many]
        apart, _ = nearest(points[left], part, 1, p=1, max_memory=max_memory)
        found[left] = torch.maximum(found[left], 1 - apart[:, 0] / points.shape[1])
        left = left[found[left] <= REFUSED]
        start, many = start + many, 2 * many
    return found


def accepted(similar: Tensor, num: int) -> Tensor:
    """Positions whose similarity stays within the first theta that admits `num` of them.

    >>> accepted(torch.tensor([0.75, 0.875, 0.25, 0.625]), 2)
    tensor([2, 3])
    """
    found = torch.empty(0, dtype=torch.int64, device=similar.device)
    for theta in THETAS:
        found = torch.nonzero(similar <= theta / 100 + ROUNDING)[:, 0]
        if len(found) >= num:
            break
    return found
