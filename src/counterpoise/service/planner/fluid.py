"""The bound of streams that can be cut into any parts, and what a stream is worth by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from counterpoise.service.planner.problem import Floats, Problem


@dataclass(frozen=True)
class Mixture:
    """How much of each kind lies on which type of machine, if streams could be cut.

    Args:
        bound: a price that no plan goes below.
        values: each kind's share of it, a stream. (T,)
        machines: of each type, whole where that was asked for. (K,)
    """

    bound: float
    values: Floats
    machines: Floats


def fluid(problem: Problem) -> Mixture:
    """Streams and machines in any parts.

    A linear program over how much of each kind lies on each instance type. It lets a stream be
    shared by machines, yet not lie on a type on which it does not fit whole.
    """
    cost, used, whole = _program(problem)
    found = linprog(
        cost,
        A_ub=used,
        b_ub=np.zeros(used.shape[0]),
        A_eq=whole,
        b_eq=problem.number,
        method="highs",
    )
    assert found.success, found.message
    machines = np.asarray(found.x[-len(problem.price) :], float)
    return Mixture(float(found.fun), np.asarray(found.eqlin.marginals, float), machines)


def whole_machines(problem: Problem, values: Floats, seconds: float) -> Mixture | None:
    """The same with whole machines, as far as that time goes: a higher bound; None if no time."""
    cost, used, whole = _program(problem)
    is_machine = np.zeros(len(cost))
    is_machine[-len(problem.price) :] = 1
    number = problem.number.astype(float)
    found = milp(
        cost,
        constraints=[LinearConstraint(used, ub=0.0), LinearConstraint(whole, number, number)],
        integrality=is_machine,
        bounds=Bounds(0, np.inf),
        options={"time_limit": max(seconds, 0.1)},
    )
    if found.x is None or found.mip_dual_bound is None:
        return None
    machines = np.rint(found.x[-len(problem.price) :])
    return Mixture(float(found.mip_dual_bound), values, machines)


def _program(problem: Problem) -> tuple[Floats, sparse.csr_array, sparse.csr_array]:
    """Cost, what is used less what is offered (K * R), and where each stream lies (T).

    The variables are streams of each kind on each type by each way, as far as they fit, and then
    machines of each type.
    """
    kinds, _, resources = problem.needed.shape
    types = len(problem.price)
    k, t, w = np.nonzero(problem.fits)
    placed = len(k)
    column = np.arange(placed)
    rows = k[:, None] * resources + np.arange(resources)
    used = sparse.coo_array(
        (problem.needed[t, w].ravel(), (rows.ravel(), np.repeat(column, resources))),
        (types * resources, placed),
    )
    offered = sparse.coo_array(
        (
            -problem.capacity.ravel(),
            (np.arange(types * resources), np.repeat(np.arange(types), resources)),
        ),
        (types * resources, types),
    )
    whole = sparse.coo_array((np.ones(placed), (t, column)), (kinds, placed + types))
    cost = np.concatenate([np.zeros(placed), problem.price])
    return cost, sparse.hstack([used, offered], "csr"), whole.tocsr()
