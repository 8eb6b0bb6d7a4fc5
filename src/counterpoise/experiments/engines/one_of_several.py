"""An engine as one of several comparisons has it that share it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.tasks import Context, Outcome, Progress, Task

Tell = Callable[[Progress | Outcome], None]
Dispatch = Callable[[Sequence[Task], Context, int, Tell, Clock], dict[str, Outcome]]


class OneOfSeveral:
    """See `Engine`.

    Args:
        engine: that all of them share.
        given: does the tasks of this one.
        stacks: whether its trainings share stacks with those of others.
    """

    def __init__(self, engine: Engine, given: Dispatch, stacks: bool) -> None:
        self.engine, self.given, self.stacks = engine, given, stacks
        self.reads_files = engine.reads_files

    def warm_up(self) -> None:
        """See `Engine`."""
        self.engine.warm_up()

    def device(self, asked: str) -> str:
        """See `Engine`."""
        return self.engine.device(asked)

    def slots(self, device: str) -> int:
        """See `Engine`."""
        return self.engine.slots(device)

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Tell = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """See `Engine`."""
        return self.given(tasks, context, jobs, tell, clock or Clock())
