"""``--tune``: the same few learning rates for every method, chosen as in a method's own search."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.experiments.budget import seconds_per_update
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.plan import plan
from counterpoise.experiments.runner import complete
from counterpoise.experiments.search.trials import Trials, choose, not_ended, plan_trials
from counterpoise.experiments.setup import Setup
from counterpoise.models.catalog import about
from counterpoise.recipes.schema import Point, Recipe

FOLDER = "tuning"
KEY = "optimizer.lr"


def rates(base: float, number: int) -> list[float]:
    """`number` learning rates, half a decade apart, around `base`.

    >>> rates(0.01, 3)
    [0.003162, 0.01, 0.03162]
    """
    middle = (number - 1) / 2
    return [float(f"{base * 10 ** ((i - middle) / 2):.4g}") for i in range(number)]


def choose_rates(
    setup: Setup, recipes: Sequence[Recipe]
) -> tuple[tuple[Recipe, ...], frozenset[str]]:
    """Every recipe with the learning rate that was best on validation of the first split.

    Finished trials are reused, and those that a recipe keeps are its first split's stages. A recipe
    whose trials a budget ended keeps its own rate; those are named beside the recipes.
    """
    learning = [recipe for recipe in recipes if about(recipe.model.name).fitted_by is None]
    if not learning:
        return tuple(recipes), frozenset()
    number = setup.options.tune
    base = float(learning[0].optimizer.parameters["lr"])  # type: ignore[arg-type]
    points: dict[str, Point] = {f"{FOLDER}/lr-{r:g}": {KEY: r} for r in rates(base, number)}
    trials = {r.name: Trials(r, points, setup.options.select) for r in learning}
    setup.display.say(
        f"--tune: {number} learning rates for each of {len(learning)} methods, on "
        f"{next(iter(setup.grid.seeds))}"
    )
    work = plan_trials(trials.values(), setup.grid)
    if unfinished(work.runs, setup.out):
        # which says what the user has to change, before the first of many trainings fails
        seconds_per_update(plan(recipes, setup.grid).stages, setup)
    complete(setup, work)
    open_ = not_ended(work, setup)
    chosen = tuple(
        choose(trials[recipe.name], setup).recipe
        if recipe.name in trials.keys() - open_
        else recipe
        for recipe in recipes
    )
    return chosen, open_
