"""Complete planned work: what the ledger knows is taken from it, the rest is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from counterpoise.experiments import ledger
from counterpoise.experiments.clock import TimeUpError
from counterpoise.experiments.data_table import data_table
from counterpoise.experiments.finished import stage_done, unfinished
from counterpoise.experiments.plan import Work
from counterpoise.experiments.run_folder import write_failed, write_recipe
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.shared import take
from counterpoise.experiments.tasks import Outcome, Progress, Task


def complete(
    setup: Setup, work: Work, before_runs: Callable[[], None] | None = None
) -> dict[str, Outcome]:
    """How each run that was trained or scored now ended; finished ones are not among them.

    Nor are those that the setup's clock ended, or kept from beginning.

    Args:
        setup: of the comparison.
        work: what is wanted; what is finished of it is not done again.
        before_runs: called once, when the first training has ended and no run folder is changed.
    """
    out = setup.out
    accepted = ledger.accept(setup.options.ledger, unfinished(work.runs, out), out)
    take(setup.options.shelf, unfinished(work.runs, out), out)
    left = [run for run in unfinished(work.runs, out) if run.identity not in accepted]
    needed = work.needed(left)
    trained = {s.id for s in needed.stages if not stage_done(out / "stages" / s.id)}
    setup.display.begin([stage for stage in needed.stages if stage.id in trained])
    # A run whose stages are there already is scored while others train.
    runs = {run.id: run for run in needed.runs}
    begun = before_runs is None or any(trained.isdisjoint(run.stages) for run in needed.runs)
    if begun:
        if before_runs:
            before_runs()
        _write_recipes(setup, needed)

    def tell(message: Progress | Outcome) -> None:
        nonlocal begun
        if before_runs and not begun and isinstance(message, Outcome):  # a run waits for a stage's
            begun = True
            before_runs()
            _write_recipes(setup, needed)
        setup.display.tell(message)
        if isinstance(message, Outcome) and message.status == "ok" and message.id in runs:
            ledger.add(setup.options.ledger, runs[message.id], out)

    outcomes = setup.engine.dispatch(
        _in_order(needed), setup.context, setup.jobs, tell, setup.clock
    )
    ended = [run for run in needed.runs if run.id in outcomes]
    for run in ended:
        outcome = outcomes[run.id]
        if outcome.status == "failed":
            write_failed(out, run, outcome)
    return {run.id: outcomes[run.id] for run in ended}


def complete_all(setup: Setup, work: Work) -> None:
    """Complete work that all the rest needs.

    Raises:
        TimeUpError: the setup's clock ended some of it.
    """
    complete(setup, work)
    if setup.clock.ended and unfinished(work.runs, setup.out):
        raise TimeUpError


def expect(setup: Setup, work: Work) -> None:
    """Let the display count all trainings of the work that are not finished."""
    folder = setup.out / "stages"
    setup.display.expect([s for s in work.stages if stage_done(folder / s.id) is None])


def _write_recipes(setup: Setup, work: Work) -> None:
    for run in work.runs:
        recipe = replace(run.recipe, data=data_table(setup.options, run.split))
        write_recipe(setup.out / run.folder, recipe)


def _in_order(work: Work) -> list[Task]:
    """Each run right after the stages it needs, so that an interruption leaves finished runs."""
    stages = {stage.id: stage for stage in work.stages}
    tasks: list[Task] = []
    for run in work.runs:
        tasks += [stages.pop(stage) for stage in run.stages if stage in stages]
        tasks.append(run)
    return [*tasks, *stages.values()]
