"""Trainings of several comparisons in one stack, each in the folder of its own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise import data, sweep
from counterpoise.experiments.engines.gathering import Held, held, stacked_together, train_together
from counterpoise.experiments.engines.local import LocalEngine, _halves, _of_one
from counterpoise.experiments.engines.together import Together
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.experiments.tasks import Context, Outcome, Progress, StackTask
from counterpoise.recipes.load import load_methods


def work(*names: str, seeds: tuple[int, ...] = (0,)) -> Work:
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=10,mu=0.5"), seeds=list(seeds))
    own = {split.name: int(split.name.partition("-")[2]) for split in splits}
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, own, "cpu", 1)
    return plan(load_methods(names, {}, {"model.name": "mlp", "train.rounds": 1}), grid)


def context(out: Path, classes: int = 10) -> Context:
    out.mkdir(exist_ok=True)
    np.save(out / "inputs.npy", np.zeros((3, 1, 8, 8), np.uint8))
    return Context(
        out=out, inputs=out / "inputs.npy", labels=out, kind="image", classes=("c",) * classes,
        splits=out, device="cpu", threads=1, select="recall", checkpoint_every=1, data_root=None,
    )  # fmt: skip


def hold(out: Path, *names: str, heard: list[str] | None = None, **more: Any) -> Held:
    def tell(message: Progress | Outcome) -> None:
        if heard is not None:
            heard.append(message.task.id if isinstance(message, Progress) else message.id)

    return held(work(*names).stages, context(out, **more), tell)


def test_those_of_one_shape_share_a_stack_with_their_own_folders(tmp_path: Path) -> None:
    one, two = hold(tmp_path / "a", "baseline"), hold(tmp_path / "b", "oversampling", "weighted")
    (stack,) = stacked_together([one, two], 8)
    assert stack.stages == (*one.stages, *two.stages)
    assert [own.out.name for own in stack.contexts] == ["a", "b", "b"]
    parts = stacked_together([one, two], 2)
    assert [len(part.stages) for part in parts] == [2], "one alone is left to its comparison"


def test_other_data_are_of_another_stack(tmp_path: Path) -> None:
    one = hold(tmp_path / "a", "baseline")
    other = hold(tmp_path / "b", "oversampling", classes=4)
    assert stacked_together([one, other], 8) == []


def test_the_very_same_training_is_not_twice_in_a_stack(tmp_path: Path) -> None:
    one, two = hold(tmp_path / "a", "baseline"), hold(tmp_path / "b", "baseline", "weighted")
    (stack,) = stacked_together([one, two], 8)
    assert [own.out.name for own in stack.contexts] == ["a", "b"]


def test_what_cannot_share_a_stack_is_not_held(tmp_path: Path) -> None:
    stages = work("two-phase-over").stages
    found = held(stages, context(tmp_path / "a"), print)
    assert [stage.parent for stage in found.stages] == [None]
    assert not found.done
    nothing = held(work("double-updates").runs, context(tmp_path / "b"), print)
    assert nothing.done
    assert nothing.taken


def test_each_comparison_hears_of_its_own_and_an_error_is_its_own(tmp_path: Path) -> None:
    heard: list[str] = []
    said: list[str] = []

    def refuse(message: Progress | Outcome) -> None:
        raise OSError("the disk is full")

    one = replace(hold(tmp_path / "a", "baseline"), tell=refuse)
    two = hold(tmp_path / "b", "weighted", heard=heard)

    class Engine(LocalEngine):
        def dispatch(self, tasks: Any, *rest: Any) -> dict[str, Outcome]:
            (stack,) = tasks
            rest[2](Progress(stack, 1, 0, 1, None))
            ended = tuple(Outcome(stage.id, "ok") for stage in stack.stages)
            rest[2](Outcome(stack.id, "ok", parts=ended))
            return {}

    train_together(Engine(), [one, two], 8, 1, said.append, None)  # type: ignore[arg-type]
    assert said == ["stacked: 2 trainings of 2 cells, 1 model of at most 8"]
    assert heard == [two.stages[0].id] * 2
    assert str(one.error) == "the disk is full"
    assert two.error is None


def test_a_stack_of_one_that_fails_is_that_training_and_is_not_halved(tmp_path: Path) -> None:
    one, two = hold(tmp_path / "a", "baseline"), hold(tmp_path / "b", "weighted")
    (stack,) = stacked_together([one, two], 8)
    halves = _halves(stack)
    for half, own in zip(halves, (one, two), strict=True):
        assert isinstance(half, StackTask), "as it has a context of its own"
        assert half.contexts == (own.context,)
        assert _of_one(half, Outcome(half.id, "failed", "why")).id == own.stages[0].id
    assert _of_one(stack, Outcome(stack.id, "failed")).id == stack.id


def test_they_are_held_until_they_fill_a_stack_or_nobody_else_comes(tmp_path: Path) -> None:
    given: list[tuple[str, ...]] = []

    class Engine(LocalEngine):
        def dispatch(self, tasks: Any, *rest: Any) -> dict[str, Outcome]:
            stacks = [task for task in tasks if isinstance(task, StackTask)]
            given.extend(tuple(own.out.name for own in stack.contexts) for stack in stacks)
            return {}

    def perform(name: str, joined: Any) -> None:
        made = work(name)
        joined.dispatch([*made.stages, *made.runs], context(tmp_path / name), 1)

    names = ("baseline", "oversampling", "weighted")
    one = Together(Engine(), 1, most=2)
    assert dict(one.each(names, perform)) == dict.fromkeys(names)
    assert given == [("baseline", "oversampling")], "a third has nobody left to share with"


def test_cells_of_one_training_each_become_one_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the numbers of one by one but for rounding."""
    axes = {"cb.beta": (0.9, 0.99)}
    given: Any = {
        "methods": "cb", "profile": "step:rho=10,mu=0.5", "seeds": 1, "rounds": 2, "jobs": 1,
        "device": "cpu", "progress": "plain", "settings": {"model.name": "mlp"},
    }  # fmt: skip
    sweep.compare("digits", axes, out=tmp_path / "alone", **given)
    sweep.compare("digits", axes, out=tmp_path / "stacked", stack=2, **given)
    said = capsys.readouterr().err
    assert "stacked: 2 trainings of 2 cells, 1 model of at most 2" in said
    records = sorted((tmp_path / "stacked").glob("*/stages/*/done.json"))
    assert [json.loads(path.read_text("utf-8"))["stacked"] for path in records] == [2, 2]
    assert len({path.parts[-4] for path in records}) == 2, "each in the folder of its cell"
    for path in (tmp_path / "alone").glob("*/runs/*/*/outputs.npz"):
        same = tmp_path / "stacked" / path.relative_to(tmp_path / "alone")
        with np.load(path) as one, np.load(same) as other:
            assert one.files == other.files
            for name in one.files:
                np.testing.assert_allclose(one[name], other[name], rtol=1e-3, atol=1e-4)
