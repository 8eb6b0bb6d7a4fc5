"""How long to train where nobody said: the baseline's rounds are doubled while validation gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import write_text
from counterpoise.experiments.budget import seconds_per_update
from counterpoise.experiments.identity import digest
from counterpoise.experiments.plan import Grid, first_split, plan
from counterpoise.experiments.run_folder import OUTPUTS
from counterpoise.experiments.runner import complete
from counterpoise.experiments.search.measured import measure
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import RunTask
from counterpoise.metrics import LOWER_IS_BETTER, Evaluation
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

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Validated:
    """What a model says of the validation samples; `probabilities` is None for margins."""

    scores: npt.NDArray[np.floating]
    probabilities: npt.NDArray[np.floating] | None
    target: Indices

    def value(self, select: str, rows: Indices | slice = slice(None)) -> float:
        """A metric on some of the samples; NaN where it is not defined."""
        shares = None if self.probabilities is None else self.probabilities[rows]
        found = Evaluation.from_scores(
            self.scores[rows], self.target[rows], self.scores.shape[1], probabilities=shares
        )
        value = found.values([select])[select]
        return float("nan") if value is None else value


def with_rounds(setup: Setup, recipes: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
    """The recipes with a number of rounds, the same for all of which neither file nor user says it.

    On cached features it is found on the first split, unless a budget decides; the folder keeps it.
    """
    options = setup.options
    open_ = [r.name for r in recipes if r.train.rounds == 0 and _learns(r)]
    if not open_ or not options.frozen:
        return recipes
    rounds = ON_FEATURES if options.budget else _kept_or_found(setup, _baseline(setup, recipes))
    return tuple(_lasting(r, rounds) if r.name in open_ else r for r in recipes)


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
    random = np.random.default_rng(0)
    units = np.arange(len(short.target)) if groups is None else groups
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    members = np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])
    strata = [np.flatnonzero(short.target[first] == k) for k in np.unique(short.target[first])]
    gains = []
    for _ in range(DRAWS):
        drawn = np.concatenate([random.choice(stratum, len(stratum)) for stratum in strata])
        rows = np.concatenate([members[number] for number in drawn])
        gains.append(long.value(select, rows) - short.value(select, rows))
    known = np.array([gain for gain in gains if not np.isnan(gain)])
    if 2 * len(known) < DRAWS:
        return None
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    low, high = np.quantile(sign * known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _learns(recipe: Recipe) -> bool:
    return about(recipe.model.name).fitted_by is None


def _lasting(recipe: Recipe, rounds: int) -> Recipe:
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


def _kept_or_found(setup: Setup, baseline: Recipe) -> int:
    select, path = setup.options.select, setup.out / FILE
    (stage,) = plan([_lasting(baseline, ON_FEATURES)], first_split(setup.grid)).stages
    asked = digest([stage.id, select])
    kept = RoundsRecord.read_if_there(path)
    known = dict(kept.found) if kept is not None else {}
    if asked not in known:
        seconds_per_update([stage], setup.context)  # which says what the user has to change
        known[asked] = _double(setup, baseline, ON_FEATURES)
        write_text(path, RoundsRecord(found=known).text())
    found = known[asked]
    setup.display.say(_words(found, select))
    return found.rounds


def _double(setup: Setup, baseline: Recipe, usual: int) -> FoundRoundsPart:
    """Train half the usual rounds and these, then twice as many as long as that gains."""
    select, grid = setup.options.select, first_split(setup.grid)
    tried = [max(1, usual // 2), usual]
    runs = _trained(setup, baseline, tried, grid)
    while True:
        values = [measure(run, setup.context).values.get(select) for run in runs]
        interval = _interval(setup, runs[-2], runs[-1])
        if interval is None or interval[0] <= 0 or tried[-1] >= usual * 2**DOUBLINGS:
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
    work = [plan([_lasting(baseline, n)], grid, f"{FOLDER}/{n}") for n in tried]
    stages = tuple(stage for one in work for stage in one.stages)
    runs = [run for one in work for run in one.runs]
    alone = replace(setup, options=setup.options.model_copy(update={"ledger": None}))
    complete(alone, replace(work[0], stages=stages, runs=tuple(runs)))
    return runs


def _interval(setup: Setup, short: RunTask, long: RunTask) -> tuple[float, float] | None:
    """Of the gain between two runs; None where one of them has no scores, as it diverged."""
    found = []
    split = read_split(setup.context.splits, short.data_split)
    for run in (short, long):
        path = setup.out / run.folder / OUTPUTS
        if measure(run, setup.context).status != "ok":
            return None
        with np.load(path, allow_pickle=False) as outputs:
            scores = outputs["validation_scores"]
            shares = outputs.get("validation_probabilities")
        found.append(Validated(scores, shares, split["validation_labels"]))
    groups = split.get("validation_groups")
    return gain_interval(found[0], found[1], setup.options.select, groups)


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
