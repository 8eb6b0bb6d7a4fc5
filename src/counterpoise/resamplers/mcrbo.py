"""MC-RBO: radial-based oversampling for many classes."""

from __future__ import annotations

from typing import Literal

import torch

from counterpoise.resamplers.climb import Climb
from counterpoise.resamplers.largest_first import Majority, check_majority, descending, others
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import DEFAULT_MEMORY, RandomState, Resampler
from counterpoise.resamplers.strategy import Strategy


class MCRBO(Resampler):
    """Run RBO class by class, the largest first, against those that had their turn.

    Class i in order of size sees ``floor(n_max / (i - 1))`` samples of each larger class,
    synthetic ones included. With two classes it is RBO. Scale features to [0, 1], and raise
    `gamma` with their number: see `RBO`. The largest class, should it grow, sees no other.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        gamma: width of the kernels, in units of the features; "auto": .05 for each of D features,
            as city-block distances grow (in general times ``D ** (1 / p)``).
        step_size: length of a step; "auto": .001 times the root of D.
        steps: steps proposed to each copy, taken or not.
        k_neighbors: neighbours of a start, itself left out, whose kernels count.
        majority: "sampled" as above, without replacement, or "complete": all samples of all
            other classes.
        p: of the norm; 1 in the paper.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and a copy of the samples seen.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Krawczyk, Koziarski and Wozniak 2020; without replacement, unlike the authors' code

    >>> import numpy as np
    >>> X = np.random.default_rng(0).uniform(size=(60, 2))
    >>> y = np.repeat([0, 1, 2], [40, 15, 5])
    >>> points, labels = MCRBO(random_state=0).fit_resample(X, y)
    >>> np.bincount(labels).tolist(), bool((points[:60] == X).all())
    ([40, 40, 40], True)
    """

    revision = 2  # kernels as powers of 2: last bits

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        gamma: float | Literal["auto"] = 0.05,
        step_size: float | Literal["auto"] = 0.001,
        steps: int = 500,
        k_neighbors: int = 25,
        majority: Majority = "sampled",
        p: float = 1.0,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.gamma = gamma
        self.step_size = step_size
        self.steps = steps
        self.k_neighbors = k_neighbors
        self.majority = majority
        self.p = p
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        self._climb()
        check_majority(self.majority)

    def _climb(self) -> Climb:
        return Climb(
            self.gamma, self.step_size, self.steps, self.k_neighbors, self.p, self.max_memory
        )

    def _resample(self, problem: Problem) -> Made:
        climb = self._climb()
        made, num = problem.grown(), len(problem.points)
        exists = torch.arange(len(made.labels), device=made.labels.device) < num
        for turn, k in enumerate(descending(problem)):
            extra = problem.extra[k]
            if not extra:
                continue
            seen = others(problem, made.labels, exists, turn, self.majority)
            members = problem.members(k)
            charge = torch.ones(len(seen) + len(members), dtype=torch.float64, device=seen.device)
            charge[len(seen) :] = -1
            points = made.points[torch.cat((seen, members))]
            start = num + sum(problem.extra[:k])
            climb.fill(made.points[start : start + extra], points, charge, problem, k)
            exists[start : start + extra] = True
        return made
