"""Train one stage into its folder."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.torch import save as save_tensors

from counterpoise.atomic import locked, replacing, write_json, write_text
from counterpoise.errors import CheckpointError, DivergedError
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.split_files import costs_of, read_split
from counterpoise.experiments.tasks import Context, OnProgress, Outcome, ProbeTask, StageTask
from counterpoise.experiments.worker import shared
from counterpoise.experiments.worker.adaboost import next_weights
from counterpoise.experiments.worker.fitted import fit_model
from counterpoise.experiments.worker.read import (
    Parts,
    fit_preprocess,
    load_model,
    parts_of,
    read_data,
)
from counterpoise.experiments.worker.stage_folder import finish_stage
from counterpoise.models.backbones import is_published
from counterpoise.models.catalog import about, whole_of
from counterpoise.models.classifier import Classifier, left_out
from counterpoise.recipes.fine_tune import heads_first
from counterpoise.recipes.resolve import stage_updates
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.stage import Samples, set_up, watched
from counterpoise.records import OfflineRecord, ResampledRecord, StageRecord
from counterpoise.train import NUMERICS
from counterpoise.train.feature_store import FeatureStore
from counterpoise.train.history import converged
from counterpoise.train.loop import Loop
from counterpoise.train.offline import Enlargement
from counterpoise.train.ranks import Ranks
from counterpoise.train.resampled import Resampled


def train_stage(task: StageTask, context: Context, on_progress: OnProgress) -> Outcome:
    """Train one stage into its folder, from its checkpoint if it was interrupted."""
    folder = context.out / "stages" / task.id
    with locked(folder / "lock"):
        done = stage_done(folder)
        if done is not None:
            return Outcome(task.id, done.status, done.error)
        write_json(folder / "settings.json", task.settings)
        if about(task.recipe.model.name).fitted_by is not None:
            return _fit(task, context, folder)
        if context.devices > 1:
            shared.train(task, context, folder, on_progress, train_alone)
            done = stage_done(folder)
            assert done is not None, "the first of the processes writes it"
            return Outcome(task.id, done.status, done.error)
        return train_alone(task, context, folder, on_progress)


def train_alone(
    task: StageTask,
    context: Context,
    folder: Path,
    on_progress: OnProgress,
    fabric: Ranks | None = None,
) -> Outcome:
    """Train a stage in this process, which may be one of several that share it.

    Args:
        task: the stage.
        context: of the experiment.
        folder: of the stage, which is held against others.
        on_progress: hears how far it is.
        fabric: of several processes, of which the first writes what the stage ends with.
    """
    loop, model = set_up_stage(task, context, folder, on_progress, fabric)
    started = time.perf_counter()
    error = None
    try:
        loop.fit()
    except DivergedError as diverged:
        error = str(diverged)
    if fabric is None or fabric.global_rank == 0:
        keep(loop, model, folder, error, time.perf_counter() - started)
    return Outcome(task.id, "ok" if error is None else "diverged", error)


def keep(
    loop: Loop,
    model: Classifier,
    folder: Path,
    error: str | None,
    wall_seconds: float,
    stacked: int | None = None,
) -> None:
    """Write what a training ends with into the folder of its stage, and that it is finished.

    Args:
        loop: that has trained.
        model: the whole classifier.
        folder: of the stage.
        error: why it diverged, or None.
        wall_seconds: from start to end.
        stacked: how many were trained as one; None for one alone.
    """
    _keep_model(model, folder)
    more: dict[str, Any] = {} if stacked is None else {"stacked": stacked}
    ended = StageRecord(
        status="ok" if error is None else "diverged",
        error=error,
        updates=loop.update,
        converged=converged(loop.history) if error is None else None,
        seconds=loop.seconds,
        evaluation_seconds=loop.evaluation_seconds,
        wall_seconds=wall_seconds,
        **more,
    )
    finish_stage(folder, loop.history, ended)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)


def _fit(task: StageTask, context: Context, folder: Path) -> Outcome:
    """A stage without updates."""
    model, seconds, notes = fit_model(task, context)
    _keep_model(model, folder)
    ended = StageRecord(
        status="ok",
        error=None,
        updates=0,
        converged=None,
        seconds=seconds,
        evaluation_seconds=0.0,
        wall_seconds=seconds,
        notes=notes,
    )
    finish_stage(folder, (), ended)
    return Outcome(task.id, "ok")


def _keep_model(model: Classifier, folder: Path) -> None:
    with replacing(folder / "model.safetensors") as stream:
        stream.write(save_tensors({k: v.contiguous() for k, v in model.state_dict().items()}))


def set_up_stage(
    task: StageTask,
    context: Context,
    folder: Path,
    on_progress: OnProgress,
    fabric: Ranks | None = None,
) -> tuple[Loop, Classifier]:
    """What trains a stage, and the whole classifier that it trains."""
    recipe = task.recipe
    split = read_split(context.splits, task.data_split)
    inputs, labels = read_data(context, task.data_split)
    parts = parts_of(recipe, split, labels, context.classes, task.seed)
    validation = watched(recipe, labels, split["validation"], len(split["train"]))

    def report(loop: Loop) -> None:
        last = loop.history[-1]["train_loss"] if loop.history else None
        on_progress(loop.update, len(loop.history), loop.regime.rounds, last)

    ready = set_up(
        recipe,
        task.number,
        Samples(
            inputs=inputs,
            labels=labels,
            train=parts.train,
            counts=parts.counts,
            preprocess=fit_preprocess(recipe, inputs, split["train"], context),
            evaluated={
                **({"validation": validation} if len(validation) else {}),
                **_recorded(recipe, split, parts),
            },
            contrast=parts.contrast,
        ),
        seed=task.seed,
        device=context.device,
        fabric=fabric,
        learned=load_model(context.out / "stages" / task.parent) if task.parent else None,
        data_root=context.data_root,
        identity=task.id,
        select=context.select,
        costs=costs_of(context, task.split),
        checkpoint=folder / "checkpoint" / "state.pt",
        checkpoint_every=context.checkpoint_every,
        weigh=partial(next_weights, task, context, folder),
        store=FeatureStore(
            context.out / "cache" / "features", json.dumps([NUMERICS, recipe.model.as_dict()])
        ),
        on_update=report,
    )
    if ready.enlargement is not None:
        _require_same(ready.enlargement, len(ready.labels), folder)
    if ready.resampled is not None:
        _keep(ready.resampled, ready.labels, len(context.classes), folder)
    return ready.loop, ready.model


def _recorded(
    recipe: Recipe, split: Mapping[str, npt.NDArray[np.int64]], parts: Parts
) -> dict[str, npt.NDArray[np.int64]]:
    """Parts that a recipe has measured after each round although they choose nothing."""
    if recipe.train.record != "rounds":
        return {}
    return {"training": parts.train, "test": split["test"]}


def _require_same(enlargement: Enlargement, samples: int, folder: Path) -> None:
    """Write down what was made; a stage that goes on must make the same again."""
    path = folder / "offline.json"
    made = OfflineRecord(samples=samples, copies=enlargement.copies, sha256=enlargement.checksum)
    before = OfflineRecord.read_if_there(path) if (folder / "checkpoint").exists() else None
    if before is not None and before != made:
        raise CheckpointError(
            f"{path} says that this stage began on other copies ({before.sha256[:8]} then, "
            f"{made.sha256[:8]} now); delete {folder.name} to begin the stage again"
        )
    write_text(path, made.text())


def _keep(made: Resampled, labels: npt.NDArray[np.int64], num_classes: int, folder: Path) -> None:
    """Samples per class that the stage sees, and images for the report."""
    counts = np.bincount(labels, minlength=num_classes)
    record = ResampledRecord(counts=tuple(counts.tolist()))
    write_text(folder / "resampled.json", record.text())
    images = made.shown()
    if images:
        with replacing(folder / "resampled.npz") as stream:
            arrays = {name: value.numpy() for name, value in images.items()}
            np.savez(stream, **arrays)  # type: ignore[arg-type]


def probe(task: ProbeTask, context: Context) -> Outcome:
    """Time a few updates of a stage, to estimate the whole; nothing of it is kept.

    A resampler is left out: an update costs the same, and making samples may take long. Not where
    it cannot work at all, which is said at once.
    """
    recipe = task.stage.recipe
    stages = [
        stage
        if context.streamed is not None and stage.space == "inputs"
        else replace(stage, resampler=None, space="inputs")
        for stage in recipe.stages
    ]
    timed = replace(task.stage, recipe=replace(recipe, stages=tuple(stages)))
    seconds, note = _seconds_per_update(timed, context)
    if heads_first(recipe) and timed.number == 0 and len(stages) > 1:
        # Updates of a head on cached features tell nothing of those that follow.
        whole, _ = _seconds_per_update(replace(timed, number=1), context)
        head, rest = (stage_updates(recipe, stage) for stage in stages[:2])
        seconds = (head * seconds + rest * whole) / (head + rest)
    weights = recipe.model.parameters.get("weights")
    known = is_published(whole_of(recipe.model.name), weights)  # what those leave out is no news
    return Outcome(task.id, "ok", value=seconds, note="" if known else note)


def _seconds_per_update(task: StageTask, context: Context) -> tuple[float, str]:
    """Of a stage as if nothing came before, and what of a weights file it leaves out."""
    with tempfile.TemporaryDirectory() as scratch:
        loop, model = set_up_stage(task, context, Path(scratch), lambda *ignored: None)
        return loop.seconds_per_update(), left_out(model)
