"""All ways to fill a machine, where they can be listed: the cheapest plan, proved."""

from __future__ import annotations

import time

import numpy as np

from counterpoise.service.planner.problem import Filled, Floats, Integers, Problem

MOST = 20_000  # ways that are listed


def listed(problem: Problem, until: float, most: int = MOST) -> list[Filled] | None:
    """Every set of streams that some machine takes, on the cheapest that does; None if too many.

    A set that has room for one more stream at no higher price is left out: the larger one does
    whatever it does.
    """
    kinds, ways = np.nonzero(problem.fits.any(axis=0))
    needed = problem.needed[kinds, ways]  # (n, R)
    order = np.argsort(problem.price, kind="stable")
    rooms = np.stack([problem.room(k) for k in range(len(problem.price))])
    found: list[Filled] = []

    def cheapest(load: Floats) -> int | None:
        for k in order:
            if (load <= rooms[k]).all():
                return int(k)
        return None

    def extend(start: int, inside: Integers, load: Floats) -> bool:
        here = cheapest(load) if inside.any() else None
        can_grow = False
        for n in range(len(kinds)):
            if inside[kinds[n]].sum() >= problem.number[kinds[n]]:
                continue
            instance = cheapest(load + needed[n])
            if instance is None:
                continue
            if here is not None and problem.price[instance] <= problem.price[here]:
                can_grow = True
            if n >= start:
                inside[kinds[n], ways[n]] += 1
                fine = extend(n, inside, load + needed[n])
                inside[kinds[n], ways[n]] -= 1
                if not fine:
                    return False
        if here is not None and not can_grow:
            found.append(Filled(here, 1, inside.copy()))
        return len(found) <= most and time.monotonic() < until

    steps = extend(0, np.zeros(problem.needed.shape[:2], np.int64), np.zeros(needed.shape[1]))
    return found if steps else None
