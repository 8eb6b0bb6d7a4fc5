"""The tasks themselves: train a stage; decide, score and save a run."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from counterpoise.atomic import replacing, write_json, write_text
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import CheckpointError, DivergedError
from counterpoise.experiments.identity import environment
from counterpoise.experiments.inputs import extract_features, load_extractor
from counterpoise.experiments.stages import stage_done
from counterpoise.experiments.tasks import (
    Context,
    ExtractTask,
    Outcome,
    ProbeTask,
    RunTask,
    StageTask,
    Task,
)
from counterpoise.models.classifier import Classifier
from counterpoise.predict import Predictor
from counterpoise.recipes import build
from counterpoise.recipes.resolve import stage_rounds
from counterpoise.recipes.schema import Recipe
from counterpoise.train import device as devices
from counterpoise.train.cached import on_features
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed
from counterpoise.train.history import Record, converged
from counterpoise.train.loop import Loop, Plan
from counterpoise.train.monitor import monitor

Watch = Callable[[int, int, int, float | None], None]
Outputs = dict[str, npt.NDArray[np.generic]]


def prepare(context: Context) -> None:
    """Set this process up: its number of threads is part of every stage's identity."""
    torch.set_num_threads(context.threads)
    warnings.filterwarnings("ignore", message=".*lr_scheduler.*")


def carry_out(task: Task, inherited: Outcome | None, context: Context, watch: Watch) -> Outcome:
    """Do one task; a stage that is already on disk is left alone."""
    if isinstance(task, StageTask):
        return train_stage(task, context, watch)
    if isinstance(task, ProbeTask):
        return Outcome(task.id, "ok", value=seconds_per_update(task.stage, context))
    if isinstance(task, ExtractTask):
        extract_features(task, context, watch)
        return Outcome(task.id, "ok")
    return finish_run(task, inherited, context)


def train_stage(task: StageTask, context: Context, watch: Watch) -> Outcome:
    """Train one stage into its folder, from its checkpoint if it was interrupted."""
    folder = context.out / "stages" / task.id
    with _locked(folder):
        done = stage_done(folder)
        if done is not None:
            return Outcome(task.id, done["status"], done["error"])
        write_json(folder / "settings.json", task.settings)
        loop, model = _set_up(task, context, folder, watch)
        started = time.perf_counter()
        status, error = "ok", None
        try:
            loop.fit()
        except DivergedError as diverged:
            status, error = "diverged", str(diverged)
        with replacing(folder / "model.safetensors") as stream:
            stream.write(save_tensors({k: v.contiguous() for k, v in model.state_dict().items()}))
        records = "".join(json.dumps(record) + "\n" for record in loop.history)
        write_text(folder / "history.jsonl", records)
        write_json(
            folder / "done.json",
            {
                "status": status,
                "error": error,
                "updates": loop.update,
                "seconds": loop.seconds,
                "evaluation_seconds": loop.evaluation_seconds,
                "wall_seconds": time.perf_counter() - started,
                "converged": converged(loop.history) if status == "ok" else None,
            },
        )
        shutil.rmtree(folder / "checkpoint", ignore_errors=True)
        return Outcome(task.id, status, error)


def _set_up(
    task: StageTask, context: Context, folder: Path, watch: Watch
) -> tuple[Loop, Classifier]:
    recipe, stage = task.recipe, task.recipe.stages[task.number]
    split = read_split(context.splits, task.data_split)
    inputs, labels = read_data(context)
    train = split["train"]
    counts = ClassCounts(tuple(int(c) for c in split["counts"]), context.classes)
    preprocess = fit_preprocess(recipe, inputs, train)
    learned = load_model(context.out / "stages" / task.parent) if task.parent else None
    shape, classes = inputs.shape[1:], len(context.classes)
    model = build.model_at(
        recipe, task.number, shape, classes, task.seed, context.data_root, learned
    )
    model.to(memory_format=torch.channels_last)
    fabric = devices.fabric(context.device, recipe.train.precision)
    model.to(fabric.device)
    rounds = stage_rounds(recipe, stage)
    given = build.Given(counts, labels[train], task.seed, rounds, recipe.train.batch_size)
    pieces = build.build_pieces(recipe, stage, model, given)

    def feed(positions: npt.NDArray[np.int64]) -> Feed:
        return Feed(inputs[positions], labels[positions], preprocess, fabric.device)

    watched = split["validation"]
    if recipe.train.checkpoint == "last":
        watched = monitor(labels, watched, len(train))

    plan = Plan(
        identity=task.id,
        rounds=rounds,
        updates_per_round=recipe.train.updates_per_round,
        batch_size=recipe.train.batch_size,
        clip_norm=recipe.train.clip_norm,
        keep=recipe.train.checkpoint,
        select=context.select if recipe.train.checkpoint == "best" else "balanced_accuracy",
        checkpoint_every=context.checkpoint_every,
    )
    torch.manual_seed(task.seed + 1)  # dropout; the model was initialised from the seed itself

    def report(update: int, updates: int) -> None:
        last = loop.history[-1]["train_loss"] if loop.history else None
        watch(update, len(loop.history), plan.rounds, last)

    feeds = on_features(pieces, {"train": feed(train), "validation": feed(watched)})
    loop = Loop(
        pieces,
        plan,
        feeds["train"],
        {"validation": feeds["validation"]},
        fabric,
        folder / "checkpoint" / "state.pt",
        report,
    )
    return loop, model


def finish_run(task: RunTask, inherited: Outcome | None, context: Context) -> Outcome:
    """Score the last stage's model on validation and test, and write the run's folder."""
    folder = context.out / task.folder
    report: dict[str, Any] = {
        "identity": task.identity,
        "method": task.recipe.name,
        "title": task.recipe.title,
        "split": task.split,
        "stages": list(task.stages),
        "lr": task.recipe.optimizer.parameters.get("lr"),
        "notes": list(task.notes),
        "control": task.recipe.control,
        "scores": build.loss_scores(task.recipe),
    }
    finished = [stage_done(context.out / "stages" / stage) for stage in task.stages]
    done = [d for d in finished if d is not None]
    report["seconds"] = sum(d["seconds"] for d in done)
    report["evaluation_seconds"] = sum(d["evaluation_seconds"] for d in done)
    report["updates"] = sum(d["updates"] for d in done)
    write_json(folder / "environment.json", environment(context.device, context.threads))
    write_text(folder / "metrics.jsonl", _history(task, context))
    if inherited is not None and inherited.status != "ok":
        report |= {"status": inherited.status, "error": inherited.error, "converged": None}
        report["probabilities"] = report["scores"] == "logits"
        write_json(folder / "report.json", report)
        return Outcome(task.id, inherited.status, inherited.error)
    outputs, probabilities = _outputs(task, context, folder)
    with replacing(folder / "outputs.npz") as stream:
        np.savez(stream, **outputs)  # type: ignore[arg-type]
    settled = [d["converged"] for d in done if d["updates"]]
    report |= {
        "status": "ok",
        "error": None,
        "converged": None if None in settled else all(settled),
        "probabilities": probabilities,
    }
    write_json(folder / "report.json", report)
    return Outcome(task.id, "ok")


def _outputs(task: RunTask, context: Context, folder: Path) -> tuple[Outputs, bool]:
    """Scores after posthoc for both evaluated parts; the predictor is saved on the way."""
    recipe = task.recipe
    split = read_split(context.splits, task.data_split)
    inputs, labels = read_data(context)
    counts = ClassCounts(tuple(int(c) for c in split["counts"]), context.classes)
    preprocess = fit_preprocess(recipe, inputs, split["train"])
    shape, classes = inputs.shape[1:], len(context.classes)
    number = len(recipe.stages) - 1
    model = build.model_at(recipe, number, shape, classes, task.seed, context.data_root)
    model.load_state_dict(load_model(context.out / "stages" / task.stages[-1]))
    fabric = devices.fabric(context.device, recipe.train.precision)
    model.to(fabric.device)
    kind = build.loss_scores(recipe)
    posthoc = build.build_posthoc(recipe, counts)
    raw: dict[str, npt.NDArray[np.floating[Any]]] = {}
    for part in ("validation", "test"):
        feed = Feed(inputs[split[part]], labels[split[part]], preprocess, fabric.device)
        raw[part] = scores(model, feed).astype(np.float64)
        if kind == "logits":
            raw[part] = softmax(raw[part])
    target = labels[split["validation"]]
    validation = raw["validation"]
    fitted = []
    for step in posthoc:
        fitted.append(step.fit(validation, target))
        validation = fitted[-1](validation)
    outputs: Outputs = {}
    values: npt.NDArray[np.floating[Any]]
    for part, values in raw.items():
        for step in fitted:
            values = step(values)
        outputs[f"{part}_scores"] = values.astype(np.float32)
        if kind == "logits":
            share = values / values.sum(1, keepdims=True)
            outputs[f"{part}_probabilities"] = share.astype(np.float32)
    last = recipe.stages[-1]
    given = build.Given(
        counts,
        labels[split["train"]],
        task.seed,
        stage_rounds(recipe, last),
        recipe.train.batch_size,
    )
    predictor = Predictor(
        model.cpu(),
        preprocess,
        context.classes,
        posthoc=fitted,
        scores=kind,
        prior=build.seen_prior(last, given),
        frozen=load_extractor(context),
        metadata={
            "method": recipe.name,
            "split": task.split,
            "counts": list(counts.values),
            "model": describe_model(recipe, model, context),
        },
    )
    predictor.save(folder / "predictor")
    return outputs, kind == "logits"


def describe_model(recipe: Recipe, model: Classifier, context: Context) -> str:
    """A model in words, such as "lenet5 (431 080 parameters)"."""
    size = sum(parameter.numel() for parameter in model.parameters())
    text = f"{recipe.model.name} ({f'{size:,}'.replace(',', ' ')} parameters)"
    weights = recipe.model.parameters.get("weights")
    text += f", weights {Path(str(weights)).name}" if weights else ""
    if context.frozen:
        backbone = dict(context.frozen)
        text += (
            f" on frozen features of {backbone['model']}, weights "
            f"{Path(str(backbone['weights'])).name}, at {backbone['size']} x {backbone['size']}"
        )
    return text


def softmax(logits: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    """Row-wise softmax in float64, (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def seconds_per_update(task: StageTask, context: Context) -> float:
    """Time a few updates of a stage, to estimate the whole; nothing of it is kept."""
    with tempfile.TemporaryDirectory() as scratch:
        loop, _ = _set_up(task, context, Path(scratch), lambda *ignored: None)
        return loop.seconds_per_update()


def _history(task: RunTask, context: Context) -> str:
    """All rounds of all stages of a run, one JSON object a line, updates counted through."""
    lines: list[str] = []
    updates = 0
    for number, identity in enumerate(task.stages):
        path = context.out / "stages" / identity / "history.jsonl"
        if not path.exists():
            break
        records: list[Record] = [json.loads(line) for line in path.read_text().splitlines()]
        for record in records:
            named = {"stage": task.recipe.stages[number].name, "stage_index": number, **record}
            named["updates"] += updates
            lines.append(json.dumps(named) + "\n")
        updates += records[-1]["updates"] if records else 0
    return "".join(lines)


@lru_cache(maxsize=2)
def _arrays(inputs: Path, labels: Path) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    return np.load(inputs, mmap_mode="r", allow_pickle=False), np.load(labels, allow_pickle=False)


def read_data(context: Context) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """All decoded inputs (memory-mapped) and labels of the experiment."""
    return _arrays(context.inputs, context.labels)


def read_split(folder: Path, name: str) -> dict[str, npt.NDArray[np.int64]]:
    """Index arrays and class counts of one frozen split."""
    with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def fit_preprocess(
    recipe: Recipe, inputs: npt.NDArray[Any], train: npt.NDArray[np.int64]
) -> Preprocess:
    """The named preprocessing, with its statistics from the training part alone."""
    mode = recipe.train.preprocess
    assert mode != "auto", "a resolved recipe names its preprocessing"
    return Preprocess.fit(mode, inputs[train])


def load_model(folder: Path) -> dict[str, torch.Tensor]:
    """The trained parameters and buffers of a finished stage."""
    try:
        return load_tensors((folder / "model.safetensors").read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read the model of stage {folder.name}: {error}") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a stage's folder; the kernel lets go of it when a process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
