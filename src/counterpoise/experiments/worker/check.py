"""Whether the constructors take what a recipe gives them; the part that needs torch."""

from __future__ import annotations

from counterpoise.counts import ClassCounts
from counterpoise.errors import CounterpoiseError, RecipeError
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import CheckTask, Context, RunTask
from counterpoise.experiments.worker.read import read_data
from counterpoise.recipes import build


def check(task: CheckTask, context: Context) -> None:
    """Construct the pieces of each run, and of its shipped form where that fails.

    Raises:
        RecipeError: some run fails where its shipped form does not.
    """
    faults = []
    for run, shipped in task.runs:
        fault = _refusal(run, context)
        if fault is not None and (shipped is None or _refusal(shipped, context) is None):
            faults.append(f"{run.recipe.name}: {fault}")
    if faults:
        raise RecipeError(faults)


def _refusal(run: RunTask, context: Context) -> str | None:
    """What the first constructor that refuses says; None when all agree."""
    split = read_split(context.splits, run.data_split)
    inputs, labels = read_data(context, run.data_split)
    counts = ClassCounts(tuple(int(c) for c in split["counts"]), context.classes)
    recipe = run.recipe
    try:
        for number in range(len(recipe.stages)):
            given = build.given(recipe, number, counts, labels[split["train"]], run.seed)
            build.try_stage(recipe, number, tuple(inputs.shape[1:]), given)
        build.build_posthoc(recipe, counts)
    except CounterpoiseError as error:
        return str(error)
    return None
