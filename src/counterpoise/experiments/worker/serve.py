"""A worker process: receives tasks, does each, and sends back progress and outcomes.

Importing this file loads no torch, so that whoever starts workers need not. What a worker does
with torch is imported in the worker, which is forked from a server that has `PRELOAD` loaded.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection

from counterpoise.errors import CounterpoiseError
from counterpoise.experiments.tasks import (
    CheckTask,
    Context,
    ExtractTask,
    OnProgress,
    Outcome,
    ProbeTask,
    StackTask,
    StageTask,
    Task,
)
from counterpoise.experiments.worker.signs import end_with_parent, sparingly

PRELOAD = ["counterpoise.experiments.worker.preload"]


def serve(pipe: Connection) -> None:
    """Do tasks until the other end of the pipe is gone."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import torch

    on_progress = sparingly(lambda *signs: _send(pipe, signs))
    while True:
        try:
            task, inherited, context = pipe.recv()
        except (EOFError, OSError):
            return
        torch.set_num_threads(context.threads)  # part of every stage's identity
        _send(pipe, attempt(task, inherited, context, on_progress))


def attempt(
    task: Task, inherited: Outcome | None, context: Context, on_progress: OnProgress
) -> Outcome:
    """Do one task; whatever goes wrong in it is its outcome, and the worker goes on."""
    try:
        return _do(task, inherited, context, on_progress)
    except CounterpoiseError as error:
        return Outcome(task.id, "failed", str(error), users_fault=True)
    except MemoryError:
        reason = "out of memory; try --jobs 1 or a smaller batch"
        return Outcome(task.id, "failed", reason, out_of_memory=True)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = (
            f"{type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"
        )
        if os.environ.get("COUNTERPOISE_TRACEBACK"):
            traceback.print_exc()
        return Outcome(task.id, "failed", reason)


def _do(
    task: Task, inherited: Outcome | None, context: Context, on_progress: OnProgress
) -> Outcome:
    """The function for each kind of task; a stage that is already on disk is left alone."""
    from counterpoise.experiments.worker import check, extract, score, stack, train

    if isinstance(task, StageTask):
        return train.train_stage(task, context, on_progress)
    if isinstance(task, StackTask):
        return stack.train_stack(task, context, on_progress)
    if isinstance(task, ProbeTask):
        return train.probe(task, context)
    if isinstance(task, CheckTask):
        check.check(task, context)
        return Outcome(task.id, "ok")
    if isinstance(task, ExtractTask):
        return Outcome(task.id, "ok", note=extract.extract_features(task, context, on_progress))
    return score.score_run(task, inherited, context)


def _send(pipe: Connection, message: object) -> None:
    """Send, or leave: a worker whose experiment is gone has nothing left to do."""
    try:
        pipe.send(message)
    except OSError:
        os._exit(1)
