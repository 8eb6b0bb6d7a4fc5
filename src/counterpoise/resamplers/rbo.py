"""RBO: radial-based oversampling."""

from __future__ import annotations

from typing import Literal

from counterpoise.resamplers.climb import Climb
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import DEFAULT_MEMORY, RandomState, Resampler
from counterpoise.resamplers.strategy import Strategy


class RBO(Resampler):
    """Move copies of minority points to where neither class's kernels prevail.

    The mutual class potential is the sum of ``exp(-(distance / gamma) ** 2)`` over neighbours of
    other classes, minus that over neighbours of the same one. A copy takes small steps along
    single features for as long as its absolute value falls. Where features are not scaled to
    [0, 1], or are many, distances are far larger than the default gamma, every potential is 0,
    and copies stay where they are: a warning says so, and "auto" widens the kernels. With more than
    two classes each class to be grown sees all others, as they were given.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        gamma: width of the kernels, in units of the features; "auto": .05 for each of D features,
            as city-block distances grow (in general times ``D ** (1 / p)``).
        step_size: length of a step; "auto": .001 times the root of D.
        steps: steps proposed to each copy, taken or not.
        k_neighbors: neighbours of a start, itself left out, whose kernels count. Where there are
            fewer, all.
        p: of the norm; 1 in the paper.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data and the result.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Koziarski, Krawczyk and Wozniak 2019; a start is never its own neighbour

    >>> import numpy as np
    >>> X, y = np.array([[0.0], [0.5], [1.0], [0.4], [0.3]]), np.array([0, 0, 0, 1, 1])
    >>> points, _ = RBO(gamma=0.2, random_state=0).fit_resample(X, y)
    >>> points[5:].round(2).tolist()  # from 0.3 to where 0 and 0.5 pull as 0.4 does
    [[0.22]]
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
        p: float = 1.0,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.gamma = gamma
        self.step_size = step_size
        self.steps = steps
        self.k_neighbors = k_neighbors
        self.p = p
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        self._climb()

    def _climb(self) -> Climb:
        return Climb(
            self.gamma, self.step_size, self.steps, self.k_neighbors, self.p, self.max_memory
        )

    def _resample(self, problem: Problem) -> Made:
        climb = self._climb()
        made = problem.grown()
        end = len(problem.points)
        for k, extra in enumerate(problem.extra):
            if not extra:
                continue
            charge = 1.0 - 2.0 * (problem.labels == k).double()
            climb.fill(made.points[end : end + extra], problem.points, charge, problem, k)
            end += extra
        return made
