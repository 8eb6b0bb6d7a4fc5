"""Workers: what happens to the others when one dies, and that none is left behind."""

import json
import multiprocessing as mp
import os
import signal
import threading
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from counterpoise import data
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.decoded import store
from counterpoise.experiments.engines import local
from counterpoise.experiments.engines.local import LocalEngine, _Crew
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.experiments.tasks import Context, Outcome, Progress
from counterpoise.recipes.load import load_methods


@pytest.fixture
def setting(tmp_path: Path) -> tuple[Context, Grid]:
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=10,mu=0.5"), seeds=[0])
    stored = store(dataset, tmp_path)
    context = Context(
        out=tmp_path,
        inputs=stored.inputs,
        labels=stored.labels,
        kind="image",
        classes=dataset.classes,
        splits=tmp_path / "splits",
        device="cpu",
        threads=1,
        select="balanced_accuracy",
        checkpoint_every=1e9,
        data_root=None,
    )
    context.splits.mkdir()
    split = splits[0]
    np.savez(
        context.splits / "seed-0.npz",
        train=split.train,
        validation=split.validation,
        test=split.test,
        counts=np.array(split.counts.values),
        validation_labels=dataset.labels[split.validation],
        test_labels=dataset.labels[split.test],
    )
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, {"seed-0": 0}, "cpu", 1)
    return context, grid


def workers() -> list[BaseProcess]:
    """Our worker processes; joblib keeps some of its own after other tests."""
    return [p for p in mp.active_children() if not type(p).__module__.startswith("joblib")]


def work(grid: Grid, *names: str, **settings: str) -> Work:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    given = {"model.name": "mlp", "train.rounds": 2, **given}
    return plan(load_methods(names, {}, given), grid)


def test_each_run_ends_in_a_folder_with_everything(setting: tuple[Context, Grid]) -> None:
    context, grid = setting
    todo = work(grid, "baseline", "two-phase-over", "thresholding")
    heard: list[object] = []
    outcomes = LocalEngine().dispatch([*todo.stages, *todo.runs], context, 2, heard.append)
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    assert len(outcomes) == len(todo.stages) + len(todo.runs)
    for run in todo.runs:
        folder = context.out / run.folder
        report = json.loads((folder / "report.json").read_text())
        assert report["status"] == "ok"
        assert report["updates"] == sum(s.updates for s in todo.stages if s.id in run.stages)
        records = [json.loads(x) for x in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [r["updates"] for r in records] == sorted({r["updates"] for r in records})
        assert (folder / "predictor" / "weights.safetensors").exists()
        assert "path" not in (folder / "environment.json").read_text()
    assert not list(context.out.glob("stages/*/checkpoint"))
    assert not workers()


def test_a_worker_that_is_killed_takes_only_its_task(setting: tuple[Context, Grid]) -> None:
    context, grid = setting
    todo = work(grid, "baseline", "two-phase-over", train__rounds=400)
    killed: list[str] = []

    def kill(message: Progress | Outcome) -> None:
        if isinstance(message, Progress) and not killed:
            (child,) = workers()
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            killed.append(message.task.id)

    tasks = [*todo.stages, *todo.runs]
    outcomes = LocalEngine().dispatch(tasks, context, 1, kill)
    dead = outcomes[killed[0]]
    assert dead.status == "failed"
    assert "signal 9" in str(dead.error)
    assert "out of memory" in str(dead.error)
    for run in todo.runs:
        expected = "failed" if killed[0] in run.stages else "ok"
        report = json.loads((context.out / run.folder / "report.json").read_text())
        assert outcomes[run.id].status == report["status"] == expected
    assert not workers()


def test_what_diverges_is_diverged_with_all_that_follows(setting: tuple[Context, Grid]) -> None:
    context, grid = setting
    todo = work(grid, "two-phase-over", optimizer__lr=1e30)
    outcomes = LocalEngine().dispatch([*todo.stages, *todo.runs], context, 2)
    assert {outcome.status for outcome in outcomes.values()} == {"diverged"}
    report = json.loads((context.out / todo.runs[0].folder / "report.json").read_text())
    assert report["status"] == "diverged"
    assert "training loss became" in report["error"]


def test_what_fails_is_failed_with_its_reason(setting: tuple[Context, Grid]) -> None:
    context, grid = setting
    good, bad = work(grid, "baseline"), work(grid, "oversampling")
    broken = [
        replace(
            s, recipe=replace(s.recipe, head=replace(s.recipe.head, parameters={"bias": 3, "x": 1}))
        )
        for s in bad.stages
    ]
    outcomes = LocalEngine().dispatch([*good.stages, *broken, *good.runs], context, 2)
    (failed,) = (o for o in outcomes.values() if o.status == "failed")
    assert failed.id == broken[0].id
    assert failed.error
    assert outcomes[good.runs[0].id].status == "ok"


def test_an_exception_while_listening_ends_every_worker(setting: tuple[Context, Grid]) -> None:
    context, grid = setting
    todo = work(grid, "baseline", "oversampling", train__rounds=500)

    def interrupt(message: Progress | Outcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalEngine().dispatch(todo.stages, context, 2, interrupt)
    assert not workers()


def test_a_dispatch_in_another_thread_goes_on_beside_one_that_does_not_end(
    setting: tuple[Context, Grid],
) -> None:
    context, grid = setting
    endless, short = work(grid, "baseline", train__rounds=10**6), work(grid, "oversampling")
    engine, clock = LocalEngine(), Clock()
    trains, ended = threading.Event(), threading.Event()

    def end() -> None:
        if ended.is_set():
            raise KeyboardInterrupt

    def go_on() -> None:
        with pytest.raises(KeyboardInterrupt):
            engine.dispatch(endless.stages, context, 2, lambda message: trains.set(), clock)

    clock.watch = end
    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        assert trains.wait(120)
        done = engine.dispatch([*short.stages, *short.runs], context, 2)
        assert {outcome.status for outcome in done.values()} == {"ok"}
        assert thread.is_alive()
        assert len(workers()) == 2, "those of one that goes on are kept"
    finally:
        ended.set()
        thread.join()
    assert not workers()


def test_all_dispatches_have_as_many_workers_as_one_may_have(
    monkeypatch: pytest.MonkeyPatch, setting: tuple[Context, Grid]
) -> None:
    def started(alone: bool) -> Any:
        alive = SimpleNamespace(daemon=alone, is_alive=lambda: True)
        return local._Worker(alive, None)  # type: ignore[arg-type]

    monkeypatch.setattr(local, "_started", started)
    context, crew = setting[0], _Crew()
    crew.open(1)
    crew.open(2)
    first, second = crew.take(context), crew.take(context)
    assert first is not None
    assert second is not None
    assert crew.take(context) is None
    crew.give_back(first)
    assert crew.take(replace(context, devices=2)) is not first, "which may start processes"
    crew.give_back(second)
    assert crew.take(context) in (first, second)
