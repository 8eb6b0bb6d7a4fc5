"""Trials: settings that a method tries, each in a folder of its own, on the first splits alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.plan import Grid, Work, first_split, plan
from counterpoise.experiments.search.measured import Measured, Part, averaged, best_of, measure
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import RunTask, StageTask
from counterpoise.recipes.schema import Point, Recipe, SelectOn
from counterpoise.recipes.settings import with_parameters


@dataclass(frozen=True)
class Trials:
    """What one method tries: each point by the folder of its run, and what chooses.

    Args:
        recipe: the method.
        points: folder -> settings.
        select: the metric that chooses.
        seeds: splits, from the first on, over which a point is judged.
        on: which part of the data chooses.
    """

    recipe: Recipe
    points: Mapping[str, Point]
    select: str
    seeds: int = 1
    on: SelectOn = "validation"

    def at(self, point: Point) -> Recipe:
        """The method with the settings of one point."""
        return with_parameters(self.recipe, point)


@dataclass(frozen=True)
class Choice:
    """The best point, its recipe, and how good every point was.

    `by_validation` is what validation chooses in its place, where test data chose.
    """

    recipe: Recipe
    point: Point
    best: Measured
    measured: tuple[Measured, ...]
    by_validation: Choice | None = None


def plan_trials(trials: Iterable[Trials], grid: Grid) -> Work:
    """Every point of every method; a stage that several of them need is trained once."""
    trials = tuple(trials)
    works = [
        plan([replace(one.at(point), search=None)], first_split(grid, one.seeds), folder)
        for one in trials
        for folder, point in one.points.items()
    ]
    points = [point for one in trials for point in one.points.values()]
    stages: dict[str, StageTask] = {}
    tried: dict[str, set[str]] = {}  # stage -> settings that need it
    for work, point in zip(works, points, strict=True):
        for stage in work.stages:
            stages.setdefault(stage.id, stage)
            tried.setdefault(stage.id, set()).add(words(point))
    for identity, own in tried.items():
        if len(own) == 1:  # else it is no trial of one of them
            stages[identity] = replace(stages[identity], trial=own.pop())
    return Work(tuple(stages.values()), tuple(run for work in works for run in work.runs))


def words(point: Point) -> str:
    """A point as people read it.

    >>> words({"tau_minority": 0.4, "tau_majority": 6.0})
    'tau_minority 0.4, tau_majority 6'
    """
    return ", ".join(
        f"{key} {value:g}" if isinstance(value, int | float) else f"{key} {value}"
        for key, value in point.items()
    )


def not_ended(work: Work, setup: Setup) -> frozenset[str]:
    """Methods of which the setup's clock ended a trial, or kept one from beginning."""
    left = unfinished(work.runs, setup.out) if setup.clock.ended else []
    return frozenset(run.recipe.name for run in left)


def choose(trials: Trials, setup: Setup) -> Choice:
    """The best point, the first on ties; all trials have ended."""
    runs = plan_trials([trials], setup.grid).runs
    validates = setup.options.validation != "none"
    if trials.on == "validation":
        return _choose(trials, setup, runs, "validation")
    chosen = _choose(trials, setup, runs, "test")
    other = _choose(trials, setup, runs, "validation") if validates else None
    return replace(chosen, by_validation=other)


def _choose(trials: Trials, setup: Setup, runs: tuple[RunTask, ...], part: Part) -> Choice:
    each = len(runs) // len(trials.points)  # splits, which follow one another at every point
    found = [measure(run, setup.context, part) for run in runs]
    measured = tuple(averaged(found[k : k + each]) for k in range(0, len(found), each))
    best = best_of(measured, trials.select)
    point = list(trials.points.values())[best]
    return Choice(trials.at(point), point, measured[best], measured)
