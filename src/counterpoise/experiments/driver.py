"""Answer one question: data, splits, plan, estimate, training, and a folder of finished runs."""

from __future__ import annotations

import fcntl
import json
import math
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise import data
from counterpoise.atomic import ASIDE, replacing, sweep, write_json, write_text
from counterpoise.data.inputs import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.split import Split, make_splits
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.experiments import execute, ledger, tuning
from counterpoise.experiments.identity import digest, environment
from counterpoise.experiments.inputs import Stored, extract, store
from counterpoise.experiments.machine import cores, resolve_device
from counterpoise.experiments.plan import Grid, Work, data_split_name, plan
from counterpoise.experiments.progress import Display, clock
from counterpoise.experiments.question import Question, data_table
from counterpoise.experiments.stages import stage_done
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    ProbeTask,
    RunTask,
    StageTask,
    Task,
)
from counterpoise.recipes import toml
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe, Subset

DEFAULT_SEEDS = 3
RUN_SECONDS = 0.5  # scoring and saving a run, for the estimate
LEAST_SPACE = 4 << 20  # models, pictures and the report of the smallest comparison
MOST_SKIPPED = 20  # damaged files that are listed one by one


@dataclass(frozen=True)
class Conditions:
    """Where and how runs are carried out."""

    device: str
    threads: int
    jobs: int


def answer(
    question: Question,
    display: Display,
    recipes: Sequence[Recipe] | None = None,
    only: str | None = None,
) -> dict[str, Outcome]:
    """Carry out everything that `question` asks and that is not finished yet.

    Args:
        question: data, splits, methods and conditions.
        display: where progress is shown.
        recipes: the methods, when they are not those that the question names.
        only: the name of the one split to carry out.

    Returns:
        How each run that was carried out now ended; finished ones are not among them.

    Raises:
        CounterpoiseError: anything the user has to mend, before training starts.
    """
    ledger.read(question.ledger)
    if recipes is None:
        settings = recipe_settings(question)
        recipes = load_methods(question.methods, question.overrides, settings)
    dataset = data.load(
        question.data,
        data_root=question.data_root,
        size=question.size,
        skip_corrupt=question.skip_corrupt,
    )
    profile = data.parse(question.profile)
    conditions = _conditions(question)
    splits = _splits(question, dataset, profile, recipes, _names(question))
    if only is not None:
        splits = {k: [s for s in v if s.name == only] for k, v in splits.items()}
    require_space(question.out, _space(question, dataset, recipes, splits))
    for note in _about_data(dataset):
        display.say(note)
    with _claimed(question, dataset, splits):
        execute.warm_up()
        files = isinstance(dataset.inputs, FileInputs)
        stored = store(dataset, question.out, decode=not (question.frozen and files))
        context = _context(question, dataset, stored, conditions)
        _write_splits(question.out, dataset, splits)
        if question.frozen:
            context = extract(question, dataset, stored, context, display)
        grid = _grid(dataset, context, splits)
        with display:
            if question.tune > 1:
                _probe(plan(recipes, grid).stages, context)
                recipes = tuning.tune(
                    recipes, grid, context, conditions.jobs, question.tune, display
                )
            recipes, grid, notes = _within_budget(
                question, recipes, grid, context, conditions, display
            )
            work = plan(recipes, grid)
            outcomes = _carry_out(question, work, context, conditions, display)
        if only is None or not (question.out / "experiment.json").exists():
            _write_experiment(question, dataset, recipes, grid, work, conditions, notes)
        ledger.append(question, work)
        shutil.rmtree(question.out / "cache", ignore_errors=True)
    return outcomes


def recipe_settings(question: Question) -> dict[str, str]:
    """The ``--set`` lines that concern recipes; with --frozen, model.* is the extractor's."""
    return {
        key: value
        for key, value in question.settings.items()
        if not (question.frozen and key.startswith("model."))
    }


def _conditions(question: Question) -> Conditions:
    device = resolve_device(question.device)
    jobs = question.jobs or (1 if device.startswith("cuda") else cores())
    return Conditions(device, threads=1, jobs=jobs)


def _names(question: Question) -> tuple[str, ...]:
    if question.folds is not None:
        return tuple(f"fold-{k}" for k in range(question.folds))
    return tuple(f"seed-{s}" for s in range(question.seeds or DEFAULT_SEEDS))


def _splits(
    question: Question,
    dataset: LabelledSet,
    profile: data.Profile,
    recipes: Sequence[Recipe],
    names: Sequence[str],
) -> dict[Subset, list[Split]]:
    subsets: dict[Subset, list[Split]] = {}
    wanted: list[Subset] = ["profile", *dict.fromkeys(recipe.subset for recipe in recipes)]
    for subset in dict.fromkeys(wanted):
        subsets[subset] = make_splits(
            dataset,
            profile,
            seeds=None if question.folds else range(len(names)),
            folds=question.folds,
            validation=question.validation,
            subset=subset,
        )
    return subsets


@contextmanager
def _claimed(
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


def _context(
    question: Question, dataset: LabelledSet, stored: Stored, conditions: Conditions
) -> Context:
    return Context(
        out=question.out,
        inputs=stored.inputs,
        labels=stored.labels,
        kind=dataset.kind,
        classes=dataset.classes,
        splits=question.out / "splits",
        device=conditions.device,
        threads=conditions.threads,
        select=question.select,
        checkpoint_every=question.checkpoint_every,
        data_root=question.data_root,
    )


def _write_splits(out: Path, dataset: LabelledSet, splits: dict[Subset, list[Split]]) -> None:
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
                arrays["validation_groups"] = dataset.groups[split.validation]
                arrays["test_groups"] = dataset.groups[split.test]
            path = out / "splits" / f"{data_split_name(split.name, subset)}.npz"
            if not path.exists():
                with replacing(path) as stream:
                    np.savez(stream, **arrays)  # type: ignore[arg-type]


def _grid(dataset: LabelledSet, context: Context, splits: dict[Subset, list[Split]]) -> Grid:
    inputs = np.load(context.inputs, mmap_mode="r", allow_pickle=False)
    identity = digest(
        [dataset.checksum, list(inputs.shape), [list(pair) for pair in context.frozen]]
    )
    return Grid(
        kind=context.kind,
        input_shape=tuple(int(n) for n in inputs.shape[1:]),
        data=identity,
        splits=splits,
        seeds={split.name: int(split.name.partition("-")[2]) for split in splits["profile"]},
        device=context.device,
        threads=context.threads,
    )


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


def _within_budget(
    question: Question,
    recipes: Sequence[Recipe],
    grid: Grid,
    context: Context,
    conditions: Conditions,
    display: Display,
) -> tuple[Sequence[Recipe], Grid, list[str]]:
    """Say how much there is to do; trim seeds, then rounds, to what `budget` allows."""
    work = plan(recipes, grid)
    budget, rounds = question.budget, work.runs[0].recipe.train.rounds
    fewer = rounds
    asked = {
        "budget": budget,
        "methods": [recipe.name for recipe in recipes],
        "seeds": list(grid.seeds),
        "rounds": rounds,
    }
    known = ledger.read(question.ledger)
    # An interrupted comparison goes on as it was decided: other rounds would train all anew.
    decided = _decided(context.out, asked) if budget else None
    if decided is not None:
        recipes, grid = _trimmed(recipes, grid, decided["seeds"], decided["rounds"])
        work = plan(recipes, grid)
    left = _left(work, context.out, known)
    finished = len(work.runs) - len(left.runs)
    unit = "fold" if question.folds else "seed"
    head = (
        f"{_number(len(work.runs), 'run')} ({_number(len(recipes), 'method')} x "
        f"{_number(len(grid.seeds), unit)})"
    )
    if finished:
        head += f", {finished} finished before"
    notes = [] if decided is None else _trims(asked, decided)
    if not left.stages:
        display.say(f"{head}: nothing left to train")
        return recipes, grid, notes
    per_update = _probe(left.stages, context)
    if per_update is None:
        display.say(f"{head}: {_number(len(left.stages), 'distinct training')}")
        return recipes, grid, notes

    def estimate(part: Work) -> float:
        updates = sum(stage.updates for stage in part.stages)
        return (updates * per_update + RUN_SECONDS * len(part.runs)) / conditions.jobs

    if budget and decided is None:
        while estimate(left) > budget and len(grid.seeds) > 1 and question.folds is None:
            recipes, grid = _trimmed(recipes, grid, list(grid.seeds)[:-1], None)
            work = plan(recipes, grid)
            left = _left(work, context.out, known)
        if estimate(left) > budget:
            fewer = max(1, math.floor(rounds * budget / estimate(left)))
            recipes, grid = _trimmed(recipes, grid, list(grid.seeds), fewer)
            work = plan(recipes, grid)
            left = _left(work, context.out, known)
        decided = {"asked": asked, "seeds": list(grid.seeds), "rounds": fewer}
        write_json(context.out / "budget.json", decided)
    notes = [] if decided is None else _trims(asked, decided)
    display.say(
        f"{head}: {_number(len(left.stages), 'distinct training')}, "
        f"{sum(stage.updates for stage in left.stages):,} updates, about "
        f"{clock(estimate(left))} with {conditions.jobs} at a time on {conditions.device}"
    )
    for note in notes:
        display.say(f"--budget: {note}")
    if budget and estimate(left) > budget:
        display.say("--budget: even that takes longer; fewer methods or a smaller model would fit")
    return recipes, grid, notes


def _left(work: Work, out: Path, known: Collection[str]) -> Work:
    """Unfinished runs, less those that the ledger knows, and the stages they still need."""
    runs = [run for run in unfinished(work.runs, out) if run.identity not in known]
    needed = work.needed(runs)
    stages = (s for s in needed.stages if stage_done(out / "stages" / s.id) is None)
    return replace(needed, stages=tuple(stages))


def _trimmed(
    recipes: Sequence[Recipe], grid: Grid, seeds: Sequence[str], rounds: int | None
) -> tuple[Sequence[Recipe], Grid]:
    """The same comparison on the named splits only, with so many rounds."""
    if rounds is not None:
        recipes = [replace(r, train=replace(r.train, rounds=rounds)) for r in recipes]
    splits = {k: [s for s in v if s.name in seeds] for k, v in grid.splits.items()}
    return recipes, replace(grid, splits=splits, seeds={name: grid.seeds[name] for name in seeds})


def _decided(out: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What an earlier start of the same question decided; None when there was none."""
    try:
        decided: dict[str, Any] = json.loads((out / "budget.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return decided if decided["asked"] == asked else None


def _trims(asked: dict[str, Any], decided: dict[str, Any]) -> list[str]:
    """What the budget did not allow, in words."""
    pairs = (
        (len(decided["seeds"]), len(asked["seeds"]), "seeds"),
        (decided["rounds"], asked["rounds"], "rounds"),
    )
    return [f"the budget allows {had} of {of} {what}" for had, of, what in pairs if had < of]


def _probe(stages: Sequence[StageTask], context: Context) -> float | None:
    """Seconds an update takes, by the first method that can start; None when none can.

    Raises:
        ArgumentError: every method stops at the same fault of the user's, such as a model that
            cannot take these inputs.
    """
    faults = set()
    for stage in {stage.recipe.name: stage for stage in reversed(stages)}.values():
        if stage.parent is None or stage_done(context.out / "stages" / stage.parent):
            probe = ProbeTask(stage)
            outcome = execute.execute([probe], context, 1)[probe.id]
            if outcome.value is not None:
                return outcome.value
            faults.add(outcome.error if outcome.mendable else None)
    if len(faults) == 1 and None not in faults:
        raise ArgumentError(str(faults.pop()))
    return None


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _carry_out(
    question: Question,
    work: Work,
    context: Context,
    conditions: Conditions,
    display: Display,
) -> dict[str, Outcome]:
    accepted = ledger.accept(question, unfinished(work.runs, context.out), context)
    left = [run for run in unfinished(work.runs, context.out) if run.identity not in accepted]
    needed = work.needed(left)
    display.begin([s for s in needed.stages if not stage_done(context.out / "stages" / s.id)])
    for run in needed.runs:
        recipe = replace(run.recipe, data=data_table(question, run.split))
        text = toml.dumps(recipe.as_dict(), recipe.title)
        write_text(context.out / run.folder / "recipe.toml", text)
    tasks: list[Task] = [*needed.stages, *needed.runs]
    outcomes = execute.execute(tasks, context, conditions.jobs, display.tell)
    for run in needed.runs:
        outcome = outcomes[run.id]
        if outcome.status == "failed":
            _write_failed(run, outcome, context)
    return {run.id: outcomes[run.id] for run in needed.runs}


def _write_failed(run: RunTask, outcome: Outcome, context: Context) -> None:
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


def _write_experiment(
    question: Question,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    grid: Grid,
    work: Work,
    conditions: Conditions,
    notes: Sequence[str],
) -> None:
    splits = grid.splits["profile"]
    classes = len(dataset.classes)
    per_split = {split.name: list(split.counts.values) for split in splits}
    mean = np.mean(list(per_split.values()), axis=0)

    def count(indices: Any) -> list[int]:
        return [int(n) for n in np.bincount(dataset.labels[indices], minlength=classes)]

    tests = [np.array(count(split.test)) for split in splits]
    n_test = np.sum(tests, axis=0) if question.folds else tests[0]
    first = work.runs[0].recipe
    ours = [note for split in splits for note in split.notes]
    said = dict.fromkeys([*notes, *_about_data(dataset), *ours])
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
            "updates": first.train.rounds * first.train.updates_per_round,
            "rounds": first.train.rounds,
            "methods": [recipe.name for recipe in recipes],
            "notes": list(said),
            "command": question.command,
            "environment": environment(conditions.device, conditions.threads),
            "tuned": {r.name: r.optimizer.parameters["lr"] for r in recipes}
            if question.tune > 1
            else None,
        },
    )


def _described(out: Path, recipe: Recipe) -> str:
    """What the report says of the model, from the predictor that a run saved."""
    for path in sorted((out / "runs" / recipe.name).glob("*/predictor/predictor.json")):
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


def _space(
    question: Question,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    splits: dict[Subset, list[Split]],
) -> int:
    """Bytes that are certainly written: decoded inputs, splits, scores; models come on top."""
    decoded = 0
    cache = question.out / "cache" / dataset.checksum / "inputs.npy"
    if not cache.exists() and not (question.frozen and isinstance(dataset.inputs, FileInputs)):
        itemsize = 1 if dataset.kind == "image" else 4
        decoded = len(dataset) * math.prod(dataset.input_shape) * itemsize
    scored = sum(len(split.test) + len(split.validation) for split in splits["profile"])
    scores = 0 if (question.out / "experiment.json").exists() else 8 * len(dataset.classes)
    return decoded + scored * scores * len(recipes) + LEAST_SPACE


def _about_data(dataset: LabelledSet) -> list[str]:
    """What loading said, and which damaged files were left out."""
    more = len(dataset.skipped) - MOST_SKIPPED
    return [
        *dataset.notes,
        *(f"skipped: {reason}" for reason in dataset.skipped[:MOST_SKIPPED]),
        *([f"skipped: {more} more (counterpoise inspect lists them all)"] if more > 0 else []),
    ]
