"""How long to train where nobody said: the baseline's rounds are doubled while validation gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from counterpoise.atomic import write_text
from counterpoise.experiments.budget import seconds_per_update
from counterpoise.experiments.identity import costs_in, digest
from counterpoise.experiments.plan import Grid, first_split, plan
from counterpoise.experiments.runner import complete_all
from counterpoise.experiments.search.measured import measure
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import RunTask
from counterpoise.experiments.validated import Indices, Validated, drawn, validated
from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import in_sentence
from counterpoise.models.catalog import about
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.settings import SECTIONS
from counterpoise.records import FoundRoundsPart, RoundsRecord, TriedRoundsPart

FILE = "rounds.json"
FOLDER = "rounds"
ON_FEATURES = 16  # rounds, of 50 updates: see recipes/features.toml
DOUBLINGS = 2  # at most, beyond the usual number
DRAWS = 500
LEVEL = 0.95


def with_rounds(setup: Setup, recipes: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
    """The recipes with a number of rounds, the same for all of which neither file nor user says it.

    On cached features it is found on the first split; the folder keeps it.

    Raises:
        TimeUpError: a budget ended it.
    """
    if not searches_rounds(setup, recipes):
        return recipes
    rounds = _kept_or_found(setup, _baseline(setup, recipes), len(recipes))
    return tuple(lasting(r, rounds) if _is_open(r) else r for r in recipes)


def searches_rounds(setup: Setup, recipes: Sequence[Recipe]) -> bool:
    """Whether nobody said how long to train heads on features."""
    return setup.options.frozen and any(_is_open(recipe) for recipe in recipes)


def gain_interval(
    short: Validated, long: Validated, select: str, groups: Indices | None = None
) -> tuple[float, float] | None:
    """Percentile interval of what the longer training gains; None where it is undefined.

    The same samples are drawn for both, within each class, so that no class is ever missing.

    Args:
        short: of the shorter training.
        long: of the longer one, on the same samples.
        select: the metric; of NLL and ECE a fall is a gain.
        groups: (N,) of the samples, which are then drawn group by group.
    """
    gains = [
        long.value(select, rows) - short.value(select, rows)
        for rows in drawn(short.target, groups, DRAWS)
    ]
    known = np.array([gain for gain in gains if not np.isnan(gain)])
    if 2 * len(known) < DRAWS:
        return None
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    low, high = np.quantile(sign * known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _is_open(recipe: Recipe) -> bool:
    return recipe.train.rounds == 0 and about(recipe.model.name).fitted_by is None


def lasting(recipe: Recipe, rounds: int) -> Recipe:
    """The recipe with so many rounds."""
    return replace(recipe, train=replace(recipe.train, rounds=rounds))


def _baseline(setup: Setup, recipes: Sequence[Recipe]) -> Recipe:
    """The plain method, compared or not, with the settings that concern all methods."""
    found = [recipe for recipe in recipes if recipe.name == "baseline"]
    if not found:
        options = setup.options
        common = {k: v for k, v in options.settings.items() if k.partition(".")[0] in SECTIONS}
        common = {k: v for k, v in common.items() if not k.startswith("model.")}
        found = [*load_methods(["baseline"], options.overrides, common, features=options.frozen)]
    return replace(found[0], search=None)


def _kept_or_found(setup: Setup, baseline: Recipe, methods: int) -> int:
    select, path = setup.options.select, setup.out / FILE
    (stage,) = plan([lasting(baseline, ON_FEATURES)], first_split(setup.grid)).stages
    asked = digest([stage.id, select, *costs_in(select, setup.options.cost).values()])
    kept = RoundsRecord.read_if_there(path)
    known = dict(kept.found) if kept is not None else {}
    if asked not in known:
        seconds_per_update([stage], setup.context)  # which says what the user has to change
        known[asked] = _double(setup, baseline, ON_FEATURES, methods)
        write_text(path, RoundsRecord(found=known).text())
    found = known[asked]
    setup.display.say(_words(found, select))
    return found.rounds


def _double(setup: Setup, baseline: Recipe, usual: int, methods: int) -> FoundRoundsPart:
    """Train half the usual rounds and these, then twice as many as long as that gains.

    Not where twice as many for each method would take more than a budget leaves.
    """
    select, grid = setup.options.select, first_split(setup.grid)
    tried = [max(1, usual // 2), usual]
    runs = _trained(setup, baseline, tried, grid)
    while True:
        values = [measure(run, setup.context).values.get(select) for run in runs]
        interval = _interval(setup, runs[-2], runs[-1])
        if interval is None or interval[0] <= 0 or tried[-1] >= usual * 2**DOUBLINGS:
            break
        took = measure(runs[-1], setup.context).seconds
        if 2 * took * methods / setup.jobs > setup.clock.left:
            break
        tried.append(2 * tried[-1])
        runs += _trained(setup, baseline, tried[-1:], grid)
    before, last = values[-2:]
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    return FoundRoundsPart(
        rounds=tried[-1],
        tried=tuple(
            TriedRoundsPart(rounds=rounds, value=value)
            for rounds, value in zip(tried, values, strict=True)
        ),
        gain=None if before is None or last is None else sign * (last - before),
        interval=interval,
    )


def _trained(setup: Setup, baseline: Recipe, tried: Sequence[int], grid: Grid) -> list[RunTask]:
    """Runs of so many rounds; a ledger's would have no scores to compare."""
    work = [plan([lasting(baseline, n)], grid, f"{FOLDER}/{n}") for n in tried]
    stages = tuple(stage for one in work for stage in one.stages)
    runs = [run for one in work for run in one.runs]
    alone = replace(setup, options=setup.options.model_copy(update={"ledger": None}))
    complete_all(alone, replace(work[0], stages=stages, runs=tuple(runs)))
    return runs


def _interval(setup: Setup, short: RunTask, long: RunTask) -> tuple[float, float] | None:
    """Of the gain between two runs; None where one of them has no scores, as it diverged."""
    found = []
    for run in (short, long):
        known = validated(run, setup.context)
        if known is None or measure(run, setup.context).status != "ok":
            return None
        found.append(known)
    (first, groups), (second, _) = found
    return gain_interval(first, second, setup.options.select, groups)


def _words(found: FoundRoundsPart, select: str) -> str:
    """The one line that is printed."""
    text = f"{found.rounds} rounds for each training"
    if found.interval is None or found.gain is None:
        return f"{text}: what more would gain is not known"
    low, high = found.interval
    half = found.tried[-2].rounds
    return (
        f"{text}: with the last {half} of them the baseline's {in_sentence(select)} on validation "
        f"improved by {found.gain:+.3f} [{low:+.3f}, {high:+.3f}]"
    )
