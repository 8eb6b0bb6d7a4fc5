"""Spheres that grow around minority points: what CCR and MC-CCR clean, and where they sample."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from counterpoise.apportion import apportion
from counterpoise.errors import ArgumentError, DataError, near
from counterpoise.resamplers.neighbours import nearest
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.radial import Length, check_length, check_norm
from counterpoise.resamplers.resampler import check_count

Cleaning = Literal["translate", "remove", "ignore"]
Allocation = Literal["proportional", "uniform"]
CLEANINGS = ("translate", "remove", "ignore")
ALLOCATIONS = ("proportional", "uniform")
PAIRS = {"cpu": 2**18, "other": 2**26}  # in one block: caches hold it, or a GPU has enough to do


@dataclass(frozen=True)
class Cleaned:
    """What the spheres of one class did.

    Args:
        radii: (n,) float64, positive.
        inside: (P,) whether a majority point lies in at least one sphere.
        shift: (P, D) by which each majority point moves; None unless cleaning is "translate".
    """

    radii: Tensor
    inside: Tensor
    shift: Tensor | None


@dataclass(frozen=True)
class Spheres:
    """Options of the spheres, checked; `clean` grows them, `fill` samples in them.

    Args:
        energy: positive, in units of length; "auto" is the median distance of a class's
            samples to their nearest one of another class, so that half of the spheres reach one.
        cleaning: what becomes of the majority points inside.
        allocation: how synthetic samples are shared between spheres.
        p: of the norm, at least 1.
        max_memory: bytes for blocks of distances, of vectors and of random numbers.

    Raises:
        ArgumentError: an option breaks its rule.
    """

    energy: Length
    cleaning: Cleaning
    allocation: Allocation
    p: float
    max_memory: int

    def __post_init__(self) -> None:
        check_length("energy", self.energy)  # without energy every sphere is a point
        check_norm(self.p)
        check_count("max_memory", self.max_memory)
        for name, value, known in (
            ("cleaning", self.cleaning, CLEANINGS),
            ("allocation", self.allocation, ALLOCATIONS),
        ):
            if value not in known:
                raise ArgumentError(f"no {name} is called {value!r}{near(str(value), known)}")

    def clean(self, centres: Tensor, majority: Tensor, problem: Problem, k: int) -> Cleaned:
        """Grow a sphere around each of `centres` (n, D) of class `k` among `majority` (P, D).

        Distances are those before any point moves. A majority point in the very place of a centre
        goes to the surface in a random direction.
        """
        energy = self._energy(centres, majority)
        many = PAIRS["cpu" if majority.device.type == "cpu" else "other"]
        many = min(many, self.max_memory // (8 * majority.element_size()))
        rows = max(1, many // max(1, len(majority)))
        inside = torch.zeros(len(majority), dtype=torch.bool, device=majority.device)
        shift = torch.zeros_like(majority) if self.cleaning == "translate" else None
        covered = torch.zeros(len(majority), dtype=torch.float64, device=majority.device)
        radii = torch.empty(len(centres), dtype=torch.float64, device=majority.device)
        for start in range(0, len(centres), rows):
            block = centres[start : start + rows]
            apart = torch.cdist(block, majority, p=self.p)  # (rows, P)
            found = grow(apart, energy)
            radii[start : start + rows] = found
            if self.cleaning == "ignore":
                continue
            held = apart < found[:, None]
            inside |= held.any(0)
            if shift is not None:
                self._push(shift, covered, block, majority, apart, found, held)
        if len(majority) and bool((radii >= energy).all()):
            warnings.warn(
                f"no sphere around a sample of class '{problem.names[k]}' reaches one of another "
                f"class: all are farther than energy={energy:g}, so nothing is cleaned (raise "
                'it, or pass "auto", which goes by these distances)',
                stacklevel=4,
            )
        here = torch.nonzero(covered)[:, 0]
        if shift is not None and len(here):
            away = directions(problem, len(here), majority.shape[1], self.p)
            shift[here] += (covered[here, None] * away).to(shift.dtype)
        return Cleaned(radii, inside, shift)

    def _energy(self, centres: Tensor, majority: Tensor) -> float:
        if self.energy != "auto":
            return float(self.energy)
        if not len(majority):
            return 1.0  # such spheres reach nobody
        apart, _ = nearest(centres, majority, 1, p=self.p, max_memory=self.max_memory)
        apart = apart[apart > 0].double()
        return float(apart.median()) if len(apart) else 1.0

    def _push(
        self,
        shift: Tensor,
        covered: Tensor,
        centres: Tensor,
        majority: Tensor,
        apart: Tensor,
        radii: Tensor,
        held: Tensor,
    ) -> None:
        """Add to `shift` the ways to the surface, and to `covered` those that have no direction."""
        sphere, point = torch.nonzero(held, as_tuple=True)
        if not len(sphere):
            return
        distance, radius = apart[sphere, point], radii[sphere]
        same = distance == 0
        covered.index_add_(0, point[same], radius[same])
        far = (radius - distance).to(shift.dtype).masked_fill_(same, 0)
        distance = distance.masked_fill(same, 1)
        step = max(1, self.max_memory // (8 * shift.element_size() * shift.shape[1]))
        for start in range(0, len(sphere), step):
            part = slice(start, start + step)
            way = majority[point[part]].sub_(centres[sphere[part]])
            way.div_(distance[part, None]).mul_(far[part, None])
            shift.index_add_(0, point[part], way)

    def fill(self, room: Tensor, centres: Tensor, radii: Tensor, problem: Problem) -> None:
        """Write synthetic samples into `room` (M, D), sphere by sphere."""
        shares = 1 / radii if self.allocation == "proportional" else torch.ones_like(radii)
        order = torch.randperm(len(radii), generator=problem.random)  # whom a tie favours
        each = torch.empty_like(order)
        wanted = shares.cpu()[order].numpy()
        each[order] = torch.from_numpy(apportion(wanted / wanted.sum() * len(room), len(room)))
        sphere = torch.arange(len(radii)).repeat_interleave(each).to(room.device)  # (M,)
        length = problem.uniform(len(room)) * radii[sphere]
        rows = max(1, self.max_memory // (32 * room.shape[1]))
        for start in range(0, len(room), rows):
            part = slice(start, start + rows)
            away = directions(problem, len(room[part]), room.shape[1], self.p)
            room[part] = centres[sphere[part]] + away.mul_(length[part, None]).to(room.dtype)


def grow(apart: Tensor, energy: float) -> Tensor:
    """Radii (n,) float64 of spheres with majority points at distances `apart` (n, P).

    A sphere that holds j points pays j + 1 per unit of length, and j once it holds all of them.
    So ``sum_i max(r - d_i, 0) + r = energy``, convex in r: Newton's method from above ends in
    finitely many steps.

    >>> apart = torch.tensor([[1.0, 2.0, 3.0]])
    >>> [float(grow(apart, e)) for e in (0.5, 2, 4, 10)]
    [0.5, 1.5, 2.3333333333333335, 4.333333333333333]
    """
    num, many = apart.shape
    radii = apart.new_full((num, 1), energy)
    before = apart.new_full((num, 1), many + 1)
    while True:
        slack = (radii - apart).clamp_(min=0)
        spent = slack.sum(1, keepdim=True) + radii
        count = slack.sign_().sum(1, keepdim=True)
        if torch.equal(count, before):
            break
        before = count
        radii = torch.minimum(radii, radii - (spent - energy) / (count + 1))
    held = apart < radii
    total = torch.where(held, apart, 0).sum(1, dtype=torch.float64)
    inside = held.sum(1)
    found = (energy + total) / (inside + 1)
    if not many:
        return found
    return torch.where(inside == many, (energy + total - apart.amax(1)) / many, found)


def directions(problem: Problem, num: int, width: int, p: float) -> Tensor:
    """Points of the cube [-1, 1]^D scaled to norm 1, (num, D) float64: not uniform in volume."""
    drawn = problem.uniform(num * width).reshape(num, width).mul_(2).sub_(1)
    norm = torch.linalg.vector_norm(drawn, ord=p, dim=1, keepdim=True)
    return drawn.div_(norm.clamp_min_(torch.finfo(torch.float64).tiny))


def check_left(problem: Problem, labels: Tensor, gone: Tensor) -> None:
    """Refuse to remove every sample of a class; `labels` and `gone` are (M,)."""
    left = torch.bincount(labels[~gone], minlength=problem.num_classes).tolist()
    if 0 in left:
        k = left.index(0)
        raise DataError(
            f"cleaning leaves every class a sample; all {problem.counts[k]} of class "
            f"'{problem.names[k]}' lie inside spheres (lower the energy, or pass "
            'cleaning="translate")'
        )


def without(made: Made, gone: Tensor, max_memory: int) -> Made:
    """The points (M, D) that are not `gone` (M,), moved up in place."""
    kept = torch.nonzero(~gone)[:, 0]
    if len(kept) == len(gone):
        return made
    step = max(1, max_memory // (4 * made.points.element_size() * made.points.shape[1]))
    for start in range(0, len(kept), step):
        part = kept[start : start + step]
        made.points[start : start + len(part)] = made.points[part]
    return Made(made.points[: len(kept)], made.labels[kept])
