"""The same few learning rates for every method, chosen on the first split's validation set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from counterpoise.experiments.execute import execute
from counterpoise.experiments.folder import unfinished
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.progress import Display
from counterpoise.experiments.tasks import Context, RunTask
from counterpoise.metrics import LOWER_IS_BETTER, Evaluation
from counterpoise.recipes.schema import Component, Recipe


def rates(base: float, number: int) -> list[float]:
    """`number` learning rates, half a decade apart, around `base`.

    >>> rates(0.01, 3)
    [0.003162, 0.01, 0.03162]
    """
    middle = (number - 1) / 2
    return [float(f"{base * 10 ** ((i - middle) / 2):.4g}") for i in range(number)]


def tune(
    recipes: Sequence[Recipe],
    grid: Grid,
    context: Context,
    jobs: int,
    number: int,
    display: Display,
) -> tuple[Recipe, ...]:
    """Every recipe with the learning rate that was best on validation of the first split.

    Finished tuning runs are reused, and those that a recipe keeps are its first split's stages.
    """
    first = next(iter(grid.seeds))
    narrow = replace(
        grid,
        splits={k: [s for s in v if s.name == first] for k, v in grid.splits.items()},
        seeds={first: grid.seeds[first]},
    )
    works = []
    for rate in rates(_rate(recipes[0]), number):
        tried = [_with_rate(recipe, rate) for recipe in recipes]
        works.append(plan(tried, narrow, f"tuning/lr-{rate:g}"))
    stages = {stage.id: stage for work in works for stage in work.stages}
    runs = [run for work in works for run in work.runs]
    left = unfinished(runs, context.out)
    needed = {stage for run in left for stage in run.stages}
    todo = [stage for stage in stages.values() if stage.id in needed]
    display.say(f"--tune: {number} learning rates for each of {len(recipes)} methods, on {first}")
    display.begin(todo)
    execute([*todo, *left], context, jobs, display.tell)
    chosen = []
    for recipe in recipes:
        own = [run for run in runs if run.recipe.name == recipe.name]
        best = own[int(np.argmax([_value(run, context) for run in own]))]
        chosen.append(_with_rate(recipe, _rate(best.recipe)))
    return tuple(chosen)


def _rate(recipe: Recipe) -> float:
    return float(recipe.optimizer.parameters["lr"])  # type: ignore[arg-type]


def _with_rate(recipe: Recipe, rate: float) -> Recipe:
    optimizer = Component(recipe.optimizer.name, {**recipe.optimizer.parameters, "lr": rate})
    return replace(recipe, optimizer=optimizer)


def _value(run: RunTask, context: Context) -> float:
    """The selecting metric on validation, larger is better; -inf where there is none."""
    folder = context.out / run.folder
    report = json.loads((folder / "report.json").read_text("utf-8"))
    if report["status"] != "ok":
        return -np.inf
    with np.load(folder / "outputs.npz", allow_pickle=False) as outputs:
        scores = outputs["validation_scores"]
        probabilities = outputs.get("validation_probabilities")
    with np.load(context.splits / f"{run.data_split}.npz", allow_pickle=False) as split:
        target = split["validation_labels"]
    evaluation = Evaluation.from_scores(
        scores, target, len(context.classes), probabilities=probabilities
    )
    value = evaluation.values()[context.select]
    if value is None:
        return -np.inf
    return -value if context.select in LOWER_IS_BETTER else value
