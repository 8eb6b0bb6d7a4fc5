"""How long it will take, and what a budget leaves of it: fewer seeds, then fewer rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.errors import ArgumentError
from counterpoise.experiments import ledger, pool
from counterpoise.experiments.finished import stage_done, unfinished
from counterpoise.experiments.plan import Work
from counterpoise.experiments.progress import clock
from counterpoise.experiments.search import method
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import Context, ProbeTask, StageTask
from counterpoise.recipes.schema import Recipe
from counterpoise.records import AskedPart, BudgetRecord

RUN_SECONDS = 0.5  # scoring and saving a run, for the estimate


def within_budget(
    setup: Setup, recipes: tuple[Recipe, ...]
) -> tuple[Setup, tuple[Recipe, ...], list[str]]:
    """Say how much there is to do; trim seeds, then rounds, to what `budget` allows."""
    options, out, say = setup.options, setup.out, setup.display.say
    work = _expected(setup, recipes)
    budget, rounds = options.budget, work.runs[0].recipe.train.rounds
    fewer = rounds
    asked = AskedPart(
        budget=budget or 0.0,
        methods=tuple(recipe.name for recipe in recipes),
        seeds=tuple(setup.grid.seeds),
        rounds=rounds,
    )
    known = ledger.read(options.ledger)
    # An interrupted comparison goes on as it was cut: other rounds would train all anew.
    kept = _kept(out, asked) if budget else None
    if kept is not None:
        setup, recipes = _trimmed(setup, recipes, kept.seeds, kept.rounds)
        work = _expected(setup, recipes)
    left = _left(work, out, known)
    finished = len(work.runs) - len(left.runs)
    unit = "fold" if options.folds else "seed"
    trials = sum(run.is_trial for run in work.runs)
    head = (
        f"{_number(len(work.runs) - trials, 'run')} ({_number(len(recipes), 'method')} x "
        f"{_number(len(setup.grid.seeds), unit)})"
    )
    if trials:
        head += f" and {_number(trials, 'trial')} to choose settings"
    if finished:
        head += f", {finished} finished before"
    notes = [] if kept is None else _trims(kept)
    if not left.stages:
        say(f"{head}: nothing left to train")
        return setup, recipes, notes
    per_update = seconds_per_update(left.stages, setup.context, say)
    if per_update is None:
        say(f"{head}: {_number(len(left.stages), 'distinct training')}")
        return setup, recipes, notes

    def estimate(part: Work) -> float:
        updates = sum(stage.updates for stage in part.stages)
        return (updates * per_update + RUN_SECONDS * len(part.runs)) / setup.jobs

    if budget and kept is None:
        while estimate(left) > budget and len(setup.grid.seeds) > 1 and options.folds is None:
            setup, recipes = _trimmed(setup, recipes, list(setup.grid.seeds)[:-1], None)
            work = _expected(setup, recipes)
            left = _left(work, out, known)
        if estimate(left) > budget:
            fewer = max(1, math.floor(rounds * budget / estimate(left)))
            setup, recipes = _trimmed(setup, recipes, list(setup.grid.seeds), fewer)
            work = _expected(setup, recipes)
            left = _left(work, out, known)
        kept = BudgetRecord(asked=asked, seeds=tuple(setup.grid.seeds), rounds=fewer)
        write_text(out / "budget.json", kept.text())
    notes = [] if kept is None else _trims(kept)
    say(
        f"{head}: {_number(len(left.stages), 'distinct training')}, "
        f"{sum(stage.updates for stage in left.stages):,} updates, about "
        f"{clock(estimate(left))} with {setup.jobs} at a time on {setup.context.device}"
    )
    for note in notes:
        say(f"--budget: {note}")
    if budget and estimate(left) > budget:
        say("--budget: even that takes longer; fewer methods or a smaller model would fit")
    return setup, recipes, notes


def _expected(setup: Setup, recipes: Sequence[Recipe]) -> Work:
    """Trials and runs as one, runs last; a stage that both need once."""
    trials, work = method.expected(setup, recipes)
    stages = {stage.id: stage for stage in (*trials.stages, *work.stages)}
    return Work(tuple(stages.values()), (*trials.runs, *work.runs))


def _left(work: Work, out: Path, known: Collection[str]) -> Work:
    """Unfinished runs, less those that the ledger knows, and the stages they still need."""
    runs = [run for run in unfinished(work.runs, out) if run.identity not in known]
    needed = work.needed(runs)
    stages = (s for s in needed.stages if stage_done(out / "stages" / s.id) is None)
    return replace(needed, stages=tuple(stages))


def _trimmed(
    setup: Setup, recipes: tuple[Recipe, ...], seeds: Sequence[str], rounds: int | None
) -> tuple[Setup, tuple[Recipe, ...]]:
    """The same comparison on the named splits only, with so many rounds."""
    if rounds is not None:
        recipes = tuple(replace(r, train=replace(r.train, rounds=rounds)) for r in recipes)
    grid = setup.grid
    splits = {k: [s for s in v if s.name in seeds] for k, v in grid.splits.items()}
    grid = replace(grid, splits=splits, seeds={name: grid.seeds[name] for name in seeds})
    return replace(setup, grid=grid), recipes


def _kept(out: Path, asked: AskedPart) -> BudgetRecord | None:
    """What an earlier start of the same comparison kept; None when there was none."""
    kept = BudgetRecord.read_if_there(out / "budget.json")
    return kept if kept is not None and kept.asked == asked else None


def _trims(kept: BudgetRecord) -> list[str]:
    """What the budget did not allow, in words."""
    asked = kept.asked
    pairs = (
        (len(kept.seeds), len(asked.seeds), "seeds"),
        (kept.rounds, asked.rounds, "rounds"),
    )
    return [f"the budget allows {had} of {of} {what}" for had, of, what in pairs if had < of]


def seconds_per_update(
    stages: Sequence[StageTask], context: Context, say: Callable[[str], None] = lambda line: None
) -> float | None:
    """Seconds an update takes, by the first method that can start; None when none can.

    Args:
        stages: that are left to train.
        context: of the experiment.
        say: hears what of a weights file that method leaves out.

    Raises:
        ArgumentError: every method stops at the same fault of the user's, such as a model that
            cannot take these inputs.
    """
    faults = set()
    timed = [stage for stage in stages if stage.updates]  # not trees, nor heads made anew
    for stage in {stage.recipe.name: stage for stage in reversed(timed)}.values():
        if stage.parent is None or stage_done(context.out / "stages" / stage.parent):
            probe = ProbeTask(stage)
            outcome = pool.dispatch([probe], context, 1)[probe.id]
            if outcome.value is not None:
                if outcome.note:
                    say(outcome.note)
                return outcome.value
            faults.add(outcome.error if outcome.users_fault else None)
    if len(faults) == 1 and None not in faults:
        raise ArgumentError(str(faults.pop()))
    return None


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
