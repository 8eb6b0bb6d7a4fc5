"""How long to train where nobody said: the baseline's rounds are doubled while validation gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from counterpoise.atomic import write_text
from counterpoise.errors import RecipeError
from counterpoise.experiments.budget import expected, seconds_of, seconds_per_update
from counterpoise.experiments.identity import costs_in, digest
from counterpoise.experiments.option_tables import recipe_settings
from counterpoise.experiments.option_words import as_typed
from counterpoise.experiments.plan import Grid, Work, first_split, plan
from counterpoise.experiments.runner import complete_all
from counterpoise.experiments.search.gain import gain_interval
from counterpoise.experiments.search.measured import measure
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import RunTask
from counterpoise.experiments.validated import validated
from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import in_sentence
from counterpoise.models.catalog import about
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe, Value
from counterpoise.recipes.settings import SECTIONS
from counterpoise.records import FoundRoundsPart, RoundsRecord, TriedRoundsPart
from counterpoise.time_words import clock

FILE = "rounds.json"
FOLDER = "rounds"
ON_FEATURES = 16  # rounds, of 50 updates: see recipes/features.toml
DOUBLINGS = 2  # at most, beyond the usual number
PATIENCE = 600.0  # seconds that all of it may take after a doubling, where no budget says it
SAID = 10.0  # seconds from which the search is announced


@dataclass(frozen=True)
class Length:
    """Recipes that know how long to train, and the sentence that says how it was found, if any."""

    recipes: tuple[Recipe, ...]
    words: str | None = None


def with_rounds(setup: Setup, recipes: tuple[Recipe, ...]) -> Length:
    """The recipes with a number of rounds, the same for all of which neither file nor user says it.

    It is found on the first split; the folder keeps it.

    Raises:
        TimeUpError: a budget ended it.
    """
    if not searches_rounds(setup, recipes):
        return Length(recipes)
    baseline = _baseline(setup, recipes)
    usual = usual_rounds(setup, baseline)
    if setup.options.validation == "none":
        words = f"{usual} rounds for each training, the usual number: no validation to find it on"
        setup.display.say(f"{words} (--rounds says another)")
        return Length(_all_lasting(setup, recipes, 1), words)
    found = _kept_or_found(setup, recipes, baseline, usual)
    words = _words(found, setup.options.select)
    setup.display.say(words)
    return Length(_all_lasting(setup, recipes, found.rounds / usual), words)


def searches_rounds(setup: Setup, recipes: Sequence[Recipe]) -> bool:
    """Whether nobody said how long to train.

    Identities of runs in a ledger, and a recipe that is run alone, hold the usual number for whole
    networks; of heads on features it always was searched.
    """
    options = setup.options
    said = options.ledger is not None or options.recipes is not None
    return (options.frozen or not said) and any(_is_open(recipe) for recipe in recipes)


def usual_rounds(setup: Setup, recipe: Recipe) -> int:
    """How long a recipe trains where it does not say it, before any search."""
    if setup.options.frozen:
        return recipe.train.rounds or ON_FEATURES
    split = setup.grid.splits[recipe.subset][0]
    grid = setup.grid
    return resolve(recipe, grid.kind, grid.input_shape, len(split.train)).train.rounds


def lasting(recipe: Recipe, rounds: int) -> Recipe:
    """The recipe with so many rounds."""
    return replace(recipe, train=replace(recipe.train, rounds=rounds))


def _is_open(recipe: Recipe) -> bool:
    relative = any(not stage.is_absolute for stage in recipe.stages)
    return relative and recipe.train.rounds == 0 and about(recipe.model.name).fitted_by is None


def _all_lasting(setup: Setup, recipes: Sequence[Recipe], times: float) -> tuple[Recipe, ...]:
    """Each recipe that is open, so many times as long as usual."""
    if times == 1 and not setup.options.frozen:  # as a recipe that leaves it to the data
        return tuple(recipes)
    return tuple(
        lasting(r, round(times * usual_rounds(setup, r))) if _is_open(r) else r for r in recipes
    )


def _baseline(setup: Setup, recipes: Sequence[Recipe]) -> Recipe:
    """The plain method, compared or not, with the settings that concern all methods."""
    found = [recipe for recipe in recipes if recipe.name == "baseline"]
    if not found:
        options = setup.options
        common = {
            key: value
            for key, value in recipe_settings(dict(options)).items()
            if key.partition(".")[0] in SECTIONS and _loaded(setup, {key: value})
        }
        found = _loaded(setup, common)
    open_ = found[0] if _is_open(found[0]) else lasting(found[0], 0)
    return replace(open_, search=None)


def _loaded(setup: Setup, settings: dict[str, Value]) -> list[Recipe]:
    """The baseline with settings; empty where it has no such setting, as only others do."""
    options = setup.options
    try:
        return [
            *load_methods(
                ["baseline"],
                options.overrides,
                settings,
                features=options.frozen,
                fine_tune=options.fine_tune,
            )
        ]
    except RecipeError:
        return []


def _kept_or_found(
    setup: Setup, recipes: Sequence[Recipe], baseline: Recipe, usual: int
) -> FoundRoundsPart:
    select, path = setup.options.select, setup.out / FILE
    work = plan([lasting(baseline, usual)], first_split(setup.grid))
    own = [stage.id for stage in work.stages]
    asked = digest([*own, select, *costs_in(select, setup.options.cost).values()])
    kept = RoundsRecord.read_if_there(path)
    known = dict(kept.found) if kept is not None else {}
    if asked not in known:
        whole = expected(setup, _all_lasting(setup, recipes, 1))
        # which says what the user has to change
        per_update = seconds_per_update(work.stages, setup) or 0.0
        known[asked] = _Search(setup, baseline, usual, work, whole, per_update).run()
        write_text(path, RoundsRecord(found=known).text())
    return known[asked]


@dataclass(frozen=True)
class _Search:
    """Half the usual rounds and these, then twice as many as long as that gains.

    Not where twice as many for each method would take more than a budget leaves, or people wait.

    Args:
        setup: of the comparison.
        baseline: the recipe that is trained, on the first split alone.
        usual: its rounds before any search.
        work: its training of so many.
        whole: all that is trained with the usual numbers.
        per_update: seconds.
    """

    setup: Setup
    baseline: Recipe
    usual: int
    work: Work
    whole: Work
    per_update: float

    def run(self) -> FoundRoundsPart:
        """Train and compare."""
        setup, select = self.setup, self.setup.options.select
        grid = first_split(setup.grid)
        seconds = seconds_of(setup, self.whole, self.per_update) * self._tuned
        if 2 * seconds > self._most:
            return FoundRoundsPart(rounds=self.usual, tried=(), gain=None, interval=None)
        self._announce(seconds)
        tried = [max(1, self.usual // 2), self.usual]
        runs = self._trained(tried, grid)
        while True:
            measured = [measure(run, setup.context) for run in runs]
            values = [one.values.get(select) for one in measured]
            interval = _interval(setup, runs[-2], runs[-1])
            if interval is None or interval[0] <= 0 or tried[-1] >= self._cap:
                break
            if 2 * measured[-1].seconds * self._times / setup.jobs > self._most:
                break
            tried.append(2 * tried[-1])
            runs += self._trained(tried[-1:], grid)
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

    @property
    def _cap(self) -> int:
        return int(self.usual * 2**DOUBLINGS)

    @property
    def _most(self) -> float:
        """Seconds for all trainings: what a budget leaves, or patience."""
        clock = self.setup.clock
        return clock.left if clock.budget is not None else PATIENCE

    @property
    def _tuned(self) -> float:
        """How much longer trials of learning rates, on the first split, make all of it."""
        return 1 + (self.setup.options.tune - 1) / len(self.setup.grid.seeds)

    @property
    def _times(self) -> float:
        """How many trainings of the baseline all of it is worth, all methods and splits."""
        updates = [sum(stage.updates for stage in one.stages) for one in (self.whole, self.work)]
        return self._tuned * updates[0] / max(1, updates[1])

    def _announce(self, seconds: float) -> None:
        """Say what may come, unless that is a matter of moments."""
        one = seconds_of(self.setup, self.work, self.per_update) * self.setup.jobs
        longest, most = self.usual, one if self.setup.jobs > 1 else 1.5 * one
        first = most
        while longest < self._cap and 2 * longest / self.usual * seconds <= self._most:
            longest *= 2
            most += one * longest / self.usual
        if most < SAID:
            return
        (split,) = first_split(self.setup.grid).seeds
        skip = as_typed(self.setup.options.command, "rounds", str(self.usual))
        self.setup.display.say(
            f"how long to train is found first: the baseline with {max(1, self.usual // 2)} and "
            f"{self.usual} rounds on {split}, about {clock(first)}, and with twice as many while "
            f"that gains, {longest} at most ({clock(most)}). All methods then take about "
            f"{clock(seconds)}, or {clock(seconds * longest / self.usual)} with {longest} "
            f"(skip it: {skip})"
        )

    def _trained(self, tried: Sequence[int], grid: Grid) -> list[RunTask]:
        """Runs of so many rounds; a ledger's would have no scores to compare."""
        work = [plan([lasting(self.baseline, n)], grid, f"{FOLDER}/{n}") for n in tried]
        stages = {stage.id: stage for one in work for stage in one.stages}
        runs = [run for one in work for run in one.runs]
        options = self.setup.options.model_copy(update={"ledger": None})
        alone = replace(self.setup, options=options)
        complete_all(alone, Work(tuple(stages.values()), tuple(runs)))
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
    if not found.tried:
        return f"{text}: whether more would gain was not tried, as all of it would take too long"
    if found.interval is None or found.gain is None:
        return f"{text}: what more would gain is not known"
    low, high = found.interval
    half = found.tried[-2].rounds
    text += (
        f": with the last {half} of them the baseline's {in_sentence(select)} on validation "
        f"improved by {found.gain:+.3f} [{low:+.3f}, {high:+.3f}]"
    )
    return f"{text}; more may gain, and was not tried" if low > 0 else text
