"""Small random steps of many points at once, each towards a potential nearer to zero."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.resamplers.neighbours import nearest
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.radial import Length, check_length, check_norm, kernel_width
from counterpoise.resamplers.resampler import check_count

AT_ONCE = {"cpu": 2**12, "other": 2**16}  # climbers: caches fill, or a GPU has enough to do
STEP = 0.001  # of the paper, for few features in [0, 1]
ASK = 32  # trials between two looks at whether all have ended


@dataclass(frozen=True)
class Climb:
    """Options of RBO, checked; `fill` draws starts and climbs from each.

    Args:
        gamma: width of the kernels; "auto" is that of the paper, .05, times ``D ** (1 / p)``, as
            distances between D features in [0, 1] grow.
        step_size: length of one step, along one feature; "auto" is that of the paper, .001, times
            the root of D, so that many features move a little each.
        steps: proposals per synthetic sample, accepted or not.
        k_neighbors: of a start, whose kernels make its potential.
        p: of the norm, at least 1.
        max_memory: bytes for blocks of distances and of climbers.

    Raises:
        ArgumentError: an option breaks its rule.
    """

    gamma: Length
    step_size: Length
    steps: int
    k_neighbors: int
    p: float
    max_memory: int

    def __post_init__(self) -> None:
        check_length("gamma", self.gamma)
        check_length("step_size", self.step_size)
        check_count("steps", self.steps, least=0)
        check_count("k_neighbors", self.k_neighbors)
        check_norm(self.p)
        if self.p == float("inf"):
            raise ArgumentError("p is finite, since a step changes single terms of a sum; got inf")
        check_count("max_memory", self.max_memory)

    def lengths(self, width: int) -> tuple[float, float]:
        """Width of the kernels and length of a step among `width` features.

        >>> Climb("auto", "auto", 500, 25, 1.0, 2**30).lengths(100)
        (5.0, 0.01)
        """
        step = STEP * width**0.5 if self.step_size == "auto" else float(self.step_size)
        return kernel_width(self.gamma, width, self.p), step

    def fill(self, room: Tensor, points: Tensor, charge: Tensor, problem: Problem, k: int) -> None:
        """Write synthetic samples of class `k` into `room` (M, D).

        Args:
            room: is written.
            points: (P, D), all that the class sees, and the class.
            charge: (P,) float64, -1 for samples of the class, 1 for others.
            problem: gives random numbers and names.
            k: class, for a message.
        """
        members = torch.nonzero(charge < 0)[:, 0]
        base = members[problem.integers(len(members), len(room)).sort().values]  # (M,)
        count = min(self.k_neighbors, len(points) - 1)
        width = points.shape[1]
        gamma, step_size = self.lengths(width)
        each = 8 * (4 * width * (count + 2) + 3 * self.steps + 16 * count)
        kind = "cpu" if room.device.type == "cpu" else "other"
        rows = max(1, min(AT_ONCE[kind], self.max_memory // (2 * each)))
        felt = False
        for start in range(0, len(room), rows):
            part = slice(start, start + rows)
            starts = points[base[part]]
            draws = problem.uniform(len(starts) * self.steps).reshape(len(starts), self.steps)
            if not count or not self.steps:
                room[part] = starts
                continue
            used, place = torch.unique_consecutive(base[part], return_inverse=True)
            _, near = nearest(
                points[used], points, count, itself=used, p=self.p, max_memory=self.max_memory // 2
            )
            near = near[place]  # (m, J)
            way, any_potential = climb(
                starts.double(),
                points[near].double(),
                charge[near],
                draws.T.contiguous(),
                step_size=step_size,
                gamma=gamma,
                p=self.p,
            )
            felt |= any_potential
            room[part] = (starts.double() + way).to(room.dtype)
        if count and self.steps and not felt:
            warnings.warn(
                f"synthetic samples of class '{problem.names[k]}' are copies: their neighbours are "
                f"so much farther than gamma={gamma:g} that every potential is 0 (scale features "
                'to [0, 1], and raise gamma with their number, as "auto" does)',
                stacklevel=4,
            )


@torch.inference_mode()  # a trial is some thirty small operations, whose dispatch is most of it
def climb(
    starts: Tensor,
    near: Tensor,
    charge: Tensor,
    draws: Tensor,
    *,
    step_size: float,
    gamma: float,
    p: float,
) -> tuple[Tensor, bool]:
    """Translations (m, D) of `starts` after all trials, and whether any potential was not 0.

    A point tries one unused direction per trial, chosen by the trial's own number, and takes the
    step if the absolute potential falls. Then all directions may be tried again but the way back.
    Points that have no direction left rest. The next direction is number ``draw * left`` of a list
    that begins after the way back of the last step; the last of the list replaces what was tried.

    A step changes one coordinate, and so one term of each distance: a trial costs J kernels,
    whatever D is.

    Args:
        starts: (m, D) float64.
        near: (m, J, D) float64, neighbours, the point itself not among them.
        charge: (m, J) float64, 1 for other classes, -1 for its own.
        draws: (T, m) float64 in [0, 1), one number per trial and point.
        step_size: length of a step.
        gamma: width of the kernels.
        p: of the norm.
    """
    num, count, width = near.shape
    ways = 2 * width  # directions: up along each feature, then down
    device = starts.device
    # lengths in units that make kernels powers of 2, which cost half as much as those of e;
    # (m * D, J): one feature of all neighbours in one row
    gamma = gamma * math.log(2) ** 0.5
    columns = near.transpose(1, 2).div(gamma).reshape(-1, count)
    first = (starts / gamma).flatten()  # (m * D,)
    place = first.clone()
    apart = place[:, None] - columns
    terms = _power(apart, p, apart).reshape(num, width, count).sum(1)  # (m, J)
    moved, spare = torch.empty_like(terms), torch.empty_like(terms)
    ones = terms.new_ones(count, 1)
    level, new = terms.new_empty(num), terms.new_empty(num)
    _potential(terms, charge, p, spare, ones, level[:, None])
    level.abs_()
    felt = bool(level.any())

    # what an entry of a list means: entry + where the list begins, up to 2D + 3D
    meaning = torch.arange(5 * width, device=device) % ways
    feature, after_it = meaning % width, meaning + width + 1
    signed = torch.full((5 * width,), step_size / gamma, dtype=torch.float64, device=device)
    signed[meaning >= width] *= -1
    offset = torch.arange(num, device=device) * width

    # Lists start anew without being written: an entry counts if it exceeds `since`, which grows
    # with every step, and else is its own place. Entries only move forward, so the larger is right.
    listed = torch.zeros(num, ways, dtype=torch.int64, device=device)
    since = torch.full((num,), ways, dtype=torch.int64, device=device)
    begin = torch.zeros_like(since)
    slots = torch.full((num, 2), ways, dtype=torch.int64, device=device)
    chosen, left = slots.unbind(1)  # tried now; length, which becomes the last place
    since_column, chosen_column, new_column = since[:, None], slots[:, :1], new[:, None]
    column, apart = torch.empty_like(terms), torch.empty_like(terms)
    for trial, drawn in enumerate(draws.unbind()):
        if trial % ASK == 0 and not left.any():
            break  # until then, who has none left tries in vain what failed before
        chosen.copy_(drawn * left)
        left.sub_(1).clamp_(min=0)
        entries = torch.maximum(listed.gather(1, slots), slots + since_column)
        listed.scatter_(1, chosen_column, entries[:, 1:])
        meant = (entries[:, 0] - since).add_(begin)
        row = feature.index_select(0, meant).add_(offset)
        torch.index_select(columns, 0, row, out=column)
        here = place.index_select(0, row)
        there = here + signed.index_select(0, meant)
        torch.sub(here[:, None], column, out=apart)
        torch.sub(terms, _power(apart, p, apart), out=moved)
        torch.sub(there[:, None], column, out=apart)
        moved.add_(_power(apart, p, apart))
        _potential(moved, charge, p, spare, ones, new_column)
        new.abs_()
        better = new < level
        place.index_copy_(0, row, torch.where(better, there, here))
        taken = better.to(terms.dtype)[:, None]
        terms.lerp_(moved, taken)  # with weights 0 and 1 as exact as a choice
        torch.minimum(level, new, out=level)
        left.masked_fill_(better, ways - 1)
        since.add_(better, alpha=ways)
        torch.where(better, after_it.index_select(0, meant), begin, out=begin)
    return place.sub_(first).reshape(num, width).mul_(gamma), felt


def _power(apart: Tensor, p: float, out: Tensor) -> Tensor:
    torch.abs(apart, out=out)
    return out if p == 1 else out.pow_(p)


def _potential(
    terms: Tensor, charge: Tensor, p: float, spare: Tensor, ones: Tensor, out: Tensor
) -> None:
    """Mutual class potential, into `out` (m, 1), of distances whose p-th powers are `terms` (m, J).

    `spare` (m, J) is written over; a product with `ones` (J, 1) is faster than a sum.
    """
    if p == 1:
        torch.mul(terms, terms, out=spare)
    else:
        torch.clamp(terms, min=0, out=spare).pow_(2 / p)
    torch.mm(spare.neg_().exp2_().mul_(charge), ones, out=out)
