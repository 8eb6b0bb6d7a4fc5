"""Run tasks in worker processes forked from one server that has torch loaded."""

from __future__ import annotations

import multiprocessing as mp
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from types import ModuleType

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.machine import cores, resolve_device
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    Progress,
    RunTask,
    StackTask,
    StageTask,
    Task,
)
from counterpoise.experiments.worker import serve


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    started: float = field(default=0.0)


class LocalEngine:
    """Processes of this machine; see `Engine`. A worker that dies takes only its task with it."""

    reads_files = True

    def warm_up(self) -> None:
        """Start the server that loads torch, and go on: it loads while the caller reads data."""
        with _without_main():
            _context()
            forkserver.ensure_running()

    def device(self, asked: str) -> str:
        """What is there of what was asked for."""
        return resolve_device(asked)

    def slots(self, device: str) -> int:
        """One training for each core; one at a time on a GPU."""
        return 1 if device.startswith("cuda") else cores()

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """See `Engine`."""
        clock = clock or Clock()
        done: dict[str, Outcome] = {}
        ids = {one.id for task in tasks for one in _trained(task)}
        waiting = list(tasks)
        workers: list[_Worker] = []
        try:
            while waiting or any(w.task for w in workers):
                clock.tick()
                if clock.is_over:
                    clock.ended = True
                    break
                waiting = _assign(waiting, ids, done, workers, context, jobs, tell)
                for worker in _ready(workers, min(1.0, clock.left)):
                    message, task = _receive(worker), worker.task
                    if isinstance(message, Outcome):
                        if isinstance(task, StackTask) and not message.parts:
                            waiting = [*_halves(task), *_smaller(waiting, task, message)]
                        else:
                            done |= {one.id: one for one in message.parts or (message,)}
                        worker.task = None
                    if message is not None:
                        tell(message)
                    if not worker.process.is_alive() and worker.task is None:
                        workers.remove(worker)
        finally:
            _end(workers)
        return done


def _trained(task: Task) -> tuple[Task, ...]:
    """The stages of a stack; any other task is one."""
    return task.stages if isinstance(task, StackTask) else (task,)


def _halves(stack: StackTask) -> tuple[Task, ...]:
    """Of a stack that failed: what failed in it is found, and the others go on."""
    return stack.parts(-(-len(stack.stages) // 2))


def _smaller(waiting: Sequence[Task], failed: StackTask, how: Outcome) -> list[Task]:
    """What waits, no stack of it larger than half of one of its shape that memory did not hold."""
    most = max(1, len(failed.stages) // 2)
    return [
        part
        for task in waiting
        for part in (
            task.parts(most)
            if isinstance(task, StackTask) and how.out_of_memory and task.shape == failed.shape
            else (task,)
        )
    ]


def _assign(
    waiting: list[Task],
    ids: set[str],
    done: dict[str, Outcome],
    workers: list[_Worker],
    context: Context,
    jobs: int,
    tell: Callable[[Progress | Outcome], None],
) -> list[Task]:
    """Give every task that can start to a free worker; return the rest."""
    left: list[Task] = []
    for task in waiting:
        needed = [i for i in _needs(task) if i in ids]
        broken = [done[i] for i in needed if i in done and done[i].status != "ok"]
        if broken and isinstance(task, StageTask):
            done[task.id] = Outcome(task.id, broken[0].status, broken[0].error)
            tell(done[task.id])
        elif any(i not in done for i in needed):
            left.append(task)
        else:
            worker = _free(workers, context, jobs)
            if worker is None:
                left.append(task)
            else:
                worker.task, worker.started = task, time.monotonic()
                inherited = broken[0] if broken else None
                worker.pipe.send((task, inherited))
    return left


def _needs(task: Task) -> tuple[str, ...]:
    if isinstance(task, RunTask):
        return task.stages
    if isinstance(task, StageTask) and task.parent:
        return (task.parent,)
    return ()


def _free(workers: list[_Worker], context: Context, jobs: int) -> _Worker | None:
    for worker in workers:
        if worker.task is None and worker.process.is_alive():
            return worker
    if len(workers) >= jobs:
        return None
    ours, theirs = mp.Pipe()
    alone = context.devices == 1  # a daemon may not start the processes that share its training
    with _without_main():
        process = _context().Process(target=serve.serve, args=(theirs, context), daemon=alone)
        process.start()
    theirs.close()
    workers.append(_Worker(process, ours))
    return workers[-1]


def _ready(workers: list[_Worker], timeout: float) -> Iterator[_Worker]:
    busy = {worker.pipe: worker for worker in workers if worker.task}
    for pipe in wait(list(busy), timeout):
        assert isinstance(pipe, Connection)
        yield busy[pipe]


def _receive(worker: _Worker) -> Progress | Outcome | None:
    assert worker.task is not None
    try:
        message = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join(5)
        code = worker.process.exitcode
        why = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        hint = "; the machine may be out of memory, try --jobs 1" if code == -9 else ""
        reason = f"its process was ended by {why}{hint}"
        return Outcome(worker.task.id, "failed", reason, out_of_memory=code == -9)
    if isinstance(message, Outcome):
        return message
    update, round_, rounds, loss = message
    return Progress(worker.task, update, round_, rounds, loss)


def _end(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.pipe.close()
        worker.process.terminate()  # an idle one too: what it told of is on disk
    for worker in workers:
        worker.process.join(5)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _context() -> ForkServerContext:
    if sys.platform == "win32":  # pragma: no cover
        raise OSError("counterpoise runs its workers on Linux and macOS")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(serve.PRELOAD)
    return context


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the user's script from new processes, which would run it again to import it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
