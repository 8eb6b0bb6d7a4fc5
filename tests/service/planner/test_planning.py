"""Plans hold every stream once, on machines that are not overfull, between bound and trivial."""

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy")

from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.service.planner.planning import Plan, plan
from counterpoise.service.planner.problem import Instance, Stream

SMALL = Instance("small", 1.0, (2.0, 4.0, 0.0, 100.0))
LARGE = Instance("large", 1.9, (4.0, 8.0, 0.0, 200.0))
GPU = Instance("gpu", 4.0, (4.0, 16.0, 1.0, 200.0))


def need(cpu: float, memory: float = 0.1, gpu: float = 0.0, network: float = 1.0) -> Stream:
    return Stream(f"{cpu} {memory}", ((cpu, memory, gpu, network),))


def held(streams: list[Stream], instances: list[Instance], found: Plan) -> None:
    """Everything that a plan promises."""
    placed = sorted(n for machine in found.machines for n, _ in machine.streams)
    assert placed == list(range(len(streams)))
    for machine in found.machines:
        load = np.sum([streams[n].ways[w] for n, w in machine.streams], axis=0)
        assert (load <= np.array(instances[machine.instance].capacity) * (1 + 1e-6) + 1e-9).all()
    price = sum(instances[machine.instance].price for machine in found.machines)
    assert found.price == pytest.approx(price)
    assert found.bound <= found.price + 1e-9
    assert found.price <= found.alone + 1e-9
    if found.one_type is not None:
        assert found.price <= found.one_type + 1e-9


def by_hand(streams: list[Stream], instances: list[Instance]) -> float:
    """The cheapest price, over every way to part the streams."""

    def cheapest(group: list[int]) -> float:
        best = math.inf
        for ways in itertools.product(*(range(len(streams[n].ways)) for n in group)):
            load = np.sum([streams[n].ways[w] for n, w in zip(group, ways, strict=True)], axis=0)
            for one in instances:
                if (load <= np.array(one.capacity) + 1e-9).all():
                    best = min(best, one.price)
        return best

    def over(left: list[int]) -> float:
        if not left:
            return 0.0
        first, rest = left[0], left[1:]
        best = math.inf
        for size in range(len(rest) + 1):
            for others in itertools.combinations(rest, size):
                price = cheapest([first, *others])
                if price < math.inf:
                    best = min(best, price + over([n for n in rest if n not in others]))
        return best

    return over(list(range(len(streams))))


amounts = st.floats(0.05, 1.9)


@given(
    st.lists(st.tuples(amounts, st.floats(0.05, 3.9), st.floats(0.1, 60)), min_size=1, max_size=9)
)
@settings(max_examples=15, deadline=None)
def test_every_stream_is_placed_once_between_bound_and_trivial(needs) -> None:
    streams = [need(cpu, memory, 0.0, network) for cpu, memory, network in needs]
    instances = [SMALL, LARGE, GPU]
    held(streams, instances, plan(streams, instances, 0.6))


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_few_streams_are_packed_at_the_cheapest_price_there_is(seed) -> None:
    draw = np.random.default_rng(seed)
    streams = [
        Stream("", ((cpu, memory, 0.0, 1.0), (0.1 * cpu, memory, gpu, 1.0)))
        for cpu, memory, gpu in zip(
            draw.uniform(0.2, 1.9, 5),
            draw.uniform(0.1, 3, 5),
            draw.uniform(0.1, 0.9, 5),
            strict=True,
        )
    ]
    instances = [SMALL, LARGE, GPU]
    found = plan(streams, instances, 3.0)
    held(streams, instances, found)
    assert found.price == pytest.approx(by_hand(streams, instances))


def test_many_equal_streams_leave_no_gap() -> None:
    streams = [need(0.01, 0.02, 0.0, 0.1)] * 1000
    instances = [SMALL, LARGE]
    found = plan(streams, instances, 2.0)
    held(streams, instances, found)
    assert (found.price, found.is_proved) == (pytest.approx(4.8), True)  # 10 cores: 4 + 4 + 2


def test_a_gpu_is_rented_only_where_it_pays() -> None:
    heavy = Stream("", ((1.5, 0.5, 0.0, 1.0), (0.1, 0.5, 0.05, 1.0)))
    dear = Instance("dear", 400.0, GPU.capacity)
    few, many = [heavy] * 2, [heavy] * 20
    assert all(machine.instance == 0 for machine in plan(many, [SMALL, dear], 1.0).machines)
    found = plan(many, [SMALL, GPU], 1.0)
    held(many, [SMALL, GPU], found)
    assert found.price == pytest.approx(4.0)  # all twenty on one, and none on a CPU
    assert plan(few, [SMALL, GPU], 1.0).price == pytest.approx(2.0)


def test_streams_that_fit_nowhere_are_named() -> None:
    streams = [need(1.0), Stream("harbour", ((9.0, 1.0, 0.0, 1.0),)), Stream("b", ((0, 99, 0, 0),))]
    with pytest.raises(ArgumentError) as error:
        plan(streams, [SMALL, LARGE])
    assert "2 of 3 fit on none (the largest offer 4 cores, 8 GiB" in str(error.value)
    assert "'harbour' needs 9 cores, 1 GiB, 1 Mbit/s" in str(error.value)
    assert "name a larger instance" in str(error.value)


def test_a_single_type_that_takes_not_all_is_not_compared_with() -> None:
    streams = [need(1.0), Stream("", ((0.1, 0.1, 0.5, 1.0),))]
    found = plan(streams, [SMALL, GPU], 1.0)
    assert (found.only, found.one_type) == (1, pytest.approx(4.0))
    assert plan(streams, [SMALL, Instance("tiny-gpu", 3.0, (0.5, 1, 1, 9))], 1.0).only is None
