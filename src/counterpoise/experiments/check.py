"""Settings of the user's that a class refuses are found before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.errors import RecipeError
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.plan import Grid, first_split, plan
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import CheckTask, RunTask
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.shipped import method_names


def require_sound(setup: Setup, recipes: Sequence[Recipe]) -> None:
    """Construct every piece of the recipes that the user changed or wrote, on the first split.

    A shipped method that cannot be had on these data, such as weights for a class without a
    sample, is no fault of the settings: its row says so, and the others are trained.

    Raises:
        RecipeError: constructors refuse what was set; every method's first refusal.
    """
    names = [recipe.name for recipe in recipes if recipe.name in method_names()]
    shipped: dict[str, Recipe] = {}
    if names:
        options = setup.options
        usual = load_methods(
            names, options.overrides, {}, features=options.frozen, fine_tune=options.fine_tune
        )
        shipped = {recipe.name: recipe for recipe in usual}
    changed = [recipe for recipe in recipes if shipped.get(recipe.name) != recipe]
    changed = _unfinished(changed, setup)
    if not changed:
        return
    first = first_split(setup.grid)
    unchanged = _runs([shipped[r.name] for r in changed if r.name in shipped], first)
    pairs = tuple((run, unchanged.get(name)) for name, run in _runs(changed, first).items())
    task = CheckTask(pairs)
    outcome = LocalEngine().dispatch([task], setup.context, 1)[task.id]
    if outcome.users_fault and outcome.error is not None:
        raise RecipeError(outcome.error.split("\n"))


def _unfinished(recipes: Sequence[Recipe], setup: Setup) -> list[Recipe]:
    """Recipes with a run that is still to do: the pieces of the others were constructed before."""
    left = unfinished(plan(recipes, setup.grid).runs, setup.out)
    names = {run.recipe.name for run in left}
    return [recipe for recipe in recipes if recipe.name in names]


def _runs(recipes: Sequence[Recipe], grid: Grid) -> dict[str, RunTask]:
    return {run.recipe.name: run for run in plan(recipes, grid).runs}
