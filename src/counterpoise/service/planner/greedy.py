"""Machines filled one by one, the best value for its price first."""

from __future__ import annotations

import time

import numpy as np

from counterpoise.service.planner.problem import Filled, Floats, Integers, Problem

SPREAD = 0.3  # how much values are varied from one try to the next, as a standard deviation


def fill(problem: Problem, instance: int, left: Integers, order: Floats) -> Integers:
    """Streams put on an empty machine as long as one fits: first fit in `order`, largest first.

    Args:
        instance: position of its type.
        left: streams of each kind. (T,)
        order: of kinds and ways. (T, W)
    """
    inside = np.zeros(order.shape, np.int64)
    room, left = problem.room(instance).copy(), left.copy()
    possible = problem.fits[instance] & (left > 0)[:, None]
    kinds, ways = np.nonzero(possible)
    sorting = np.argsort(-order[kinds, ways], kind="stable")
    kinds, ways = kinds[sorting], ways[sorting]
    needed = problem.needed[kinds, ways]  # (n, R)
    while len(kinds):
        # The first kinds in order that fit all together, whole; then as many of the next as fit.
        first = np.zeros(len(kinds), bool)
        first[np.unique(kinds, return_index=True)[1]] = True
        taken = np.where(first, left[kinds], 0)
        sums = np.cumsum(needed * taken[:, None], axis=0)
        whole = int(np.argmin(np.append((sums <= room).all(axis=1), False)))
        if whole:
            chosen = first[:whole]
            np.add.at(inside, (kinds[:whole][chosen], ways[:whole][chosen]), taken[:whole][chosen])
            left[kinds[:whole][chosen]] = 0
            room = room - sums[whole - 1]
        if whole < len(kinds) and left[kinds[whole]]:
            with np.errstate(divide="ignore", invalid="ignore"):
                times = np.where(needed[whole] > 0, room / needed[whole], np.inf).min()
            number = int(min(left[kinds[whole]], max(0, np.floor(times))))
            inside[kinds[whole], ways[whole]] += number
            left[kinds[whole]] -= number
            room = room - number * needed[whole]
        stays = (left[kinds] > 0) & (needed <= room).all(axis=1)
        if whole < len(kinds):
            stays[whole] &= bool((needed[whole] <= room).all())
        kinds, ways, needed = kinds[stays], ways[stays], needed[stays]
    return inside


def orders(problem: Problem, values: Floats) -> list[list[Floats]]:
    """For each instance, orders in which to fill it: by size, and by value for the room. (T, W)"""
    found = []
    for capacity in problem.capacity:
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = problem.needed / capacity  # (T, W, R)
        shares = np.where(np.isfinite(shares), shares, 0.0)
        largest, total = shares.max(axis=-1), shares.sum(axis=-1)
        found.append([
            largest,
            total,
            values[:, None] / np.maximum(largest, 1e-12),
            values[:, None] / np.maximum(total, 1e-12),
        ])  # fmt: skip
    return found


def pack(
    problem: Problem, values: Floats, which: int | None = None, left: Integers | None = None
) -> list[Filled]:
    """A whole plan: again and again the machine whose streams are worth most for its price.

    Args:
        problem: whose streams and machines.
        values: what a stream of each kind is worth. (T,)
        which: of `orders` alone; None tries each on each machine.
        left: streams of each kind; None is all. (T,)
    """
    left, found = (problem.number if left is None else left).copy(), []
    listed = orders(problem, values)
    while left.any():
        best: tuple[float, int, Integers] | None = None
        for instance, several in enumerate(listed):
            for order in several if which is None else several[which : which + 1]:
                inside = fill(problem, instance, left, order)
                worth = float(values @ inside.sum(axis=1))
                if worth <= 0:
                    continue
                # One that takes all that is left ends the plan: it is worth no more than that.
                ratio = problem.price[instance] / worth
                if best is None or ratio < best[0] * (1 - 1e-12):
                    best = ratio, instance, inside
        assert best is not None  # each kind fits somewhere, and is worth something
        _, instance, inside = best
        used = inside.sum(axis=1)
        number = int((left[used > 0] // used[used > 0]).min())
        found.append(Filled(instance, number, inside))
        left = left - number * used
    return downsized(problem, found)


def downsized(problem: Problem, filled: list[Filled]) -> list[Filled]:
    """The same machines, each of the cheapest type that takes its streams."""
    found = []
    for one in filled:
        load = np.where(
            (one.inside > 0)[..., None], one.inside[..., None] * problem.needed, 0.0
        ).sum(axis=(0, 1))
        fitting = [k for k in range(len(problem.price)) if (load <= problem.room(k)).all()]
        cheapest = min(fitting, key=lambda k: (problem.price[k], k))
        found.append(Filled(cheapest, one.number, one.inside))
    return found


def best_of(problem: Problem, values: Floats, until: float, seed: int = 0) -> list[list[Filled]]:
    """Plans by several orders and by values that are varied, until a time of `monotonic`."""
    values = np.maximum(values, 1e-9)
    draw = np.random.default_rng(seed)
    plans = [pack(problem, values)]
    plans += [pack(problem, values, which) for which in range(4)]
    while time.monotonic() < until:
        varied = values * draw.lognormal(0.0, SPREAD, len(values))
        plans.append(pack(problem, varied, int(draw.integers(4))))
    return plans
