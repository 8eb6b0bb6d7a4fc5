"""Comparisons side by side on one engine: the next begins while the last runs of others train."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.engines.gathering import Held, held, train_together
from counterpoise.experiments.engines.one_of_several import OneOfSeveral, Tell
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    Progress,
    RunTask,
    Task,
    needs,
)

T = TypeVar("T")
Known = Callable[[Sequence[RunTask], Path], set[str]]  # ids of runs put into their folders
MOST = 2  # comparisons that are open, for each task at a time
PATIENCE = 5.0  # seconds for a comparison to end, when all of them are ended


class Together:
    """Each comparison has a thread, and one at a time does anything but wait for its tasks.

    So only the engine and what hears of tasks have to bear several threads. A run that several
    comparisons have in common is trained by the first, and the others wait for it.

    Args:
        engine: what runs their tasks; it can be asked from several threads.
        jobs: tasks at a time.
        known: fills the folders of runs that another comparison has finished.
        most: trainings in a stack; from 2 on those of several comparisons share stacks.
        say: prints a line for people.
    """

    def __init__(
        self,
        engine: Engine,
        jobs: int,
        known: Known = lambda runs, out: set[str](),
        most: int = 1,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.engine, self.jobs, self.known = engine, jobs, known
        self.most, self.say = most, say
        self._turn = threading.Lock()
        self._changed = threading.Condition()  # for all below
        self._open: set[int] = set()
        self._left: dict[int, dict[str, Task]] = {}  # of those that wait: tasks that go on
        self._owners: dict[tuple[str, str], int] = {}  # of runs
        self._held: dict[int, Held] = {}  # of those that train: what shares stacks with others'
        self._apart: set[int] = set()  # those that wait for runs of others
        self._more = False  # others may begin
        self._closing = False  # no other begins
        self._ended = False  # and those that are open have to end

    def each(
        self, items: Iterable[T], perform: Callable[[T, Engine], None]
    ) -> Iterator[tuple[T, Exception | None]]:
        """Perform all once, each with an engine of its own; give each back with its error.

        While one is given back, no other does anything but wait.
        """
        waiting, ended = deque(enumerate(items)), deque[tuple[int, T, BaseException | None]]()
        threads: list[threading.Thread] = []

        def begin(number: int, item: T) -> None:
            error: BaseException | None = None
            try:
                with self._turn:
                    self.require_going()
                    perform(
                        item,
                        OneOfSeveral(self.engine, partial(self.dispatch, number), self.most > 1),
                    )
            except BaseException as caught:  # is raised, or given back, by the thread that waits
                error = caught
            with self._changed:
                self._open.discard(number)
                self._owners = {run: n for run, n in self._owners.items() if n != number}
                ended.append((number, item, error))
                self._changed.notify_all()

        def is_news() -> bool:
            return bool(ended) or (bool(waiting) and self._has_room())

        try:
            while True:
                with self._changed:
                    if self._closing:
                        waiting.clear()
                    self._more = bool(waiting)
                    self._changed.notify_all()
                    if not (waiting or ended or self._open):
                        return
                    self._changed.wait_for(is_news)
                    if not ended:
                        number, item = waiting.popleft()
                        self._open.add(number)
                        name = f"comparison {number + 1}"
                        threads.append(
                            threading.Thread(
                                target=begin, args=(number, item), name=name, daemon=True
                            )
                        )
                        threads[-1].start()
                        continue
                    number, item, error = ended.popleft()
                if error is not None and not isinstance(error, Exception):
                    raise error
                with self._turn:
                    yield item, error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
            for thread in threads:
                thread.join(PATIENCE)

    def close(self) -> None:
        """Begin no other; those that are open go on to their ends."""
        self._closing = True

    def require_going(self) -> None:
        """End the thread that asks, if all of them are to end."""
        if self._ended:
            raise KeyboardInterrupt

    def _has_room(self) -> bool:
        """Whether another may begin: none works, and hardly a task waits for its turn."""
        if len(self._left) < len(self._open):
            return False
        if self.most > 1:
            held = sum(len(one.stages) for one in self._held.values() if not one.taken)
            room = self.most * self.jobs
            return self._all_hold and held < room and len(self._open) < room
        waits = sum(_can_start(left) for left in self._left.values())
        return waits <= self.jobs and len(self._open) < MOST * self.jobs

    @property
    def _all_hold(self) -> bool:
        """Whether none that is open will soon have more to stack."""
        return self._open <= self._held.keys() | self._apart

    def dispatch(
        self,
        number: int,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Tell,
        clock: Clock,
    ) -> dict[str, Outcome]:
        """Tasks of one comparison: first its own, then those that another one is at."""
        clock.watch = self.require_going
        own, others = self._divided(number, tasks)
        done = self._going(number, own, context, jobs, tell, clock)
        if not others:
            return done
        with self._waiting(number, {}), self._changed:
            self._apart.add(number)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or not self._are_elsewhere(number, others))
            self._apart.discard(number)
        self.require_going()
        found = self.known(others, context.out)
        left = [run for run in others if run.id not in found]
        again = {stage for run in left for stage in run.stages} | {run.id for run in left}
        now = {task.id for task in own}
        for task in tasks:
            if task.id not in now | again:
                done[task.id] = Outcome(task.id, "ok")
                tell(done[task.id])
        rest = [task for task in tasks if task.id in again]
        return done | self._going(number, rest, context, jobs, tell, clock)

    def _divided(self, number: int, tasks: Sequence[Task]) -> tuple[list[Task], list[RunTask]]:
        """Tasks that the comparison does now, and the runs that others are at."""
        runs = [task for task in tasks if isinstance(task, RunTask)]
        with self._changed:
            others = [run for run in runs if self._are_elsewhere(number, [run])]
            apart = {run.id for run in others}
            mine = [run for run in runs if run.id not in apart]
            self._owners |= {_key(run): number for run in mine if not run.is_trial}
        apart |= {stage for run in others for stage in run.stages}
        apart -= {stage for run in mine for stage in run.stages}
        return [task for task in tasks if task.id not in apart], others

    def _are_elsewhere(self, number: int, runs: Sequence[RunTask]) -> bool:
        return any(
            not run.is_trial and self._owners.get(_key(run), number) != number for run in runs
        )

    def _going(
        self,
        number: int,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Tell,
        clock: Clock,
    ) -> dict[str, Outcome]:
        left = {task.id: task for task in tasks}

        def heard(message: Progress | Outcome) -> None:
            if isinstance(message, Outcome):
                with self._changed:
                    left.pop(message.id, None)
                    self._changed.notify_all()
            tell(message)

        if not tasks:
            return {}
        with self._waiting(number, left):
            if self.most > 1 and any(isinstance(task, RunTask) for task in tasks):
                with self._holding(number, held(tasks, context, heard), clock):
                    return self.engine.dispatch(tasks, context, jobs, heard, clock)
            return self.engine.dispatch(tasks, context, jobs, heard, clock)

    @contextmanager
    def _holding(self, number: int, own: Held, clock: Clock) -> Iterator[None]:
        """First train what shares stacks with others, when there are enough or nobody has more."""
        with self._changed:
            self._held[number] = own
            self._changed.notify_all()
        try:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._ended or own.done or (not own.taken and self._is_full())
                )
                self.require_going()
                free = [one for one in self._held.values() if not one.taken]
                wave = [] if own.done else free
                for one in wave:
                    one.taken = True
            if wave:
                self._lead(wave, clock)
            if own.error is not None:
                raise own.error
            yield
        finally:
            with self._changed:
                del self._held[number]
                self._changed.notify_all()

    def _is_full(self) -> bool:
        """Whether those that are held fill stacks, or nobody else comes."""
        number = sum(len(one.stages) for one in self._held.values() if not one.taken)
        return number >= self.most * self.jobs or (
            self._all_hold and not (self._more and self._has_room())
        )

    def _lead(self, wave: Sequence[Held], clock: Clock) -> None:
        try:
            train_together(self.engine, wave, self.most, self.jobs, self.say, clock)
        finally:
            with self._changed:
                for one in wave:
                    one.done = True
                self._changed.notify_all()

    @contextmanager
    def _waiting(self, number: int, left: dict[str, Task]) -> Iterator[None]:
        """Let others have their turn."""
        with self._changed:
            self._left[number] = left
            self._changed.notify_all()
        self._turn.release()
        try:
            yield
        finally:
            self._turn.acquire()
            with self._changed:
                del self._left[number]


def _key(run: RunTask) -> tuple[str, str]:
    return run.identity, run.recipe.name


def _can_start(left: dict[str, Task]) -> int:
    """How many of these wait for none of them."""
    return sum(left.keys().isdisjoint(needs(task)) for task in left.values())
