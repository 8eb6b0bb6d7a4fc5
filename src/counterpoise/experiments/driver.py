"""Answer one question: data, splits, plan, estimate, training, and a folder of finished runs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import numpy as np

from counterpoise import data
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split, make_splits
from counterpoise.experiments import ledger, pool, search, tuning
from counterpoise.experiments.applicable import fitting
from counterpoise.experiments.budget import seconds_per_update, within_budget
from counterpoise.experiments.check import require_sound
from counterpoise.experiments.claim import claimed
from counterpoise.experiments.decoded import Stored, decoded_pixels, store, streams
from counterpoise.experiments.folder import (
    about_data,
    write_experiment,
    write_splits,
)
from counterpoise.experiments.frozen import with_features
from counterpoise.experiments.identity import digest
from counterpoise.experiments.machine import Conditions, cores, image_memory, resolve_device
from counterpoise.experiments.options import Question
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.progress import Display
from counterpoise.experiments.runner import carry_out
from counterpoise.experiments.space import needed_space, require_space
from counterpoise.experiments.tasks import Context, Outcome
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe, Subset

DEFAULT_SEEDS = 3


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
        ignore=question.out,
    )
    recipes, left_out = fitting(recipes, question, dataset)
    profile = data.parse(question.profile)
    conditions = _conditions(question)
    memory = image_memory(question.image_memory)
    splits = _splits(question, dataset, profile, recipes, _names(question))
    if only is not None:
        splits = {k: [s for s in v if s.name == only] for k, v in splits.items()}
    require_space(question.out, needed_space(question, dataset, recipes, splits))
    for note in [*left_out, *about_data(dataset)]:
        display.say(note)
    with claimed(question, dataset):
        pool.warm_up()
        files = isinstance(dataset.inputs, FileInputs)
        if streams(dataset, memory) and not question.frozen:
            display.say(
                f"{len(dataset):,} images take more than {memory / 2**30:.1f} GiB decoded: they "
                "are checked once now, and decoded while training (--image-memory)"
            )
        stored = store(
            dataset,
            question.out,
            decode=not (question.frozen and files),
            memory=memory,
            jobs=conditions.jobs,
        )
        context = _context(question, dataset, stored, conditions)
        write_splits(question.out, dataset, splits)
        if question.frozen:
            context = with_features(question, dataset, stored, context, display)
        grid = _grid(dataset, context, splits)
        require_sound(question, recipes, grid, context)
        with display:
            if question.tune > 1:
                seconds_per_update(plan(recipes, grid).stages, context)
                recipes = tuning.tune(
                    recipes, grid, context, conditions.jobs, question.tune, display
                )
            recipes, grid, notes = within_budget(
                question, recipes, grid, context, conditions, display
            )
            found = search.settle(question, recipes, grid, context, conditions, display)
            work = plan(found.recipes, grid)
            outcomes = carry_out(question, work, context, conditions, display)
        if only is None or not (question.out / "experiment.json").exists():
            write_experiment(
                question,
                dataset,
                found.recipes,
                grid,
                work,
                conditions,
                [*left_out, *notes],
                found.records,
            )
        ledger.append(question, found.trials)
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


def _context(
    question: Question, dataset: LabelledSet, stored: Stored, conditions: Conditions
) -> Context:
    return Context(
        out=question.out,
        inputs=stored.inputs,
        labels=stored.labels,
        streamed=stored.streamed,
        kind=dataset.kind,
        classes=dataset.classes,
        splits=question.out / "splits",
        device=conditions.device,
        threads=conditions.threads,
        select=question.select,
        checkpoint_every=question.checkpoint_every,
        data_root=question.data_root,
    )


def _grid(dataset: LabelledSet, context: Context, splits: dict[Subset, list[Split]]) -> Grid:
    if context.streamed is None:
        shape = np.load(context.inputs, mmap_mode="r", allow_pickle=False).shape
    else:
        shape = (len(dataset), *dataset.input_shape)
    size = dict(context.frozen).get("size")
    pixels = decoded_pixels(dataset, size if isinstance(size, int | str) else None)
    identity = digest(
        [dataset.checksum, list(shape), [list(pair) for pair in context.frozen], *pixels]
    )
    return Grid(
        kind=context.kind,
        input_shape=tuple(int(n) for n in shape[1:]),
        data=identity,
        splits=splits,
        seeds={split.name: int(split.name.partition("-")[2]) for split in splits["profile"]},
        device=context.device,
        threads=context.threads,
    )
