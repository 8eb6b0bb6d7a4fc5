"""An engine whose trainings of one shape go on as one model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.stacks import stacked
from counterpoise.experiments.tasks import Context, Outcome, Progress, StackTask, StageTask, Task


class StackingEngine:
    """Another engine, which is given stacks; whoever dispatches hears of single trainings alone.

    Args:
        engine: of this machine; it takes stacks.
        most: trainings in a stack, at least 2.
        say: prints a line for people.
    """

    def __init__(self, engine: Engine, most: int, say: Callable[[str], None]) -> None:
        self.engine, self.most, self.say = engine, most, say
        self.reads_files = engine.reads_files

    def warm_up(self) -> None:
        """See `Engine`."""
        self.engine.warm_up()

    def device(self, asked: str) -> str:
        """See `Engine`."""
        return self.engine.device(asked)

    def slots(self, device: str) -> int:
        """See `Engine`; stacks at a time."""
        return self.engine.slots(device)

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """See `Engine`. Samples that are decoded while they train are of single trainings."""
        given = list(tasks)
        if context.streamed is None:
            folder = context.out / "stages"
            stages = [task.id for task in tasks if isinstance(task, StageTask)]
            given = stacked(tasks, self.most, [s for s in stages if stage_done(folder / s)])

        return self.engine.dispatch(given, context, jobs, unstacked(tell, self.say), clock)


def unstacked(
    tell: Callable[[Progress | Outcome], None], say: Callable[[str], None]
) -> Callable[[Progress | Outcome], None]:
    """What hears of stacks, and tells of single trainings."""

    def heard(message: Progress | Outcome) -> None:
        if isinstance(message, Progress):
            stack = message.task
            stages = stack.stages if isinstance(stack, StackTask) else (stack,)
            for stage in stages:
                tell(replace(message, task=stage))
        elif not message.id.startswith("stack:"):
            tell(message)
        elif message.parts:
            if message.note:
                say(message.note)
            for part in message.parts:
                tell(part)
        else:
            number = message.id.rpartition(":")[2]
            say(f"a stack of {number} failed, and goes on in halves: {message.error}")

    return heard
