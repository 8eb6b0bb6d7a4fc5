"""Which trainings become one model, and why the others do not."""

from collections.abc import Mapping

import pytest

from counterpoise import data
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.stacks import (
    most_of,
    remark,
    shape,
    stacked,
    stacks,
    why_alone,
)
from counterpoise.experiments.tasks import StackTask, StageTask
from counterpoise.recipes.load import load_methods


@pytest.fixture(scope="module")
def grid() -> Grid:
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=10,mu=0.5"), seeds=[0, 1])
    given = {"seed-0": 0, "seed-1": 1}
    return Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, given, "cpu", 1)


def stages(
    grid: Grid, *names: str, model: str = "mlp", more: Mapping[str, object] | None = None
) -> tuple[StageTask, ...]:
    given = {"model.name": model, "train.rounds": 1, **(more or {})}
    return plan(load_methods(names, {}, given), grid).stages


def test_other_data_losses_and_samplers_are_one_model(grid: Grid) -> None:
    found = stacks(stages(grid, "baseline", "oversampling", "weighted"), 8)
    (stack,) = found.together
    assert len(stack.stages) == 6
    assert found.alone == ()
    assert stack.label == "6 trainings as one"
    assert len({shape(stage) for stage in stack.stages}) == 1
    assert found.lines(8) == ["stacked: 6 of 6 trainings, 1 model of at most 8"]


def test_stacks_are_as_even_as_can_be(grid: Grid) -> None:
    made = stages(grid, "baseline", "oversampling", "weighted")
    assert [len(s.stages) for s in stacks(made[:5], 3).together] == [2, 3]
    whole = StackTask(made[:5], "x")
    assert whole.parts(1) == made[:5]
    assert [p.id for p in whole.parts(5)] == [whole.id]


def test_one_of_its_shape_is_alone(grid: Grid) -> None:
    (first, *_) = stages(grid, "baseline")
    found = stacks([first], 8)
    assert found.together == ()
    assert found.lines(8) == [
        "stacked: none of 1 training",
        "  one by one: 1 (baseline): no other has its shape",
    ]


@pytest.mark.parametrize("key", ["optimizer.lr", "train.batch_size", "train.rounds"])
def test_what_changes_the_computation_changes_the_shape(grid: Grid, key: str) -> None:
    value = 0.123 if key == "optimizer.lr" else 7
    (one, *_), (other, *_) = (stages(grid, "baseline", more=m) for m in ({}, {key: value}))
    assert shape(one) != shape(other)


@pytest.mark.parametrize(
    ("name", "model", "more", "reason"),
    [
        ("two-phase-over", "mlp", {}, "goes on from another training"),
        ("baseline", "all-cnn", {}, "cannot be stacked (all-cnn)"),
        ("baseline", "mlp", {"model.dropout": 0.5}, "draws dropout"),
        ("baseline", "mlp", {"train.precision": "16-mixed"}, "mixed precision"),
        ("cnusvm", "mlp", {}, "a penalty to the loss"),
    ],
)
def test_why_others_are_not(
    grid: Grid, name: str, model: str, more: Mapping[str, object], reason: str
) -> None:
    reasons = {why_alone(stage) for stage in stages(grid, name, model=model, more=more)}
    assert any(reason in one for one in reasons), reasons


def test_each_stack_takes_the_place_of_its_first(grid: Grid) -> None:
    made = stages(grid, "baseline", "oversampling", "two-phase-over")
    given = stacked(made, 8)
    (stack,) = (task for task in given if isinstance(task, StackTask))
    rest = [task for task in given if isinstance(task, StageTask)]
    assert sorted(s.id for s in (*stack.stages, *rest)) == sorted(s.id for s in made)
    assert all(s.parent is not None for s in rest)
    finished = stack.stages[0].id
    (less,) = (task for task in stacked(made, 8, [finished]) if isinstance(task, StackTask))
    assert finished not in {s.id for s in less.stages}


def test_auto_is_off_on_a_cpu_and_where_trainings_are_shared() -> None:
    assert most_of("auto", "cpu") == 1
    assert most_of("auto", "cuda:1") > 1
    assert most_of("auto", "cuda", "ray") == most_of("auto", "cuda", devices=2) == 1
    assert (most_of(4, "cpu"), most_of("off", "cuda")) == (4, 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("off", "cpu"), ""),
        (("auto", "cuda:1"), ""),
        ((3, "cuda"), ""),
        (("auto", "cpu"), "a CPU trains one network after another faster"),
        ((3, "cpu"), "slower on a CPU"),
        (("auto", "cuda", "ray"), "--engine ray has a GPU for each training"),
        (("auto", "cuda", "local", 2), "--devices shares one training"),
    ],
)
def test_whoever_asks_for_stacks_is_told_where_there_are_none(
    asked: tuple[int | str, str], words: str
) -> None:
    told = remark(*asked)
    assert words in told
    assert bool(told) == bool(words)
