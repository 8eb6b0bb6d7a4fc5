"""A method's own search: train once for each point, choose on the first split's validation set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterpoise.experiments import ledger
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.machine import Conditions
from counterpoise.experiments.measured import Measured, best_of, measure
from counterpoise.experiments.options import Question
from counterpoise.experiments.plan import Grid, Work, first_split, plan
from counterpoise.experiments.progress import Display
from counterpoise.experiments.runner import carry_out
from counterpoise.experiments.tasks import Context
from counterpoise.metrics import METRICS
from counterpoise.recipes.schema import Point, Recipe, Search
from counterpoise.recipes.settings import at_point
from counterpoise.records import GridPart, PointPart, SearchPart

FOLDER = "search"


@dataclass(frozen=True)
class Found:
    """Recipes with chosen settings, the trials behind them, and what experiment.json says."""

    recipes: tuple[Recipe, ...]
    trials: Work
    records: Mapping[str, SearchPart]


def settle(
    question: Question,
    recipes: Sequence[Recipe],
    grid: Grid,
    context: Context,
    conditions: Conditions,
    display: Display,
) -> Found:
    """Carry out every search that is not finished, and choose.

    The settings that are chosen on the first split are used on all of them; there, the trial's
    stages are the run's, so nothing is trained twice.
    """
    searching = [recipe for recipe in recipes if recipe.search is not None]
    trials = _trials(searching, grid)
    left = unfinished(trials.runs, context.out)
    if left:
        (first,) = first_split(grid).seeds
        for recipe in searching:
            assert recipe.search is not None
            display.say(f"{recipe.name}: {len(recipe.search.points)} settings to try on {first}")
        carry_out(question, trials, context, conditions, display)
    chosen: list[Recipe] = []
    records: dict[str, SearchPart] = {}
    for recipe in recipes:
        if recipe.search is None:
            chosen.append(recipe)
            continue
        points, measured = recipe.search.points, _measured(recipe, grid, context)
        select = recipe.search.select or context.select
        best = best_of(measured, select)
        chosen.append(at_point(recipe, points[best]))
        records[recipe.name] = record = _record(recipe.search, select, measured, best, grid)
        if left:
            value = measured[best].values.get(select)
            reached = "which none of them has" if value is None else f"{value:.3f}"
            display.say(
                f"{recipe.name}: {words(points[best])}, by validation {METRICS[select]}, {reached}"
                + (f" (tied with {record.ties} more)" if record.ties else "")
            )
    return Found(tuple(chosen), trials, records)


def expected(
    question: Question, recipes: Sequence[Recipe], grid: Grid, context: Context
) -> tuple[Work, Work]:
    """Trials, and runs as far as they are known: until a search ends, its first point stands in."""
    trials = _trials([recipe for recipe in recipes if recipe.search is not None], grid)
    ledger.accept(question, unfinished(trials.runs, context.out), context)
    left = {run.recipe.name for run in unfinished(trials.runs, context.out)}
    known = []
    for recipe in recipes:
        if recipe.search is None:
            known.append(recipe)
        else:
            select = recipe.search.select or context.select
            over = recipe.name not in left
            best = best_of(_measured(recipe, grid, context), select) if over else 0
            known.append(at_point(recipe, recipe.search.points[best]))
    return trials, plan(known, grid)


def words(point: Point) -> str:
    """A point as people read it.

    >>> words({"tau_minority": 0.4, "tau_majority": 6.0})
    'tau_minority 0.4, tau_majority 6'
    """
    return ", ".join(
        f"{key} {value:g}" if isinstance(value, int | float) else f"{key} {value}"
        for key, value in point.items()
    )


def _trials(recipes: Sequence[Recipe], grid: Grid) -> Work:
    """Every point of every search on the first split, each under its own folder."""
    works = [
        plan([at_point(recipe, point)], first_split(grid), f"{FOLDER}/{name}")
        for recipe in recipes
        for name, point in _named(recipe).items()
    ]
    stages = {stage.id: stage for work in works for stage in work.stages}
    return Work(tuple(stages.values()), tuple(run for work in works for run in work.runs))


def _measured(recipe: Recipe, grid: Grid, context: Context) -> list[Measured]:
    return [measure(run, context) for run in _trials([recipe], grid).runs]


def _named(recipe: Recipe) -> dict[str, Point]:
    """Point by the name of its folder."""
    assert recipe.search is not None
    found: dict[str, Point] = {}
    for number, point in enumerate(recipe.search.points):
        name = re.sub(r"[^\w.+-]+", "-", words(point)).strip("-.")
        found[name if name and name not in found else f"{name}-{number}"] = point
    return found


def _record(
    search: Search, select: str, measured: Sequence[Measured], best: int, grid: Grid
) -> SearchPart:
    """What experiment.json says of one search."""
    points = search.points
    value = measured[best].values.get(select)
    equal = [one for one in measured if value is not None and one.values.get(select) == value]
    return SearchPart(
        select=select,
        split=next(iter(grid.seeds)),
        chosen=points[best],
        value=value,
        trials=len(points),
        ties=max(0, len(equal) - 1),
        seconds=sum(one.seconds for one in measured),
        grids=tuple(
            GridPart(
                title=one.title,
                combine=one.combine,
                values=one.values,
                points=tuple(_point(p, measured[points.index(p)]) for p in one.points),
            )
            for one in search.grids
        ),
    )


def _point(point: Point, measured: Measured) -> PointPart:
    return PointPart(
        settings=point,
        status=measured.status,
        error=measured.error,
        seconds=measured.seconds,
        values=measured.values,
        recall=measured.recall,
    )
