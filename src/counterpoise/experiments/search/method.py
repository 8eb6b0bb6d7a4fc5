"""A method's own search, of which its recipe says the points: ``[search]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from counterpoise.experiments import ledger
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.plan import Grid, Work, first_split, plan
from counterpoise.experiments.runner import complete
from counterpoise.experiments.search.measured import Measured
from counterpoise.experiments.search.trials import (
    Choice,
    Trials,
    choose,
    not_ended,
    plan_trials,
    words,
)
from counterpoise.experiments.setup import Setup
from counterpoise.metrics.names import TITLES
from counterpoise.recipes.schema import Point, Recipe, Search
from counterpoise.records import BesidePart, GridPart, PointPart, SearchPart

FOLDER = "search"
BESIDE = "-by-validation"  # ends the name of what validation chose, where test data chose


@dataclass(frozen=True)
class Found:
    """Recipes with chosen settings, the trials behind them, and what experiment.json says."""

    recipes: tuple[Recipe, ...]
    trials: Work
    records: Mapping[str, SearchPart]
    open: frozenset[str] = frozenset()  # whose trials a budget ended: the first point stands in


def choose_settings(setup: Setup, recipes: Sequence[Recipe]) -> Found:
    """Train the trials of every search that are not finished, and choose.

    The settings that are chosen on the first split are used on all of them; there, the trial's
    stages are the run's, so nothing is trained twice.
    """
    searching = _searching(recipes, setup)
    work = plan_trials(searching.values(), setup.grid)
    left = unfinished(work.runs, setup.out)
    if left:
        (first,) = first_split(setup.grid).seeds
        for line in announced(searching, first):
            setup.display.say(line)
        complete(setup, work)
    open_ = not_ended(work, setup)
    chosen: list[Recipe] = []
    records: dict[str, SearchPart] = {}
    for recipe in recipes:
        if recipe.search is None:
            chosen.append(recipe)
            continue
        trials = searching[recipe.name]
        if recipe.name in open_:
            standing = trials.at(next(iter(trials.points.values())))
            chosen.append(replace(standing, search=None))
            continue
        choice = choose(trials, setup)
        chosen += _chosen(choice, trials)
        records[recipe.name] = record = _record(recipe.search, trials, choice, setup.grid)
        if left and len(announced(searching, "")) == len(searching):
            value = choice.best.values.get(trials.select)
            reached = "which none of them has" if value is None else f"{value:.3f}"
            setup.display.say(
                f"{recipe.name}: {words(choice.point)}, by {trials.on} {TITLES[trials.select]}"
                f"{' (optimistic)' if trials.on == 'test' else ''}, "
                f"{reached}" + (f" (tied with {record.ties} more)" if record.ties else "")
            )
    return Found(tuple(chosen), work, records, open_)


def announced(searching: Mapping[str, Trials], split: str) -> list[str]:
    """What is tried: a line for each method, or one for many that try the same."""
    points = [list(trials.points.values()) for trials in searching.values()]
    if len(points) > 1 and all(own == points[0] for own in points):
        settings = ", ".join(points[0][0])
        values = f"{len(points[0])} values of {settings}"
        return [f"{values} to try for each of {len(points)} methods on {split}"]
    return [
        f"{name}: {len(trials.points)} settings to try on {split}"
        for name, trials in searching.items()
    ]


def expected(setup: Setup, recipes: Sequence[Recipe]) -> tuple[Work, Work]:
    """Trials, and runs as far as they are known: until a search ends, its first point stands in."""
    searching = _searching(recipes, setup)
    work = plan_trials(searching.values(), setup.grid)
    ledger.accept(setup.options.ledger, unfinished(work.runs, setup.out), setup.out)
    left = {run.recipe.name for run in unfinished(work.runs, setup.out)}
    known = []
    for recipe in recipes:
        trials = searching.get(recipe.name)
        if trials is None:
            known.append(recipe)
        elif recipe.name in left:
            known.append(trials.at(next(iter(trials.points.values()))))
        else:
            known.append(choose(trials, setup).recipe)
    return work, plan([replace(recipe, search=None) for recipe in known], setup.grid)


def _searching(recipes: Sequence[Recipe], setup: Setup) -> dict[str, Trials]:
    """The trials of every recipe that searches, each point under its own folder."""
    return {
        recipe.name: Trials(
            recipe,
            _named(recipe.search),
            recipe.search.select or setup.options.select,
            recipe.search.seeds,
            recipe.search.select_on,
        )
        for recipe in recipes
        if recipe.search is not None
    }


def _named(search: Search) -> dict[str, Point]:
    """Point by the name of its folder."""
    found: dict[str, Point] = {}
    for number, point in enumerate(search.points):
        name = f"{FOLDER}/" + re.sub(r"[^\w.+-]+", "-", words(point)).strip("-.")
        found[name if name != f"{FOLDER}/" and name not in found else f"{name}-{number}"] = point
    return found


def _chosen(choice: Choice, trials: Trials) -> list[Recipe]:
    """The method with its settings, and beside a choice on test data the one on validation."""
    recipe = replace(choice.recipe, search=None)
    if trials.on == "validation":
        return [recipe]
    title = f"{recipe.title}, settings chosen on test data (optimistic)"
    found = [replace(recipe, title=title, optimistic=True)]
    if choice.by_validation is not None:
        name, title = f"{recipe.name}{BESIDE}", f"{recipe.title}, settings chosen on validation"
        other = replace(choice.by_validation.recipe, search=None)
        found.append(replace(other, name=name, title=title))
    return found


def _record(search: Search, trials: Trials, choice: Choice, grid: Grid) -> SearchPart:
    """What experiment.json says of one search."""
    points, measured, select = search.points, choice.measured, trials.select
    splits, other = list(first_split(grid, search.seeds).seeds), choice.by_validation
    more: dict[str, object] = {} if len(splits) == 1 else {"splits": tuple(splits)}
    if trials.on == "test":
        more["select_on"] = "test"
        if other is not None:
            better = other.measured[points.index(choice.point)].values.get(select)
            place = points.index(other.point)
            more["beside"] = BesidePart(
                chosen=other.point,
                value=other.best.values.get(select),
                test=measured[place].values.get(select),
                chosen_on_test=better,
            )
    value = choice.best.values.get(select)
    equal = [one for one in measured if value is not None and one.values.get(select) == value]
    made = SearchPart(
        select=select,
        split=splits[0],
        chosen=choice.point,
        value=value,
        trials=len(points) * len(splits),
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
    return made.model_copy(update=more)


def _point(point: Point, measured: Measured) -> PointPart:
    return PointPart(
        settings=point,
        status=measured.status,
        error=measured.error,
        seconds=measured.seconds,
        values=measured.values,
        recall=measured.recall,
    )
