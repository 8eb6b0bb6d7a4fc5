"""CCR: combined cleaning and resampling."""

from __future__ import annotations

from typing import Literal

import torch

from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import DEFAULT_MEMORY, RandomState, Resampler
from counterpoise.resamplers.spheres import Allocation, Cleaning, Spheres, check_left, without
from counterpoise.resamplers.strategy import Strategy


class CCR(Resampler):
    """Clear a sphere around each minority point, and fill the small spheres most.

    Each sphere spends the same energy to grow, more per unit of length the more samples of other
    classes it holds: it is small among them, and so safe points get few new neighbours and
    borderline points many. With more than two classes each class to be grown sees all others, as
    they were given; moves add up. Energy is a length, so the scale of the features matters: bring
    them to [0, 1] first, and raise `energy` with the number of features.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        energy: of each sphere, positive, in units of the features. The papers search .001 to 100.
            "auto": the median distance of a class's samples to their nearest one of another
            class, so that half of its spheres reach one.
        cleaning: what becomes of other classes' samples inside a sphere: "translate" pushes them
            to its surface, "remove" leaves them out (their classes end smaller than asked),
            "ignore" leaves them.
        allocation: synthetic samples per sphere: "proportional" to 1 / radius, or "uniform".
        p: of the norm; 1 in the papers.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and two copies of the data.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals, moved or not, first.

    Raises:
        ArgumentError: an option breaks its rule.
        DataError: "remove" would leave a class without a sample.

    Reference: Koziarski and Wozniak 2017

    >>> import numpy as np
    >>> X = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
    >>> points, labels = CCR(energy=4, random_state=0).fit_resample(X, np.array([0, 0, 0, 1]))
    >>> points[:4].round(2).tolist(), labels.tolist()
    ([[2.33, 0.0], [0.0, 2.33], [3.0, 0.0], [0.0, 0.0]], [0, 0, 0, 1, 1, 1])
    """

    moves = True

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        energy: float | Literal["auto"] = 0.25,
        cleaning: Cleaning = "translate",
        allocation: Allocation = "proportional",
        p: float = 1.0,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.energy = energy
        self.cleaning = cleaning
        self.allocation = allocation
        self.p = p
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        self._spheres()

    def _spheres(self) -> Spheres:
        return Spheres(self.energy, self.cleaning, self.allocation, self.p, self.max_memory)

    def _resample(self, problem: Problem) -> Made:
        spheres = self._spheres()
        made = problem.grown()
        gone = torch.zeros(len(made.labels), dtype=torch.bool, device=made.labels.device)
        end = len(problem.points)
        for k, extra in enumerate(problem.extra):
            if not extra:
                continue
            others = torch.nonzero(problem.labels != k)[:, 0]
            centres = problem.points[problem.members(k)]
            cleaned = spheres.clean(centres, problem.points[others], problem, k)
            if cleaned.shift is not None:
                made.points.index_add_(0, others, cleaned.shift)
            if self.cleaning == "remove":
                gone[others[cleaned.inside]] = True
            spheres.fill(made.points[end : end + extra], centres, cleaned.radii, problem)
            end += extra
        check_left(problem, made.labels, gone)
        return without(made, gone, self.max_memory)
