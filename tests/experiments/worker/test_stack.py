"""Stages trained as one model: each ends in its own folder, and none takes the others with it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise import data
from counterpoise.errors import ArgumentError
from counterpoise.experiments.decoded import store
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.tasks import Context, StackTask, StageTask
from counterpoise.experiments.worker import serve, stack
from counterpoise.models.classifier import Classifier
from counterpoise.recipes.load import load_methods
from counterpoise.train.loop import Loop

Made = tuple[Context, StackTask]


@pytest.fixture
def made(tmp_path: Path) -> Made:
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
    (split,) = splits
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
    methods = load_methods(
        ("baseline", "oversampling", "weighted"), {}, {"model.name": "mlp", "train.rounds": 2}
    )
    return context, StackTask(plan(methods, grid).stages, "mlp")


def done(context: Context, stage: StageTask) -> dict[str, object]:
    path = context.out / "stages" / stage.id / "done.json"
    return dict(json.loads(path.read_text()))


def test_each_has_its_folder_and_says_how_many_were_one(made: Made) -> None:
    context, task = made
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert [(part.id, part.status) for part in found.parts] == [(s.id, "ok") for s in task.stages]
    for stage in task.stages:
        record = done(context, stage)
        assert (record["stacked"], record["updates"]) == (3, stage.updates)
        assert not (context.out / "stages" / stage.id / "checkpoint").exists()


def test_what_is_finished_is_left_alone(made: Made) -> None:
    context, task = made
    first = task.stages[0]
    serve.attempt(first, None, context, lambda *ignored: None)
    path = context.out / "stages" / first.id / "done.json"
    before = path.stat().st_mtime_ns
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert [part.status for part in found.parts] == ["ok"] * 3
    assert path.stat().st_mtime_ns == before
    assert [done(context, s).get("stacked") for s in task.stages] == [None, 2, 2]


def test_one_that_diverges_takes_no_other_with_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, task = made
    alone = {}
    for stage in task.stages:
        serve.attempt(stage, None, replace(context, out=context.out / "alone"), lambda *_: None)
        alone[stage.id] = done(replace(context, out=context.out / "alone"), stage)["updates"]
    set_up = stack.set_up_stage

    def spoilt(stage: StageTask, *rest: object) -> tuple[Loop, Classifier]:
        loop, model = set_up(stage, *rest)  # type: ignore[arg-type]
        if stage is task.stages[1]:
            with torch.no_grad():
                next(iter(model.parameters())).fill_(torch.nan)
        return loop, model

    monkeypatch.setattr(stack, "set_up_stage", spoilt)
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert [part.status for part in found.parts] == ["ok", "diverged", "ok"], found.error
    assert "training loss became" in str(found.parts[1].error)
    for number in (0, 2):
        assert done(context, task.stages[number])["updates"] == alone[task.stages[number].id]
    assert done(context, task.stages[1])["status"] == "diverged"


def test_one_whose_pieces_are_refused_fails_alone(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, task = made
    set_up = stack.set_up_stage

    def refused(stage: StageTask, *rest: object) -> tuple[Loop, Classifier]:
        if stage is task.stages[0]:
            raise ArgumentError("ratio is at least 1; got 0")
        return set_up(stage, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(stack, "set_up_stage", refused)
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert [part.status for part in found.parts] == ["failed", "ok", "ok"]
    assert found.parts[0].users_fault
    assert not (context.out / "stages" / task.stages[0].id / "done.json").exists()


def test_those_that_cannot_be_stacked_after_all_are_trained_one_by_one(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, task = made
    monkeypatch.setattr(stack, "why_not", lambda loops: "they have other lengths")
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert found.note == "3 trainings are not stacked: they have other lengths"
    assert [part.status for part in found.parts] == ["ok"] * 3
    assert all("stacked" not in done(context, stage) for stage in task.stages)


def test_without_memory_the_stack_fails_and_nothing_is_finished(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, task = made

    def full(loops: object) -> list[str | None]:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(stack, "fit_together", full)
    found = serve.attempt(task, None, context, lambda *ignored: None)
    assert (found.status, found.parts, found.out_of_memory) == ("failed", (), True)
    assert not list(context.out.glob("stages/*/done.json"))
