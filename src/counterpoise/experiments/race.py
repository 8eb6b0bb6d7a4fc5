"""A race: all methods on the first splits, then only those that may still be the best.

The baseline stays, as advice compares with it, and so do controls: whoever asks for one wants it
beside the baseline on the same splits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from counterpoise.atomic import write_text
from counterpoise.experiments.identity import costs_in, digest
from counterpoise.experiments.plan import Work
from counterpoise.experiments.race_rule import FEWEST, Floats, Standing, leaving
from counterpoise.experiments.runner import complete, expect
from counterpoise.experiments.search.measured import measure
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import Context, Outcome, RunTask
from counterpoise.experiments.validated import drawn, validated
from counterpoise.metrics.names import in_sentence
from counterpoise.records import LeftPart, RaceRecord

FILE = "race.json"
BASELINE = "baseline"
DRAWS = 200  # bootstrap samples, of which only the variance is read


def race(
    setup: Setup, work: Work, before_runs: Callable[[], None] | None = None
) -> dict[str, Outcome]:
    """Complete splits one after the other, and decide after each who goes on.

    A decision is on disk before it acts, and a restart repeats it.

    Args:
        setup: of the comparison.
        work: every method on every split.
        before_runs: as in `complete`.
    """
    begun = before_runs is None

    def begin() -> None:
        nonlocal begun
        if not begun and before_runs is not None:
            begun = True
            before_runs()

    splits = list(setup.grid.seeds)
    kept = _begun(setup, work, len(splits))
    draws: dict[tuple[str, str], Floats] = {}  # by method and split: made once
    outcomes: dict[str, Outcome] = {}
    number = max(FEWEST, kept.decided)
    while True:
        part = _part(work, splits[:number], kept.left)
        outcomes |= complete(setup, part, None if begun else begin)
        if setup.clock.is_over or number >= len(splits):
            return outcomes
        if number > kept.decided:
            kept = _decided(setup, part, splits[:number], kept, draws)
            expect(setup, _part(work, splits, kept.left))
        number += 1


def _begun(setup: Setup, work: Work, splits: int) -> RaceRecord:
    """What was decided before, or a record of nothing, which is on disk."""
    select = setup.options.select
    costs = costs_in(select, setup.options.cost).values()
    question = digest([sorted(run.identity for run in work.runs), select, *costs])
    kept = RaceRecord.read_if_there(setup.out / FILE)
    if kept is None or kept.question != question:
        kept = RaceRecord(question=question, splits=splits, decided=0, left={})
        write_text(setup.out / FILE, kept.text())
    return kept


def _part(work: Work, splits: Sequence[str], left: Mapping[str, LeftPart]) -> Work:
    """The runs on these splits of methods that had not left before."""
    runs = [
        run
        for run in work.runs
        if run.split in splits
        and (run.recipe.name not in left or splits.index(run.split) < left[run.recipe.name].after)
    ]
    return work.needed(runs)


def _decided(
    setup: Setup,
    part: Work,
    splits: Sequence[str],
    kept: RaceRecord,
    draws: dict[tuple[str, str], Floats],
) -> RaceRecord:
    """The record with who leaves now, which is on disk."""
    racing: dict[str, list[RunTask]] = {}
    for run in part.runs:
        if run.recipe.name not in kept.left:
            racing.setdefault(run.recipe.name, []).append(run)
    select = setup.options.select
    standings: dict[str, Standing] = {}
    left: dict[str, LeftPart] = {}
    for name, runs in racing.items():
        measured = [measure(run, setup.context) for run in runs]
        values = [one.values.get(select) for one in measured]
        if any(one.status == "diverged" for one in measured) and name != BASELINE:
            left[name] = LeftPart(after=len(splits), leader=None, difference=None, interval=None)
        elif not any(run.recipe.control for run in runs) and None not in values:
            standings[name] = Standing(
                np.array(values, dtype=np.float64), _draws(name, runs, setup.context, draws)
            )
    left |= leaving(standings, select, (BASELINE,))
    made = kept.model_copy(update={"decided": len(splits), "left": {**kept.left, **left}})
    write_text(setup.out / FILE, made.text())
    if left:
        setup.display.say(_words(left, select, len(setup.grid.seeds), len(racing)))
    return made


def _draws(
    name: str, runs: Sequence[RunTask], context: Context, made: dict[tuple[str, str], Floats]
) -> Floats | None:
    """The metric in bootstrap samples of each split, (S, D); None without scores of samples."""
    for run in runs:
        if (name, run.split) not in made:
            known = validated(run, context)
            if known is None:
                return None
            found, groups = known
            rows = drawn(found.target, groups, DRAWS)
            made[name, run.split] = np.array([found.value(context.select, r) for r in rows])
    return np.array([made[name, run.split] for run in runs])


def _words(left: Mapping[str, LeftPart], select: str, of: int, racing: int) -> str:
    """The one line that is printed."""
    after = next(iter(left.values())).after
    leader = next((part.leader for part in left.values() if part.leader), None)
    behind = f", below {leader} in {in_sentence(select)} on validation" if leader else ""
    return (
        f"race, after {after} of {of} splits: {racing - len(left)} methods go on; "
        f"{', '.join(left)} left{behind}"
    )
