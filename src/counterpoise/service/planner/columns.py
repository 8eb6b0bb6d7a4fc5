"""Column generation: a better bound than the fluid one, and better machines.

A column is a machine with what is inside. The linear program over the columns known so far gives
what a stream of each kind is worth; the machine that holds most worth for its price is the next
column. Its ratio also gives a bound, before all columns are known (Farley 1990).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from counterpoise.service.planner.greedy import pack
from counterpoise.service.planner.problem import Filled, Floats, Integers, Problem

GAP = 1e-6  # between bound and plan that ends the search
LOOSE, TIGHT = 2e-2, 1e-4  # of the most that a machine can be worth: when first looked for, at last


class Columns:
    """The columns known so far.

    Args:
        problem: whose they are.
        filled: the first of them, which cover every kind.
    """

    def __init__(self, problem: Problem, filled: Sequence[Filled]) -> None:
        self.problem = problem
        self._known: dict[tuple[int, bytes], Filled] = {}
        for one in filled:
            self.add(one.instance, one.inside)

    def add(self, instance: int, inside: Integers) -> bool:
        """Whether it is new."""
        key = instance, inside.tobytes()
        is_new = key not in self._known
        self._known.setdefault(key, Filled(instance, 1, inside))
        return is_new

    def price(self) -> Floats:
        """Of each. (n,)"""
        found: Floats = self.problem.price[[one.instance for one in self._known.values()]]
        return found

    def held(self) -> sparse.csc_array:
        """How many streams of each kind each holds. (T, n)"""
        return sparse.csc_array(
            np.stack([one.inside.sum(axis=1) for one in self._known.values()], axis=1)
        )

    def values(self) -> tuple[float, Floats]:
        """The linear program's price, and what a stream of each kind is worth by it. (T,)"""
        found = linprog(
            self.price(), A_ub=-self.held(), b_ub=-self.problem.number.astype(float), method="highs"
        )
        assert found.success, found.message
        return float(found.fun), -np.asarray(found.ineqlin.marginals, float)

    def shares(self) -> Floats:
        """How many machines of each column the linear program takes. (n,)"""
        found = linprog(
            self.price(), A_ub=-self.held(), b_ub=-self.problem.number.astype(float), method="highs"
        )
        assert found.success, found.message
        return np.asarray(found.x, float)

    def all(self) -> list[Filled]:
        """One machine of each."""
        return list(self._known.values())

    def whole(self, seconds: float) -> list[Filled] | None:
        """The cheapest plan of these columns, or the best that was found in that time."""
        price = self.price()
        cover = LinearConstraint(self.held(), lb=self.problem.number.astype(float))
        found = milp(
            price,
            constraints=cover,
            integrality=np.ones(len(price)),
            bounds=Bounds(0, np.inf),
            options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 1e-9},
        )
        if found.x is None:
            return None
        numbers = np.rint(found.x).astype(int)
        if (self.held() @ numbers < self.problem.number).any():  # HiGHS has been seen to err
            return None
        return [
            Filled(one.instance, int(number), one.inside)
            for one, number in zip(self._known.values(), numbers, strict=True)
            if number
        ]


def generate(columns: Columns, until: float, gap: float = TIGHT) -> float:
    """Add columns until none helps or it is that time of `monotonic`; the best bound found.

    Args:
        columns: to add to.
        until: when to end.
        gap: how far from the best machine the last one may be.
    """
    problem, bound, now = columns.problem, 0.0, max(gap, LOOSE)
    while True:
        price, values = columns.values()
        worst, is_new = 1.0, False
        for instance in range(len(problem.price)):
            seconds = until - time.monotonic()
            if seconds <= 0:
                return bound
            worth, inside = _most_worth(problem, instance, values, now, seconds)
            worst = max(worst, worth / problem.price[instance])
            if inside is None:
                continue
            if values @ inside.sum(axis=1) > problem.price[instance] * (1 + GAP):
                is_new = columns.add(instance, inside) or is_new
        # Worth divided by the worst ratio is a price at which no machine holds more than it costs.
        bound = max(bound, price / worst)
        if price - bound <= GAP * price or (not is_new and now <= gap):
            return bound
        if not is_new:
            now = gap


def _most_worth(
    problem: Problem, instance: int, values: Floats, gap: float, seconds: float
) -> tuple[float, Integers | None]:
    """An upper bound of what one machine can hold in worth, and what holds most.

    A knapsack over kinds and ways: maximal worth within each resource's capacity.
    """
    kinds, ways = np.nonzero(problem.fits[instance] & (values > 0)[:, None])
    if not len(kinds):
        return 0.0, None
    needed = problem.needed[kinds, ways].T  # (R, n)
    used = needed.any(axis=1)
    most = problem.number[kinds].astype(float)
    constraints = [LinearConstraint(needed[used], ub=problem.capacity[instance][used])]
    if problem.needed.shape[1] > 1:
        of_kind = sparse.csr_array(
            (np.ones(len(kinds)), (kinds, np.arange(len(kinds)))),
            (len(problem.number), len(kinds)),
        )
        constraints.append(LinearConstraint(of_kind, ub=problem.number.astype(float)))
    found = milp(
        -values[kinds],
        constraints=constraints,
        integrality=np.ones(len(kinds)),
        bounds=Bounds(0, most),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    if found.x is None:
        return bound, None
    inside = np.zeros(problem.needed.shape[:2], np.int64)
    inside[kinds, ways] = np.rint(found.x).astype(np.int64)
    load = (inside[..., None] * np.where(inside[..., None] > 0, problem.needed, 0.0)).sum((0, 1))
    return bound, inside if (load <= problem.room(instance)).all() else None


def dive(columns: Columns, values: Floats, until: float) -> list[Filled] | None:
    """A plan by taking the machines that the linear program takes most of, again and again.

    After each step columns are added for the streams that are left. None if time ends.
    """
    found, known = [], columns.all()
    left = columns.problem.number.copy()
    while left.any():
        rest = columns.problem.of(left)
        # Machines that hold more than is left would be paid for in part for nothing.
        known = [one for one in known if (one.inside.sum(axis=1) <= left).all()]
        now = Columns(rest, [*known, *pack(rest, values)])
        generate(now, until, LOOSE)
        if time.monotonic() >= until:
            return None
        shares, known = now.shares(), now.all()
        numbers = np.floor(shares + GAP).astype(int)
        if not numbers.any():
            numbers[int(np.argmax(shares))] = 1
        for one, number in zip(known, numbers, strict=True):
            if number:
                found.append(Filled(one.instance, int(number), one.inside))
                left = np.maximum(0, left - number * one.inside.sum(axis=1))
    return found
