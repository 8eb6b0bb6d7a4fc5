"""The folder of an experiment: who owns it, and what is written in it besides runs."""

from __future__ import annotations

import fcntl
import json
import math
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.atomic import ASIDE, replacing, sweep, write_json
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split
from counterpoise.errors import OutputError
from counterpoise.experiments.decoded import streams
from counterpoise.experiments.identity import environment
from counterpoise.experiments.machine import Conditions, image_memory
from counterpoise.experiments.options import Question
from counterpoise.experiments.plan import Grid, Work, data_split_name
from counterpoise.experiments.tasks import Context, Outcome, RunTask
from counterpoise.models.catalog import about
from counterpoise.recipes.schema import Component, Recipe, Subset

LEAST_SPACE = 4 << 20  # models, pictures and the report of the smallest comparison
MOST_SKIPPED = 20  # damaged files that are listed one by one


def unfinished(runs: Sequence[RunTask], out: Path) -> list[RunTask]:
    """Runs whose folder does not hold a final report of this very run."""
    left = []
    for run in runs:
        try:
            report = json.loads((out / run.folder / "report.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            report = {}
        if report.get("identity") != run.identity or report.get("status") == "failed":
            left.append(run)
    return left


@contextmanager
def claimed(
    question: Question, dataset: LabelledSet, splits: dict[Subset, list[Split]]
) -> Iterator[None]:
    """Own the output folder: nobody else writes in it, and it holds this experiment only."""
    out = question.out
    key = {
        "dataset": dataset.checksum,
        "profile": question.profile,
        "validation": question.validation,
        "folds": question.folds,
        "frozen": question.frozen,
        "size": list(dataset.input_shape),
    }
    marker = out / "claim.json"
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        fresh = not any(out.iterdir())
        strangers = (p for p in out.iterdir() if p.name != "lock" and p.suffix != ASIDE)
        if not marker.exists() and any(strangers):
            raise OutputError(
                f"{out} is not empty and is not an experiment of counterpoise (choose another "
                "--out; nothing was written)"
            )
        handle = open(out / "lock", "w", encoding="utf-8")  # noqa: SIM115
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror} (choose another --out)") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(f"another comparison is running in {out}; wait for it") from error
        if marker.exists():
            before = json.loads(marker.read_text("utf-8"))
            changed = [k for k in key if before.get(k) != key[k]]
            if changed:
                name = {"dataset": "checksum of the data"}
                what = "; ".join(
                    f"{name.get(k, k)} was {before.get(k)}, is now {key[k]}" for k in changed
                )
                raise OutputError(f"{out} holds another experiment ({what}); choose another --out")
        sweep(out)
        try:
            write_json(marker, key)
            yield
        except BaseException:
            if fresh and not any(out.glob("stages/*")) and not any(out.glob("features/*.npy")):
                _unmake(out, made)  # it went wrong before training
            raise


def _unmake(out: Path, made: Sequence[Path]) -> None:
    """Leave things as they were before `out` was claimed: empty, or not there at all."""
    for path in out.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for folder in made:
        with suppress(OSError):  # somebody else put something there meanwhile
            folder.rmdir()


def write_splits(out: Path, dataset: LabelledSet, splits: dict[Subset, list[Split]]) -> None:
    for subset, members in splits.items():
        for split in members:
            arrays = {
                "train": split.train,
                "validation": split.validation,
                "test": split.test,
                "counts": np.array(split.counts.values, dtype=np.int64),
                "validation_labels": dataset.labels[split.validation],
                "test_labels": dataset.labels[split.test],
            }
            if dataset.groups is not None:
                arrays["train_groups"] = dataset.groups[split.train]
                arrays["validation_groups"] = dataset.groups[split.validation]
                arrays["test_groups"] = dataset.groups[split.test]
            path = out / "splits" / f"{data_split_name(split.name, subset)}.npz"
            if not _holds(path, arrays):
                with replacing(path) as stream:
                    np.savez(stream, **arrays)  # type: ignore[arg-type]


def _holds(path: Path, names: Collection[str]) -> bool:
    """Whether the file is there with all of these arrays."""
    if not path.exists():
        return False
    with np.load(path, allow_pickle=False) as stored:
        return set(names) <= set(stored.files)


def write_failed(run: RunTask, outcome: Outcome, context: Context) -> None:
    """A run whose own task failed could not write its folder; its reason is kept here."""
    write_json(
        context.out / run.folder / "report.json",
        {
            "identity": run.identity,
            "method": run.recipe.name,
            "title": run.recipe.title,
            "split": run.split,
            "status": "failed",
            "error": outcome.error,
            "converged": None,
            "seconds": 0.0,
            "updates": 0,
            "probabilities": True,
            "stages": list(run.stages),
            "notes": list(run.notes),
            "control": run.recipe.control,
            "scores": "logits",
            "lr": run.recipe.optimizer.parameters.get("lr"),
        },
    )


def write_experiment(
    question: Question,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    grid: Grid,
    work: Work,
    conditions: Conditions,
    notes: Sequence[str],
    searches: Mapping[str, object],
) -> None:
    splits = grid.splits["profile"]
    classes = len(dataset.classes)
    per_split = {split.name: list(split.counts.values) for split in splits}
    mean = np.mean(list(per_split.values()), axis=0)

    def count(indices: Any) -> list[int]:
        return [int(n) for n in np.bincount(dataset.labels[indices], minlength=classes)]

    tests = [np.array(count(split.test)) for split in splits]
    n_test = np.sum(tests, axis=0) if question.folds else tests[0]
    first, others = _models([run.recipe for run in work.runs])
    ours = [note for split in splits for note in split.notes]
    said = dict.fromkeys([*notes, *others, *about_data(dataset), *ours])
    write_json(
        question.out / "experiment.json",
        {
            "schema": 1,
            "dataset": dataset.name,
            "profile": question.profile,
            "classes": list(dataset.classes),
            "counts": [int(n) for n in np.floor(mean + 0.5)],
            "counts_per_split": per_split,
            "n_test": [int(n) for n in n_test],
            "n_validation": {split.name: count(split.validation) for split in splits},
            "splits": [split.name for split in splits],
            "seeds": None if question.folds else list(grid.seeds.values()),
            "folds": question.folds,
            "select": question.select,
            "model": _described(question.out, first),
            "updates": None
            if about(first.model.name).fitted_by is not None
            else first.train.rounds * first.train.updates_per_round,
            "rounds": first.train.rounds,
            "methods": [recipe.name for recipe in recipes],
            "notes": list(said),
            "command": question.command,
            "environment": environment(conditions.device, conditions.threads),
            "tuned": {r.name: r.optimizer.parameters["lr"] for r in recipes}
            if question.tune > 1
            else None,
            "searches": dict(searches),
        },
    )


def _models(recipes: Sequence[Recipe]) -> tuple[Recipe, list[str]]:
    """A recipe with the model of the baseline, or of most, and a note on the models of others."""
    methods: dict[str, dict[str, Recipe]] = {}
    for recipe in recipes:
        text = words(recipe.model)
        methods.setdefault(text, {}).setdefault(recipe.name, recipe)
    usual = max(methods, key=lambda text: ("baseline" in methods[text], len(methods[text])))
    notes = [
        f"a model of its own, {text}, where others have {usual}: {', '.join(own)}"
        for text, own in methods.items()
        if text != usual
    ]
    return next(iter(methods[usual].values())), notes


def words(model: Component) -> str:
    """A model and its settings.

    >>> words(Component("hog", {"bins": 8}))
    'hog, bins 8'
    """
    return ", ".join([model.name, *(f"{key} {value}" for key, value in model.parameters.items())])


def _described(out: Path, recipe: Recipe) -> str:
    """What the report says of the model, from the predictor that a run saved."""
    for path in sorted((out / "runs" / recipe.name).glob("*/predictor/**/predictor.json")):
        described = json.loads(path.read_text("utf-8"))["metadata"].get("model")
        if isinstance(described, str):
            return described
    return recipe.model.name


def require_space(out: Path, needed: int) -> None:
    """Refuse before training when the disk clearly cannot hold what will be written.

    Raises:
        OutputError: fewer than `needed` bytes are free.
    """
    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise OutputError(
            f"{there} has {free / 2**20:.1f} MiB free; at least {needed / 2**20:.1f} MiB are "
            "needed (free some space or choose another --out)"
        )


def space(
    question: Question,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    splits: dict[Subset, list[Split]],
) -> int:
    """Bytes that are certainly written: decoded inputs, splits, scores; models come on top."""
    decoded = 0
    cache = question.out / "cache" / dataset.checksum / "inputs.npy"
    if not cache.exists() and not (question.frozen and isinstance(dataset.inputs, FileInputs)):
        if streams(dataset, image_memory(question.image_memory)):
            each = 4 * 256 * dataset.input_shape[0]  # a histogram
        else:
            each = math.prod(dataset.input_shape) * (1 if dataset.kind == "image" else 4)
        decoded = len(dataset) * each
    scored = sum(len(split.test) + len(split.validation) for split in splits["profile"])
    scores = 0 if (question.out / "experiment.json").exists() else 8 * len(dataset.classes)
    return decoded + scored * scores * len(recipes) + LEAST_SPACE


def about_data(dataset: LabelledSet) -> list[str]:
    """What loading said, and which damaged files were left out."""
    more = len(dataset.skipped) - MOST_SKIPPED
    return [
        *dataset.notes,
        *(f"skipped: {reason}" for reason in dataset.skipped[:MOST_SKIPPED]),
        *([f"skipped: {more} more (counterpoise inspect lists them all)"] if more > 0 else []),
    ]
