"""What a comparison asks of whatever runs its tasks, and the engine that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.engines.ray_cluster import PREFIX, connected
from counterpoise.experiments.tasks import Context, Outcome, Progress, Task


class Engine(Protocol):
    """Runs tasks somewhere; when `dispatch` returns, all that they made lies in the output folder.

    `reads_files` says whether its workers see the files of this machine.
    """

    reads_files: bool

    def warm_up(self) -> None:
        """Begin to make ready, and go on."""
        ...

    def device(self, asked: str) -> str:
        """The device of each training.

        Raises:
            CounterpoiseError: it is not there, or cannot be asked for here.
        """
        ...

    def slots(self, device: str) -> int:
        """Trainings at a time, where nobody says how many."""
        ...

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = ...,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """Do tasks, each after the stages it needs, `jobs` at a time.

        A task whose predecessor diverged or failed inherits its status. On any exception, Ctrl-C
        among them, and where the clock's time is over, all that is going on is ended.

        Returns:
            task id -> how it ended; tasks that the clock ended are not among them.
        """
        ...


@contextmanager
def opened(name: str, jobs: int | None = None) -> Iterator[Engine]:
    """The engine of that name, for as long as the block goes on.

    Args:
        name: "local", "ray", or "ray://HOST:PORT".
        jobs: trainings at a time, where somebody said it.

    Raises:
        ArgumentError: Ray is not installed, or its address does not answer.
    """
    if name == "local":
        yield LocalEngine()
        return
    with connected(name.removeprefix("ray").removeprefix(PREFIX) or None, jobs) as cluster:
        yield cluster
