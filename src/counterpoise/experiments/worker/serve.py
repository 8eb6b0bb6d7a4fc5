"""A worker process: receives tasks, sends progress and outcomes, loads torch only when it works."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection

from counterpoise.experiments.tasks import Context, Outcome, Task

PROGRESS_EVERY = 0.5  # seconds between signs of life


def nothing() -> None:
    """Do nothing: starting this starts the server that forks workers."""


def serve(pipe: Connection, context: Context) -> None:
    """Carry out tasks until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from counterpoise.experiments.worker import tasks_torch

    tasks_torch.prepare(context)
    sent = 0.0

    def watch(update: int, round_: int, rounds: int, loss: float | None) -> None:
        nonlocal sent
        now = time.monotonic()
        if now - sent > PROGRESS_EVERY:
            sent = now
            _send(pipe, (update, round_, rounds, loss))

    while True:
        try:
            task, inherited = pipe.recv()
        except (EOFError, OSError):
            return
        _send(pipe, _carry_out(task, inherited, context, watch))


def _carry_out(task: Task, inherited: Outcome | None, context: Context, watch: object) -> Outcome:
    import traceback

    from counterpoise.errors import CounterpoiseError
    from counterpoise.experiments.worker import tasks_torch

    try:
        return tasks_torch.carry_out(task, inherited, context, watch)  # type: ignore[arg-type]
    except CounterpoiseError as error:
        return Outcome(task.id, "failed", str(error), mendable=True)
    except MemoryError:
        return Outcome(task.id, "failed", "out of memory; try --jobs 1 or a smaller batch")
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = (
            f"{type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"
        )
        if os.environ.get("COUNTERPOISE_TRACEBACK"):
            traceback.print_exc()
        return Outcome(task.id, "failed", reason)


def _send(pipe: Connection, message: object) -> None:
    """Send, or leave: a worker whose experiment is gone has nothing left to do."""
    try:
        pipe.send(message)
    except OSError:
        os._exit(1)
