"""The same few learning rates for every method, chosen on the first split's validation set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.measured import best_of, measure
from counterpoise.experiments.plan import Grid, first_split, plan
from counterpoise.experiments.pool import execute
from counterpoise.experiments.progress import Display
from counterpoise.experiments.tasks import Context
from counterpoise.models.catalog import about
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
    narrow = first_split(grid)
    (first,) = narrow.seeds
    learning = [recipe for recipe in recipes if about(recipe.model.name).fitted_by is None]
    works = []
    for rate in rates(_rate(learning[0]), number) if learning else ():
        tried = [_with_rate(recipe, rate) for recipe in learning]
        works.append(plan(tried, narrow, f"tuning/lr-{rate:g}"))
    stages = {stage.id: stage for work in works for stage in work.stages}
    runs = [run for work in works for run in work.runs]
    left = unfinished(runs, context.out)
    needed = {stage for run in left for stage in run.stages}
    todo = [stage for stage in stages.values() if stage.id in needed]
    display.say(f"--tune: {number} learning rates for each of {len(learning)} methods, on {first}")
    display.begin(todo)
    execute([*todo, *left], context, jobs, display.tell)
    chosen = []
    for recipe in recipes:
        own = [run for run in runs if run.recipe.name == recipe.name]
        if not own:
            chosen.append(recipe)
            continue
        best = own[best_of([measure(run, context) for run in own], context.select)]
        chosen.append(_with_rate(recipe, _rate(best.recipe)))
    return tuple(chosen)


def _rate(recipe: Recipe) -> float:
    return float(recipe.optimizer.parameters["lr"])  # type: ignore[arg-type]


def _with_rate(recipe: Recipe, rate: float) -> Recipe:
    optimizer = Component(recipe.optimizer.name, {**recipe.optimizer.parameters, "lr": rate})
    return replace(recipe, optimizer=optimizer)
