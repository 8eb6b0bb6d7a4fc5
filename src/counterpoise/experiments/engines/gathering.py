"""Trainings of several comparisons that are held until there are stacks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.engines.one_of_several import Tell
from counterpoise.experiments.engines.stacking import unstacked
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.identity import digest
from counterpoise.experiments.stacks import shape, why_alone
from counterpoise.experiments.tasks import Context, Outcome, Progress, StackTask, StageTask, Task


@dataclass(eq=False)
class Held:
    """Trainings of one comparison that may share stacks with those of others.

    Args:
        context: of the comparison.
        stages: that are not finished.
        tell: hears of them.
        taken: they train, or nothing is held.
        done: they have ended, as far as they shared stacks.
        error: what was raised by whoever heard of them.
    """

    context: Context
    stages: Sequence[StageTask]
    tell: Tell
    taken: bool = False
    done: bool = False
    error: Exception | None = None

    def hear(self, message: Progress | Outcome) -> None:
        """Tell, without harm to the others."""
        if self.error is None:
            try:
                self.tell(message)
            except Exception as error:
                self.error = error


def held(tasks: Sequence[Task], context: Context, tell: Tell) -> Held:
    """What of the tasks may share a stack."""
    singles = [
        stage
        for task in tasks
        if isinstance(task, StageTask | StackTask)
        for stage in (task.stages if isinstance(task, StackTask) else (task,))
    ]
    folder = context.out / "stages"
    found = [s for s in singles if not why_alone(s) and stage_done(folder / s.id) is None]
    found = found if context.streamed is None else []
    return Held(context, found, tell, taken=not found, done=not found)


def stacked_together(wave: Sequence[Held], most: int) -> list[StackTask]:
    """Stacks of trainings of all of them; what is alone in its shape is left to its comparison."""
    seen: set[str] = set()
    groups: dict[str, list[tuple[StageTask, Context]]] = {}
    for one in wave:
        for stage in one.stages:
            if stage.id not in seen:  # else the other comparison trains the very same
                seen.add(stage.id)
                groups.setdefault(_key(stage, one.context), []).append((stage, one.context))
    made: list[StackTask] = []
    for key, members in groups.items():
        stages, contexts = zip(*members, strict=True)
        parts = StackTask(stages, key, contexts).parts(most)
        made += [p for p in parts if isinstance(p, StackTask) and len(p.stages) > 1]
    return made


def train_together(
    engine: Engine,
    wave: Sequence[Held],
    most: int,
    jobs: int,
    say: Callable[[str], None],
    clock: Clock,
) -> None:
    """Train the stacks of several comparisons; each hears of its own trainings."""
    tasks = stacked_together(wave, most)
    if not tasks:
        return
    owners = {stage.id: one for one in reversed(wave) for stage in one.stages}
    comparisons = len({context.out for task in tasks for context in task.contexts})
    number = sum(len(task.stages) for task in tasks)
    models = "1 model" if len(tasks) == 1 else f"{len(tasks)} models"
    cells = "1 cell" if comparisons == 1 else f"{comparisons} cells"
    say(f"stacked: {number} trainings of {cells}, {models} of at most {most}")

    def tell(message: Progress | Outcome) -> None:
        name = message.task.id if isinstance(message, Progress) else message.id
        owners[name].hear(message)

    engine.dispatch(tasks, wave[0].context, jobs, unstacked(tell, say), clock)


def _key(stage: StageTask, context: Context) -> str:
    """Equal for trainings of one shape, of whichever comparison."""
    inputs = np.load(context.inputs, mmap_mode="r", allow_pickle=False)
    sample = [list(inputs.shape[1:]), str(inputs.dtype), len(context.classes), context.kind]
    return digest([shape(stage), *sample])
