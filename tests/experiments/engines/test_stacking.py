"""Comparisons whose trainings are stacked beside the same ones, one by one."""

import json
import multiprocessing as mp
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from counterpoise import data
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.engines.local import LocalEngine, _halves, _smaller, _trained
from counterpoise.experiments.engines.stacking import StackingEngine
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.progress import display
from counterpoise.experiments.stacks import shape
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    Progress,
    StackTask,
    StageTask,
    Streamed,
    Task,
)
from counterpoise.recipes.load import load_methods

METHODS = ("baseline", "oversampling", "weighted")


def compare(out: Path, stack: int | str, **more: object) -> None:
    asked = {
        "dataset": "digits",
        "methods": METHODS,
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 1,
        "rounds": 2,
        "jobs": 1,
        "stack": stack,
        "settings": {"train.batch_size": 256, "model.name": "mlp"},
        **more,
    }
    conduct(Options.of(asked), display("plain"))


def stacked_as(out: Path) -> list[int | None]:
    records = [json.loads(path.read_text()) for path in out.glob("stages/*/done.json")]
    assert {record["status"] for record in records} == {"ok"}
    return sorted((record.get("stacked") for record in records), key=str)


def require_same(out: Path, other: Path) -> None:
    """Counts, orders and choices exact; numbers as near as float32 is."""
    folders = sorted(p.parent.relative_to(out) for p in out.glob("runs/*/*/report.json"))
    assert folders == sorted(
        p.parent.relative_to(other) for p in other.glob("runs/*/*/report.json")
    )
    assert len(folders) == len(METHODS)
    for folder in folders:
        one, two = (json.loads((o / folder / "report.json").read_text()) for o in (out, other))
        assert one["status"] == two["status"] == "ok"
        assert one["updates"] == two["updates"]
        lines = [(o / folder / "metrics.jsonl").read_text().splitlines() for o in (out, other)]
        for record, second in zip(*(map(json.loads, own) for own in lines), strict=True):
            for key, value in record.items():
                if "seconds" not in key and not isinstance(value, float | dict):
                    assert second[key] == value, key
            assert second["train_loss"] == pytest.approx(record["train_loss"], rel=1e-4)
        with (
            np.load(out / folder / "outputs.npz") as own,
            np.load(other / folder / "outputs.npz") as o,
        ):
            assert own.files == o.files
            for name in own.files:
                if own[name].dtype.kind == "f":
                    np.testing.assert_allclose(own[name], o[name], rtol=1e-3, atol=1e-4)
                else:
                    np.testing.assert_array_equal(own[name], o[name])


@pytest.mark.system
def test_the_same_numbers_and_told_what_is_stacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare(tmp_path / "alone", "off")
    assert "stacked" not in capsys.readouterr().err
    compare(tmp_path / "alone", "auto", device="cpu")
    assert "stacked: none, as a CPU" in capsys.readouterr().err
    compare(tmp_path / "stacked", 3)
    said = capsys.readouterr().err
    assert "stacked: 3 of 3 trainings, 1 model of at most 3" in said
    assert "slower on a CPU" in said
    assert stacked_as(tmp_path / "alone") == [None] * 3
    assert stacked_as(tmp_path / "stacked") == [3] * 3
    require_same(tmp_path / "alone", tmp_path / "stacked")


@pytest.mark.system
def test_a_stack_whose_process_is_killed_goes_on_in_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dispatch = LocalEngine.dispatch
    killed: list[str] = []

    def killing(
        self: LocalEngine,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        def heard(message: Progress | Outcome) -> None:
            if isinstance(message, Progress) and isinstance(message.task, StackTask) and not killed:
                killed.append(message.task.id)
                for child in mp.active_children():
                    if not type(child).__module__.startswith("joblib"):
                        assert child.pid is not None
                        os.kill(child.pid, signal.SIGKILL)
            tell(message)

        return dispatch(self, tasks, context, jobs, heard, clock)

    monkeypatch.setattr(LocalEngine, "dispatch", killing)
    compare(tmp_path / "out", 3, rounds=40)
    said = capsys.readouterr().err
    assert len(killed) == 1
    assert "a stack of 3 failed, and goes on in halves: its process was ended by signal 9" in said
    assert stacked_as(tmp_path / "out") == [2, 2, None]


class Scripted:
    """An engine whose tasks end as it is told; it keeps what it was given."""

    reads_files = True

    def __init__(self, *messages: Progress | Outcome) -> None:
        self.messages = messages
        self.given: list[Task] = []

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        self.given = list(tasks)
        for message in self.messages:
            tell(message)
        return {}


def stages(*names: str) -> tuple[StageTask, ...]:
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=10,mu=0.5"), seeds=[0])
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, {"seed-0": 0}, "cpu", 1)
    methods = load_methods(names, {}, {"model.name": "mlp", "train.rounds": 1})
    return plan(methods, grid).stages


def context(out: Path, **more: object) -> Context:
    return Context(
        out=out, inputs=out, labels=out, kind="image", classes=("a", "b"), splits=out,
        device="cpu", threads=1, select="recall", checkpoint_every=1, data_root=None,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_progress_and_ends_are_told_of_each_training(tmp_path: Path) -> None:
    made = stages(*METHODS)
    stack = StackTask(made, shape(made[0]))
    ended = tuple(Outcome(stage.id, "ok") for stage in made)
    inner = Scripted(
        Progress(stack, 5, 1, 2, 0.5), Outcome(stack.id, "ok", note="a note", parts=ended)
    )
    heard: list[Progress | Outcome] = []
    said: list[str] = []
    engine = StackingEngine(cast(Engine, inner), 3, said.append)
    engine.dispatch(made, context(tmp_path), 1, heard.append)
    assert inner.given == [stack]
    assert [m.task.id for m in heard if isinstance(m, Progress)] == [s.id for s in made]
    assert [m for m in heard if isinstance(m, Outcome)] == list(ended)
    assert said == ["a note"]


def test_a_stack_that_failed_is_said_and_not_told_as_a_training(tmp_path: Path) -> None:
    made = stages(*METHODS)
    stack = StackTask(made, shape(made[0]))
    inner = Scripted(Outcome(stack.id, "failed", "out of memory"))
    heard: list[Progress | Outcome] = []
    said: list[str] = []
    engine = StackingEngine(cast(Engine, inner), 3, said.append)
    engine.dispatch(made, context(tmp_path), 1, heard.append)
    assert heard == []
    assert said == ["a stack of 3 failed, and goes on in halves: out of memory"]


def test_images_that_are_decoded_while_they_train_are_of_single_trainings(tmp_path: Path) -> None:
    made, inner = stages(*METHODS), Scripted()
    streamed = cast(Streamed, object())
    engine = StackingEngine(cast(Engine, inner), 3, print)
    engine.dispatch(made, context(tmp_path, streamed=streamed), 1)
    assert inner.given == [*made]


def test_halves_hold_every_training_once() -> None:
    made = stages(*METHODS)
    halves = _halves(StackTask(made, "x"))
    assert [len(_trained(half)) for half in halves] == [1, 2]
    assert tuple(one for half in halves for one in _trained(half)) == made


def test_what_waits_becomes_smaller_only_where_memory_did_not_hold_its_shape() -> None:
    made = stages(*METHODS)
    failed, other = StackTask(made, "x"), StackTask(made, "y")
    waiting = [StackTask(made, "x"), other, made[0]]
    full = Outcome(failed.id, "failed", "out of memory", out_of_memory=True)
    smaller = _smaller(waiting, failed, full)
    assert [getattr(task, "shape", None) for task in smaller] == [None, None, None, "y", None]
    assert _smaller(waiting, failed, replace(full, out_of_memory=False)) == waiting
