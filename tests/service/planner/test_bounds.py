"""The bounds lie below what brute force finds, and a filled machine has room for nothing more."""

import time

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy")

from counterpoise.service.planner.columns import Columns, dive, generate
from counterpoise.service.planner.exact import listed
from counterpoise.service.planner.fitting import fit, fitted, improved
from counterpoise.service.planner.fluid import fluid, whole_machines
from counterpoise.service.planner.greedy import best_of, fill, orders, pack
from counterpoise.service.planner.problem import Instance, Problem, Stream

INSTANCES = [
    Instance("small", 1.0, (2.0, 4.0, 0.0, 100.0)),
    Instance("large", 1.9, (4.0, 8.0, 0.0, 200.0)),
]


@pytest.fixture
def problem() -> Problem:
    draw = np.random.default_rng(0)
    return Problem(
        [
            Stream(str(n), ((cpu, memory, 0.0, 1.0),))
            for n, (cpu, memory) in enumerate(
                zip(draw.uniform(0.3, 1.9, 12), draw.uniform(0.1, 3.9, 12), strict=True)
            )
        ],
        INSTANCES,
    )


def covers(problem: Problem, filled) -> bool:
    inside = sum(one.number * one.inside.sum(axis=1) for one in filled)
    return bool((inside >= problem.number).all())


def test_bounds_rise_and_stay_below_every_plan(problem) -> None:
    cut = fluid(problem)
    assert cut.bound == pytest.approx(float(cut.values @ problem.number))
    whole = whole_machines(problem, cut.values, 5.0)
    plans = best_of(problem, cut.values, 0.0)
    columns = Columns(problem, plans[0])
    generated = generate(columns, time.monotonic() + 10)
    best = columns.whole(5.0)
    cheapest = min(map(problem.cost, [*plans, best]))
    assert all(covers(problem, found) for found in [*plans, best])
    assert cut.bound <= whole.bound + 1e-6
    assert whole.bound <= cheapest + 1e-6
    assert cut.bound <= generated + 1e-3
    assert generated <= cheapest + 1e-6
    assert generated == pytest.approx(columns.values()[0], rel=1e-3)


def test_no_time_is_a_bound_of_nothing(problem) -> None:
    columns = Columns(problem, pack(problem, fluid(problem).values))
    assert generate(columns, time.monotonic()) == 0.0
    assert dive(columns, fluid(problem).values, time.monotonic()) is None


def test_diving_and_repacking_cover_all(problem) -> None:
    values = fluid(problem).values
    begin = pack(problem, values, 0)
    dived = dive(Columns(problem, begin), values, time.monotonic() + 20)
    assert dived is not None
    assert covers(problem, dived)
    better = improved(problem, values, begin, time.monotonic() + 0.3)
    assert covers(problem, better)
    assert problem.cost(better) <= problem.cost(begin)


def test_a_filled_machine_has_room_for_no_other(problem) -> None:
    values = fluid(problem).values
    for instance, several in enumerate(orders(problem, values)):
        for order in several:
            inside = fill(problem, instance, problem.number, order)
            load = (inside[..., None] * problem.needed).sum(axis=(0, 1))
            room = problem.room(instance) - load
            assert (room >= 0).all()
            left = problem.number > inside.sum(axis=1)
            assert not (problem.needed[left] <= room).all(axis=-1).any()


def test_machines_that_are_given_are_filled_and_the_rest_is_told(problem) -> None:
    draw = np.random.default_rng(1)
    filled, lost = fit(problem, np.array([0, 1]), problem.number, draw)
    inside = sum(one.inside.sum(axis=1) for one in filled)
    np.testing.assert_array_equal(inside + lost, problem.number)
    assert covers(problem, fitted(problem, fluid(problem).values, np.array([0, 1]), draw))


def test_all_machines_are_listed_or_none(problem) -> None:
    few = Problem(problem.streams[:4], INSTANCES)
    every = listed(few, time.monotonic() + 10)
    sets = {tuple(one.inside.ravel()) for one in every}
    assert len(sets) == len(every)
    rooms = [few.room(one.instance) for one in every]
    loads = [(one.inside[..., None] * few.needed).sum(axis=(0, 1)) for one in every]
    assert all((load <= room).all() for load, room in zip(loads, rooms, strict=True))
    assert listed(problem, time.monotonic() + 10, most=5) is None
    assert listed(few, time.monotonic() - 1) is None
