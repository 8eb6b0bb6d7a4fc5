"""Streams put on machines that are given: each where it fits best."""

from __future__ import annotations

import time

import numpy as np

from counterpoise.service.planner.greedy import downsized, pack
from counterpoise.service.planner.problem import Filled, Floats, Integers, Problem

SPREAD = 0.2  # how much sizes are varied from one try to the next, as a standard deviation
RUINED = (2, 6)  # machines that a step of `improved` takes apart: from, up to


def fit(
    problem: Problem, machines: Integers, left: Integers, draw: np.random.Generator
) -> tuple[list[Filled], Integers]:
    """Streams from the largest to the smallest, each where least of what is scarce is lost.

    Args:
        machines: type of each. (M,)
        left: streams of each kind to place. (T,)
        draw: varies the order.

    Returns:
        The machines as filled, and the streams that fit on none. (T,)
    """
    room = np.stack([problem.room(k) for k in machines])  # (M, R)
    inside = np.zeros((len(machines), *problem.needed.shape[:2]), np.int64)
    total = np.maximum(room.sum(axis=0), 1e-12)
    shares = np.where(np.isfinite(problem.needed), problem.needed, np.nan) / total  # (T, W, R)
    smallest = np.nanmin(np.nanmax(shares, axis=2), axis=1)  # (T,)
    waiting = np.repeat(np.arange(len(left)), left)
    varied = np.log(smallest[waiting] + 1e-15) + draw.normal(0, SPREAD, len(waiting))
    lost = np.zeros_like(left)
    capacity = np.maximum(problem.capacity[machines], 1e-12)
    for kind in waiting[np.argsort(-varied, kind="stable")]:
        needed = problem.needed[kind]  # (W, R)
        fits = (needed[None] <= room[:, None]).all(axis=-1)  # (M, W)
        if not fits.any():
            lost[kind] += 1
            continue
        # What it takes, each resource weighed by how scarce it is on that machine.
        weight = 1.0 / np.maximum(room / capacity, 1e-3) / np.maximum(room.sum(axis=0), 1e-12)
        with np.errstate(invalid="ignore"):
            price = np.where(fits, (np.where(fits[..., None], needed[None], 0.0) * weight[:, None])
                             .sum(axis=-1), np.inf)  # fmt: skip
        machine, way = np.unravel_index(int(np.argmin(price)), price.shape)
        inside[machine, kind, way] += 1
        room[machine] -= needed[way]
    return [
        Filled(int(k), 1, one) for k, one in zip(machines, inside, strict=True) if one.any()
    ], lost


def fitted(
    problem: Problem, values: Floats, machines: Integers, draw: np.random.Generator
) -> list[Filled]:
    """A whole plan that begins with these machines, and adds what they lack."""
    filled, lost = fit(problem, machines, problem.number, draw)
    return downsized(problem, [*filled, *pack(problem, values, left=lost)])


def improved(
    problem: Problem, values: Floats, filled: list[Filled], until: float, seed: int = 0
) -> list[Filled]:
    """Some machines taken apart and packed again, as long as there is time; what is dearer is left.

    Plans of the same price are taken, too, so that the search does not stand still.
    """
    draw = np.random.default_rng(seed)
    alike = [one for one in filled for _ in range(one.number)]
    alike = [Filled(one.instance, 1, one.inside) for one in alike]
    while time.monotonic() < until and len(alike) > 1:
        number = min(len(alike), int(draw.integers(*RUINED)))
        chosen = set(draw.choice(len(alike), number, replace=False).tolist())
        apart = [one for n, one in enumerate(alike) if n in chosen]
        left = np.sum([one.inside.sum(axis=1) for one in apart], axis=0)
        varied = np.maximum(values, 1e-9) * draw.lognormal(0.0, 0.3, len(values))
        made = downsized(problem, pack(problem, varied, int(draw.integers(4)), left=left))
        if problem.cost(made) <= problem.cost(apart) + 1e-12:
            alike = [one for n, one in enumerate(alike) if n not in chosen]
            alike += [
                Filled(one.instance, 1, one.inside) for one in made for _ in range(one.number)
            ]
    return alike
