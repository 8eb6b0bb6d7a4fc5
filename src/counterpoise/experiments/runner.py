"""Carry out planned work: what the ledger knows is taken from it, the rest is trained."""

from __future__ import annotations

from dataclasses import replace

from counterpoise.atomic import write_text
from counterpoise.experiments import ledger, pool
from counterpoise.experiments.finished import stage_done, unfinished
from counterpoise.experiments.folder import write_failed
from counterpoise.experiments.machine import Conditions
from counterpoise.experiments.options import Question, data_table
from counterpoise.experiments.plan import Work
from counterpoise.experiments.progress import Display
from counterpoise.experiments.tasks import Context, Outcome, Task
from counterpoise.recipes import toml


def carry_out(
    question: Question,
    work: Work,
    context: Context,
    conditions: Conditions,
    display: Display,
) -> dict[str, Outcome]:
    """How each run that was carried out now ended; finished ones are not among them."""
    accepted = ledger.accept(question, unfinished(work.runs, context.out), context)
    left = [run for run in unfinished(work.runs, context.out) if run.identity not in accepted]
    needed = work.needed(left)
    display.begin([s for s in needed.stages if not stage_done(context.out / "stages" / s.id)])
    for run in needed.runs:
        recipe = replace(run.recipe, data=data_table(question, run.split))
        text = toml.dumps(recipe.as_dict(), recipe.title)
        write_text(context.out / run.folder / "recipe.toml", text)
    tasks: list[Task] = [*needed.stages, *needed.runs]
    outcomes = pool.execute(tasks, context, conditions.jobs, display.tell)
    for run in needed.runs:
        outcome = outcomes[run.id]
        if outcome.status == "failed":
            write_failed(run, outcome, context)
    return {run.id: outcomes[run.id] for run in needed.runs}
