"""Run tasks in worker processes forked from one server that has torch loaded."""

from __future__ import annotations

import multiprocessing as mp
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
    StackTask,
    StageTask,
    Task,
    needs,
)
from counterpoise.experiments.worker import serve

LOOK = 0.1  # seconds between two looks for a worker that another dispatch may have given back
_MAIN = threading.Lock()  # of `sys.modules["__main__"]`, which threads share


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None


class _Crew:
    """Workers of all dispatches that are going on; each is lent to one of them at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._lent = 0
        self._most: list[int] = []  # of each dispatch

    def open(self, jobs: int) -> None:
        """A dispatch begins, of so many tasks at a time."""
        with self._lock:
            self._most.append(jobs)

    def take(self, context: Context) -> _Worker | None:
        """A worker; None where as many are lent as the dispatch with the most may have."""
        alone = context.devices == 1  # a daemon may not start processes that share its training
        with self._lock:
            if self._lent >= max(self._most):
                return None
            self._idle = [worker for worker in self._idle if worker.process.is_alive()]
            fitting = [w for w in self._idle if w.process.daemon == alone]
            worker = fitting[0] if fitting else _started(alone)
            if fitting:
                self._idle.remove(worker)
            self._lent += 1
            return worker

    def give_back(self, worker: _Worker) -> None:
        """It has done its task, or has died at it."""
        with self._lock:
            worker.task = None
            self._lent -= 1
            if worker.process.is_alive():
                self._idle.append(worker)

    @property
    def is_shared(self) -> bool:
        """Whether another dispatch may give a worker back."""
        return len(self._most) > 1

    def close(self, jobs: int, busy: Sequence[_Worker]) -> None:
        """A dispatch has ended, and with it what is left of its tasks; the last one ends all."""
        with self._lock:
            self._most.remove(jobs)
            self._lent -= len(busy)
            idle = [] if self._most else self._idle
            self._idle = self._idle if self._most else []
        _end([*busy, *idle])


class LocalEngine:
    """Processes of this machine; see `Engine`. A worker that dies takes only its task with it.

    Dispatches may go on in several threads: all of them together have as many tasks going as the
    one that may have the most.
    """

    reads_files = True

    def __init__(self) -> None:
        self._crew = _Crew()

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
        busy: list[_Worker] = []
        self._crew.open(jobs)
        try:
            while waiting or busy:
                clock.tick()
                if clock.is_over:
                    clock.ended = True
                    break
                waiting = _assign(waiting, ids, done, busy, self._crew, context, jobs, tell)
                look = LOOK if waiting and len(busy) < jobs and self._crew.is_shared else 1.0
                for worker in _ready(busy, min(look, clock.left)):
                    message, task = _receive(worker), worker.task
                    if isinstance(message, Outcome):
                        busy.remove(worker)
                        self._crew.give_back(worker)
                        message = _of_one(task, message)
                        if isinstance(task, StackTask) and _goes_on(task, message):
                            waiting = [*_halves(task), *_smaller(waiting, task, message)]
                        else:
                            done |= {one.id: one for one in message.parts or (message,)}
                    tell(message)
        finally:
            self._crew.close(jobs, busy)
        return done


def _trained(task: Task) -> tuple[Task, ...]:
    """The stages of a stack; any other task is one."""
    return task.stages if isinstance(task, StackTask) else (task,)


def _of_one(task: Task | None, message: Outcome) -> Outcome:
    """How a stack of a single training failed is how that training did."""
    if isinstance(task, StackTask) and len(task.stages) == 1 and not message.parts:
        return replace(message, id=task.stages[0].id)
    return message


def _goes_on(stack: StackTask, message: Outcome) -> bool:
    return message.id == stack.id and not message.parts


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
    busy: list[_Worker],
    crew: _Crew,
    context: Context,
    jobs: int,
    tell: Callable[[Progress | Outcome], None],
) -> list[Task]:
    """Give every task that can start to a free worker; return the rest."""
    left: list[Task] = []
    for task in waiting:
        needed = [i for i in needs(task) if i in ids]
        broken = [done[i] for i in needed if i in done and done[i].status != "ok"]
        if broken and isinstance(task, StageTask):
            done[task.id] = Outcome(task.id, broken[0].status, broken[0].error)
            tell(done[task.id])
        elif any(i not in done for i in needed):
            left.append(task)
        else:
            worker = crew.take(context) if len(busy) < jobs else None
            if worker is None:
                left.append(task)
            else:
                busy.append(worker)
                worker.task = task
                inherited = broken[0] if broken else None
                worker.pipe.send((task, inherited, context))
    return left


def _started(alone: bool) -> _Worker:
    ours, theirs = mp.Pipe()
    with _without_main():
        process = _context().Process(target=serve.serve, args=(theirs,), daemon=alone)
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _ready(busy: Sequence[_Worker], timeout: float) -> Iterator[_Worker]:
    pipes = {worker.pipe: worker for worker in busy}
    for pipe in wait(list(pipes), timeout):
        assert isinstance(pipe, Connection)
        yield pipes[pipe]


def _receive(worker: _Worker) -> Progress | Outcome:
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
    with _MAIN:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
