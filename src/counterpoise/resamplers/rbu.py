"""RBU: radial-based undersampling."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from counterpoise.resamplers.problem import Kept, Problem
from counterpoise.resamplers.radial import check_length, check_norm, kernel, kernel_width, potential
from counterpoise.resamplers.resampler import (
    DEFAULT_MEMORY,
    RandomState,
    Resampler,
    check_count,
)
from counterpoise.resamplers.strategy import Strategy


class RBU(Resampler):
    """Leave out majority points where their class is densest and no other is near.

    One at a time: the sample of highest mutual class potential goes, and its kernel with it, so
    that what is left of a dense region is rated lower. Potential: the sum over its class of
    ``exp(-(distance / gamma) ** 2)``, minus that over all other classes as they were given. Among
    equals, the choice is random; where all distances are far larger than gamma, all of it is.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" cuts all classes to the smallest.
        gamma: width of the kernels, in units of the features; scale these first. "auto": .05 for
            each of D features, as city-block distances grow.
        p: of the norm; 1 in radial-based oversampling.
        random_state: integer, generator of numpy, or None.
        max_memory: bytes beyond the data, the result and a copy of the data.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), in the order of X; `sample_indices_` (M,).

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Koziarski 2020

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.01], [0.02], [0.3], [0.6], [0.61]])
    >>> sampler = RBU(random_state=0)
    >>> points, labels = sampler.fit_resample(X, np.array([0, 0, 0, 0, 1, 1]))
    >>> sampler.sample_indices_.tolist()[-3:]  # of three that lie together, one is enough
    [3, 4, 5]
    """

    kind = "under-sampling"
    keeps = True

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        gamma: float | Literal["auto"] = 0.05,
        p: float = 1.0,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.gamma = gamma
        self.p = p
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        check_length("gamma", self.gamma)
        check_norm(self.p)
        check_count("max_memory", self.max_memory)

    def _resample(self, problem: Problem) -> Kept:
        stays = torch.ones_like(problem.labels, dtype=torch.bool)
        for k, extra in enumerate(problem.extra):
            if extra:
                stays[self._dense(problem, k, -extra)] = False
        return Kept(torch.nonzero(stays)[:, 0])

    def _dense(self, problem: Problem, k: int, num: int) -> Tensor:
        """Positions (num,) of the samples of class `k` that go, in the order in which they do."""
        shuffled = torch.randperm(problem.counts[k], generator=problem.random)
        members = problem.members(k)[shuffled.to(problem.labels.device)]
        own, others = problem.points[members], problem.points[problem.labels != k]
        gamma = kernel_width(self.gamma, own.shape[1], self.p)
        level = potential(own, own, gamma, self.p, self.max_memory)
        level -= potential(own, others, gamma, self.p, self.max_memory)
        chosen = torch.empty(num, dtype=torch.int64, device=members.device)
        for number in range(num):
            densest = level.argmax(keepdim=True)
            chosen[number] = densest[0]
            level -= kernel(own[densest], own, gamma, self.p)[0]
            level[densest] = -torch.inf
        return members[chosen]
