"""Trials: settings that a method tries, each in a folder of its own, on the first split alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.plan import Grid, Work, first_split, plan
from counterpoise.experiments.search.measured import Measured, best_of, measure
from counterpoise.experiments.setup import Setup
from counterpoise.recipes.schema import Point, Recipe
from counterpoise.recipes.settings import with_parameters


@dataclass(frozen=True)
class Trials:
    """What one method tries: each point by the folder of its run, and the metric that chooses."""

    recipe: Recipe
    points: Mapping[str, Point]
    select: str

    def at(self, point: Point) -> Recipe:
        """The method with the settings of one point."""
        return with_parameters(self.recipe, point)


@dataclass(frozen=True)
class Choice:
    """The best point, its recipe, and how good every point was."""

    recipe: Recipe
    point: Point
    best: Measured
    measured: tuple[Measured, ...]


def plan_trials(trials: Iterable[Trials], grid: Grid) -> Work:
    """Every point of every method; a stage that several of them need is trained once."""
    first = first_split(grid)
    works = [
        plan([replace(one.at(point), search=None)], first, folder)
        for one in trials
        for folder, point in one.points.items()
    ]
    stages = {stage.id: stage for work in works for stage in work.stages}
    return Work(tuple(stages.values()), tuple(run for work in works for run in work.runs))


def not_ended(work: Work, setup: Setup) -> frozenset[str]:
    """Methods of which the setup's clock ended a trial, or kept one from beginning."""
    left = unfinished(work.runs, setup.out) if setup.clock.ended else []
    return frozenset(run.recipe.name for run in left)


def choose(trials: Trials, setup: Setup) -> Choice:
    """The best point on validation, the first on ties; all trials have ended."""
    runs = plan_trials([trials], setup.grid).runs
    measured = tuple(measure(run, setup.context) for run in runs)
    best = best_of(measured, trials.select)
    point = list(trials.points.values())[best]
    return Choice(trials.at(point), point, measured[best], measured)
