"""The order in which MC-CCR and MC-RBO treat classes, and which samples each of them sees."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError, near
from counterpoise.resamplers.problem import Problem

Majority = Literal["sampled", "complete"]
MAJORITIES = ("sampled", "complete")


def check_majority(majority: str) -> None:
    """Refuse an unknown name."""
    if majority not in MAJORITIES:
        raise ArgumentError(f"no majority is called {majority!r}{near(majority, MAJORITIES)}")


def descending(problem: Problem) -> list[int]:
    """Classes from the largest to the smallest; ties keep class order."""
    return sorted(range(problem.num_classes), key=lambda k: (-problem.counts[k], k))


def others(
    problem: Problem, labels: Tensor, usable: Tensor, turn: int, majority: Majority
) -> Tensor:
    """Positions, ascending, of the samples that the class at place `turn` sees.

    "sampled": ``floor(n_max / turn)`` without replacement of each class that had its turn, or all
    where it has fewer. "complete": every sample of every other class.

    Args:
        problem: gives counts and random numbers.
        labels: (M,) of originals and synthetic samples.
        usable: (M,) whether a sample exists by now.
        turn: 0 for the largest class, which sees none when "sampled".
        majority: which of the two.
    """
    order = descending(problem)
    if majority == "complete":
        return torch.nonzero(usable & (labels != order[turn]))[:, 0]
    found = []
    for k in order[:turn]:
        members = torch.nonzero(usable & (labels == k))[:, 0]
        num = min(max(problem.counts) // turn, len(members))
        found.append(members[problem.choice(len(members), num)])
    return torch.cat(found).sort().values if found else labels.new_empty(0)
