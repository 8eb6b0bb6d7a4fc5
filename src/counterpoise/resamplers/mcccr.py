"""MC-CCR: combined cleaning and resampling for many classes."""

from __future__ import annotations

from typing import Literal

import torch

from counterpoise.resamplers.largest_first import Majority, check_majority, descending, others
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import DEFAULT_MEMORY, RandomState, Resampler
from counterpoise.resamplers.spheres import Allocation, Cleaning, Spheres, check_left, without
from counterpoise.resamplers.strategy import Strategy


class MCCCR(Resampler):
    """Run CCR class by class, the largest first, against those that had their turn.

    Class i in order of size sees ``floor(n_max / (i - 1))`` samples of each larger class,
    synthetic ones included, and pushes them as they are by then; smaller classes stay untouched.
    With two classes it is CCR. Energy is a length: bring features to [0, 1] first. The largest
    class, should it grow, sees no other, and its radii equal the energy.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        energy: of each sphere, positive, in units of the features. The paper searches .001 to 100.
            "auto": the median distance of a class's samples to their nearest one of another
            class, so that half of its spheres reach one.
        cleaning: "translate", "remove" or "ignore", as in `CCR`.
        allocation: "proportional" to 1 / radius, or "uniform".
        majority: "sampled" as above, or "complete": all samples of all other classes.
        p: of the norm; 1 in the paper.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and two copies of the samples seen.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals, moved or not, first.

    Raises:
        ArgumentError: an option breaks its rule.
        DataError: "remove" would leave a class without a sample.

    Reference: Koziarski, Wozniak and Krawczyk 2020

    >>> import numpy as np
    >>> X = np.random.default_rng(0).uniform(size=(60, 2))
    >>> y = np.repeat([0, 1, 2], [40, 15, 5])
    >>> points, labels = MCCCR(random_state=0).fit_resample(X, y)
    >>> np.bincount(labels).tolist()
    [40, 40, 40]
    >>> [bool((points[:60][y == k] != X[y == k]).any()) for k in (0, 2)]  # the smallest stays
    [True, False]
    """

    moves = True

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        energy: float | Literal["auto"] = 0.25,
        cleaning: Cleaning = "translate",
        allocation: Allocation = "proportional",
        majority: Majority = "sampled",
        p: float = 1.0,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.energy = energy
        self.cleaning = cleaning
        self.allocation = allocation
        self.majority = majority
        self.p = p
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        self._spheres()
        check_majority(self.majority)

    def _spheres(self) -> Spheres:
        return Spheres(self.energy, self.cleaning, self.allocation, self.p, self.max_memory)

    def _resample(self, problem: Problem) -> Made:
        spheres = self._spheres()
        made, num = problem.grown(), len(problem.points)
        points, labels = made.points, made.labels
        exists = torch.arange(len(labels), device=labels.device) < num
        gone = torch.zeros_like(exists)
        for turn, k in enumerate(descending(problem)):
            extra = problem.extra[k]
            if not extra:
                continue
            seen = others(problem, labels, exists & ~gone, turn, self.majority)
            centres = points[torch.nonzero(exists & ~gone & (labels == k))[:, 0]]
            cleaned = spheres.clean(centres, points[seen], problem, k)
            if cleaned.shift is not None:
                points.index_add_(0, seen, cleaned.shift)
            if self.cleaning == "remove":
                gone[seen[cleaned.inside]] = True
                check_left(problem, labels, gone | ~exists)
            start = num + sum(problem.extra[:k])
            spheres.fill(points[start : start + extra], centres, cleaned.radii, problem)
            exists[start : start + extra] = True
        return without(made, gone, self.max_memory)
