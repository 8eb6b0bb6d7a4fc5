"""How long it will take: said before training, and whether a budget is enough to begin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from counterpoise.errors import ArgumentError
from counterpoise.experiments import ledger
from counterpoise.experiments.alternatives import alternatives
from counterpoise.experiments.engines.one_of_several import OneOfSeveral
from counterpoise.experiments.engines.stacking import StackingEngine
from counterpoise.experiments.finished import stage_done, unfinished
from counterpoise.experiments.plan import Work
from counterpoise.experiments.report_time import report_seconds
from counterpoise.experiments.search import method
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.stacks import stacks
from counterpoise.experiments.tasks import ProbeTask, StageTask
from counterpoise.recipes.schema import Recipe
from counterpoise.time_words import clock

RUN_SECONDS = 0.5  # scoring and saving a run, for the estimate


def announce(setup: Setup, recipes: Sequence[Recipe]) -> None:
    """Say how much there is to do and how long it takes, and let the display count it."""
    options, say = setup.options, setup.display.say
    work = expected(setup, recipes)
    left = _left(work, setup.out, ledger.read(options.ledger))
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
    if not left.stages:
        say(f"{head}: nothing left to train")
        return
    setup.display.expect(left.stages)
    for line in _stacked(setup, left.stages):
        say(line)
    per_update = seconds_per_update(left.stages, setup, say)
    if per_update is None:
        say(f"{head}: {_number(len(left.stages), 'distinct training')}")
        return
    updates = sum(stage.updates for stage in left.stages)
    seconds = seconds_of(setup, left, per_update)
    setup.clock.expect(seconds)
    splits, classes = setup.grid.splits["profile"], len(setup.context.classes)
    seconds += report_seconds(splits, classes, len(recipes))  # which a budget sets aside
    say(
        f"{head}: {_number(len(left.stages), 'distinct training')}, {updates:,} updates, about "
        f"{clock(seconds)} with {setup.jobs} at a time on {setup.context.device}"
        f"{' if none were stacked' if isinstance(setup.engine, StackingEngine) else ''}"
    )
    others = alternatives(setup, seconds)
    if others:
        say(others)


def _stacked(setup: Setup, stages: Sequence[StageTask]) -> list[str]:
    """Which trainings become one model, and why the others do not, where that was asked for."""
    if not isinstance(setup.engine, StackingEngine):
        return []
    if isinstance(setup.engine.engine, OneOfSeveral) and setup.engine.engine.stacks:
        return []  # which is said when others have come
    if setup.context.streamed is not None:
        return ["stacked: none, as images are decoded while they train (raise --image-memory)"]
    most = setup.engine.most
    return stacks(stages, most).lines(most)


def expected(setup: Setup, recipes: Sequence[Recipe]) -> Work:
    """Trials and runs as one, runs last; a stage that both need once."""
    trials, work = method.expected(setup, recipes)
    stages = {stage.id: stage for stage in (*trials.stages, *work.stages)}
    return Work(tuple(stages.values()), (*trials.runs, *work.runs))


def seconds_of(setup: Setup, work: Work, per_update: float) -> float:
    """Seconds that trainings and runs take, so many at a time."""
    updates = sum(stage.updates for stage in work.stages)
    return (updates * per_update + RUN_SECONDS * len(work.runs)) / setup.jobs


def _left(work: Work, out: Path, known: Collection[str]) -> Work:
    """Unfinished runs, less those that the ledger knows, and the stages they still need."""
    runs = [run for run in unfinished(work.runs, out) if run.identity not in known]
    needed = work.needed(runs)
    stages = (s for s in needed.stages if stage_done(out / "stages" / s.id) is None)
    return replace(needed, stages=tuple(stages))


def seconds_per_update(
    stages: Sequence[StageTask], setup: Setup, say: Callable[[str], None] = lambda line: None
) -> float | None:
    """Seconds an update takes, by the first method that can start; None when none can.

    Args:
        stages: that are left to train.
        setup: of the comparison.
        say: hears what of a weights file that method leaves out.

    Raises:
        ArgumentError: every method stops at the same fault of the user's, such as a model that
            cannot take these inputs.
    """
    faults = set()
    timed = [stage for stage in stages if stage.updates]  # not trees, nor heads made anew
    for stage in {stage.recipe.name: stage for stage in reversed(timed)}.values():
        if stage.parent is None or stage_done(setup.out / "stages" / stage.parent):
            probe = ProbeTask(stage)
            outcome = setup.engine.dispatch([probe], setup.context, 1)[probe.id]
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
