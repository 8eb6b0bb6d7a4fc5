"""The cheapest machines for these streams, as well as bounded time allows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, gcd, lcm

import numpy as np

from counterpoise.service.planner.columns import GAP, Columns, dive, generate
from counterpoise.service.planner.exact import listed
from counterpoise.service.planner.fitting import fitted, improved
from counterpoise.service.planner.fluid import fluid, whole_machines
from counterpoise.service.planner.greedy import best_of
from counterpoise.service.planner.problem import Filled, Instance, Machine, Problem, Stream

SECONDS = 8.0  # of planning, unless told otherwise
SMALL = 60  # streams for which listing every machine is tried
TRIES = 50  # orders in which streams are put on the machines of the mixture
KEPT = 20  # plans whose machines are the first columns


@dataclass(frozen=True)
class Plan:
    """Machines, and how good they are.

    Args:
        machines: that hold every stream once.
        price: of them, an hour.
        bound: an hour; no plan is cheaper.
        alone: an hour, with a machine for each stream.
        one_type: an hour, with machines of the best single type; None where no type takes all.
        only: position of that type.
    """

    machines: tuple[Machine, ...]
    price: float
    bound: float
    alone: float
    one_type: float | None
    only: int | None

    @property
    def is_proved(self) -> bool:
        """Whether no plan is cheaper."""
        return self.price - self.bound <= GAP * self.price


def plan(
    streams: Sequence[Stream], instances: Sequence[Instance], seconds: float = SECONDS
) -> Plan:
    """Pack streams on machines: greedy, then column generation, then whole numbers of its columns.

    Few streams are packed exactly, from every way to fill a machine, where these can be listed.
    The same problem may get another plan on a slower machine, since each step ends in time.

    Raises:
        ArgumentError: a stream fits on no instance.
    """
    begun = time.monotonic()
    problem = Problem(streams, instances)
    cut = fluid(problem)
    bound, values, draw = cut.bound, cut.values, np.random.default_rng(0)
    plans = best_of(problem, values, begun + 0.05 * seconds)
    whole = whole_machines(problem, values, 0.25 * seconds)
    if whole is not None:
        bound = max(bound, whole.bound)
        machines = np.repeat(np.arange(len(instances)), whole.machines.astype(int))
        plans.append(fitted(problem, values, machines, draw))
        for _ in range(TRIES):
            if time.monotonic() > begun + 0.4 * seconds:
                break
            plans.append(fitted(problem, values, draw.permutation(machines), draw))
    best = min(plans, key=problem.cost)
    if not _is_best(problem, best, bound):
        best = improved(problem, values, best, begun + 0.5 * seconds)
    if not _is_best(problem, best, bound):
        columns, more = _columns(problem, [*plans, best], begun, seconds)
        bound = max(bound, more)
        dived = dive(columns, values, begun + 0.9 * seconds)
        chosen = columns.whole(begun + seconds - time.monotonic())
        best = min([best, *(p for p in (dived, chosen) if p is not None)], key=problem.cost)
    return _made(problem, best, _on_lattice(bound, problem))


def _columns(
    problem: Problem, plans: Sequence[list[Filled]], begun: float, seconds: float
) -> tuple[Columns, float]:
    """Machines worth choosing from, and the bound that they give."""
    every = None
    if len(problem.streams) <= SMALL:
        every = listed(problem, begun + 0.6 * seconds)
    if every is not None:
        columns = Columns(problem, every)
        return columns, columns.values()[0]
    cheapest = sorted(plans, key=problem.cost)[:KEPT]
    columns = Columns(problem, [one for found in cheapest for one in found])
    return columns, generate(columns, begun + 0.75 * seconds)


def _is_best(problem: Problem, filled: Sequence[Filled], bound: float) -> bool:
    price = problem.cost(filled)
    return price - _on_lattice(bound, problem) <= GAP * price


def _made(problem: Problem, best: list[Filled], bound: float) -> Plan:
    machines = _cheapest_types(problem, problem.machines(best))
    price = float(sum(problem.price[one.instance] for one in machines))
    alone = np.where(problem.fits.any(axis=2).T, problem.price, np.inf).min(axis=1)  # (T,)
    one_type, only = _of_one_type(problem)
    return Plan(
        tuple(machines),
        price,
        min(bound, price),
        float(alone @ problem.number),
        one_type,
        only,
    )


def _cheapest_types(problem: Problem, machines: Sequence[Machine]) -> list[Machine]:
    """Each on the cheapest type that takes it, now that empty places are known."""
    found = []
    for one in machines:
        load = problem.load(one)
        fitting = [k for k in range(len(problem.price)) if (load <= problem.room(k)).all()]
        found.append(Machine(min(fitting, key=lambda k: (problem.price[k], k)), one.streams))
    return sorted(found, key=lambda one: (one.instance, one.streams))


def _of_one_type(problem: Problem) -> tuple[float | None, int | None]:
    """The best plan with machines of one type, as somebody without a planner would rent them."""
    best: tuple[float | None, int | None] = None, None
    for k, instance in enumerate(problem.instances):
        if not problem.fits[k].any(axis=1).all():
            continue
        alone = Problem(problem.streams, [instance])
        found = best_of(alone, fluid(alone).values, 0.0)
        price = min(map(alone.cost, found))
        if best[0] is None or price < best[0]:
            best = price, k
    return best


def _on_lattice(bound: float, problem: Problem) -> float:
    """The next price that machines can cost: with prices of 0.10 and 0.15, a multiple of 0.05."""
    prices = [Fraction(price).limit_denominator(10**6) for price in problem.price]
    below = lcm(*(price.denominator for price in prices))
    step = gcd(*(int(price * below) for price in prices)) / below
    return max(bound, step * ceil(bound / step - 1e-6))
