"""experiment.json: what a comparison was asked, what it was asked of, and on which machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from counterpoise.atomic import write_text
from counterpoise.data.duplicates import find_duplicates
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.remarks import remarks, remarks_on_copies
from counterpoise.errors import CheckpointError, NewerSchemaError
from counterpoise.experiments.identity import environment
from counterpoise.experiments.plan import Work
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import learning_rate
from counterpoise.models.catalog import about
from counterpoise.recipes.resolve import stage_rounds, stage_updates
from counterpoise.recipes.schema import Component, Recipe
from counterpoise.records import (
    ExperimentRecord,
    PredictorRecord,
    SearchPart,
)

MOST_SKIPPED = 20  # damaged files that are listed one by one


def write_experiment(
    setup: Setup,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    work: Work,
    notes: Sequence[str],
    searches: Mapping[str, SearchPart],
    length: str | None = None,
    more: Sequence[str] = (),
) -> None:
    """experiment.json: what was asked, what it was asked of, and on which machine.

    Args:
        setup: of the comparison.
        dataset: its samples.
        recipes: its methods, with the settings that were chosen.
        work: all runs.
        notes: sentences for the report.
        searches: method -> what its search tried.
        length: how the number of rounds was found, if it was.
        more: rows that are made of the methods.
    """
    options = setup.options
    splits = setup.grid.splits["profile"]
    classes = len(dataset.classes)
    per_split = {split.name: split.counts.values for split in splits}
    mean = np.mean(list(per_split.values()), axis=0)

    def count(indices: Any) -> tuple[int, ...]:
        return tuple(np.bincount(dataset.labels[indices], minlength=classes).tolist())

    tests = [np.array(count(split.test)) for split in splits]
    n_test = np.sum(tests, axis=0) if options.folds else tests[0]
    first, others = _models([run.recipe for run in work.runs])
    rounds, updates = _length(first)
    ours = [note for split in splits for note in split.notes]
    said = dict.fromkeys([*notes, *others, *about_data(dataset), *ours])
    record = ExperimentRecord(
        dataset=dataset.name,
        profile=options.profile,
        classes=dataset.classes,
        counts=tuple(int(n) for n in np.floor(mean + 0.5)),
        counts_per_split=per_split,
        n_test=tuple(int(n) for n in n_test),
        n_validation={split.name: count(split.validation) for split in splits},
        own_parts=own_parts(dataset, folds=options.folds is not None),
        splits=tuple(split.name for split in splits),
        seeds=None if options.folds else tuple(setup.grid.seeds.values()),
        folds=options.folds,
        select=options.select,
        model=_described(options.out, first),
        updates=None if about(first.model.name).fitted_by is not None else updates,
        rounds=rounds,
        methods=(*(recipe.name for recipe in recipes), *more),
        notes=tuple(said),
        command=options.command,
        environment=environment(setup.context.device, setup.context.threads),
        tuned={recipe.name: learning_rate(recipe) for recipe in recipes}
        if options.tune > 1
        else None,
        searches=searches,
    )
    optional = {
        "cost": None if options.cost is None else options.cost.record(),
        "rounds_found": length,
        "validation": options.validation if options.validation != "profiled" else None,
        "image_seconds": setup.context.image_seconds,
    }
    record = record.model_copy(update={k: v for k, v in optional.items() if v is not None})
    write_text(options.out / "experiment.json", record.text())


def own_parts(dataset: LabelledSet, *, folds: bool) -> tuple[Literal["validation", "test"], ...]:
    """Parts of the data set's own that were used as such; folds leave its test part out."""
    found: list[Literal["validation", "test"]] = []
    if len(dataset.indices(1)):
        found.append("validation")
    if len(dataset.indices(2)) and not folds:
        found.append("test")
    return tuple(found)


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
        if text != usual and not all(recipe.reference for recipe in own.values())
    ]
    return next(iter(methods[usual].values())), notes


def _length(recipe: Recipe) -> tuple[int, int]:
    """Rounds and updates of a training: of a stage, or of all where each says its own."""
    stages, train = recipe.stages, recipe.train
    if not all(stage.is_absolute for stage in stages):
        return train.rounds, train.rounds * train.updates_per_round
    return (
        sum(stage_rounds(recipe, stage) for stage in stages),
        sum(stage_updates(recipe, stage) for stage in stages),
    )


def words(model: Component) -> str:
    """A model and its settings.

    >>> words(Component("hog", {"bins": 8}))
    'hog, bins 8'
    """
    return ", ".join([model.name, *(f"{key} {value}" for key, value in model.parameters.items())])


def _described(out: Path, recipe: Recipe) -> str:
    """What the report says of the model, from the predictor that a run saved."""
    for path in sorted((out / "runs" / recipe.name).glob("*/predictor/**/predictor.json")):
        try:
            described = PredictorRecord.read(path).metadata.get("model")
        except NewerSchemaError:
            raise
        except CheckpointError:  # damaged: its run is scored again
            continue
        if isinstance(described, str):
            return described
    return recipe.model.name


def about_data(dataset: LabelledSet) -> list[str]:
    """What was left out, changed or is there twice, and which damaged files were skipped."""
    more = len(dataset.skipped) - MOST_SKIPPED
    return [
        *remarks(dataset),
        *remarks_on_copies(dataset, find_duplicates(dataset)),
        *(f"skipped: {reason}" for reason in dataset.skipped[:MOST_SKIPPED]),
        *([f"skipped: {more} more (counterpoise inspect lists them all)"] if more > 0 else []),
    ]
