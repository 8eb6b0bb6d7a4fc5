"""Run tasks on a Ray cluster, which places them, and begins anew what a lost worker was at."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from counterpoise.errors import ArgumentError
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines import remote
from counterpoise.experiments.engines.joining import ADDRESS, joined, loaded
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.engines.parcel import STAGES, Parcel, stored
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.machine import cores, resolve_device
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    ProbeTask,
    Progress,
    RunTask,
    StageTask,
    Task,
    needs,
)

PREFIX = "://"
RETRIES = 3  # that Ray makes of a task whose worker or machine is lost
LOOK = 0.2  # seconds between two looks at what is finished


class RayEngine:
    """Stages and runs go to the cluster; what needs the files of this machine stays here.

    Dispatches may go on in several threads.

    Args:
        ray: the module, connected.
    """

    reads_files = False

    def __init__(self, ray: Any) -> None:
        self.ray = ray
        self._lock = threading.Lock()
        self._shared: list[tuple[Context, Any]] = []
        self._going: list[Context] = []
        self._news: Any = None

    def warm_up(self) -> None:
        """Nothing: workers of a cluster start when they are needed."""

    def device(self, asked: str) -> str:
        """As on this machine, which a GPU of the cluster has to have too."""
        found = resolve_device(asked)
        if ":" in found:
            raise ArgumentError(
                f"Ray gives each training a GPU of its own; got --device {asked} (give cuda)"
            )
        if not self.slots(found):
            raise ArgumentError(f"the Ray cluster has no free {found} (give --device, or add one)")
        return found

    def slots(self, device: str) -> int:
        """GPUs of the cluster, or its cores."""
        there = self.ray.cluster_resources()
        return int(there.get("GPU" if device.startswith("cuda") else "CPU", 0))

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """See `Engine`; what is to be done here is done by the local engine."""
        far = [t for t in tasks if isinstance(t, StageTask | RunTask | ProbeTask)]
        near = [t for t in tasks if not isinstance(t, StageTask | RunTask | ProbeTask)]
        done = LocalEngine().dispatch(near, context, 1, tell, clock) if near else {}
        self._going.append(context)
        try:
            return done | _Going(self, context, far, jobs, tell, clock or Clock()).finish()
        finally:
            self._going.remove(context)

    def shared(self, context: Context) -> Any:
        """What all tasks of a context read, in the object store.

        It stays there until another one comes after all dispatches of this one.
        """
        with self._lock:
            found = [reference for known, reference in self._shared if known == context]
            if not found:
                self._shared = [one for one in self._shared if one[0] in self._going]
                found = [self.ray.put(remote.Shared.of(context))]
                self._shared.append((context, found[0]))
            return found[0]

    def news(self) -> Any:
        """The actor that hears how far trainings are."""
        with self._lock:
            if self._news is None:
                self._news = self.ray.remote(num_cpus=0, max_restarts=-1)(remote.News).remote()
            return self._news


class _Going:
    """Tasks of one dispatch: given to Ray in their order, and committed when they come back.

    Not all of them are given at once, so that a run is scored before many other stages train.
    """

    def __init__(
        self,
        engine: RayEngine,
        context: Context,
        tasks: Sequence[remote.RemoteTask],
        jobs: int,
        tell: Callable[[Progress | Outcome], None],
        clock: Clock,
    ) -> None:
        self.engine, self.ray, self.context, self.jobs = engine, engine.ray, context, jobs
        self.tell, self.clock = tell, clock
        self.waiting = list(tasks)
        self.tasks = {task.id: task for task in tasks}
        self.done: dict[str, Outcome] = {}
        self.results: dict[str, Any] = {}  # references, by task
        self.going: dict[Any, remote.RemoteTask] = {}  # by reference
        unit = {"num_gpus": 1} if context.device.startswith("cuda") else {"num_cpus": 1}
        self.perform = self.ray.remote(max_retries=RETRIES, **unit)(remote.perform)

    def finish(self) -> dict[str, Outcome]:
        asked: Any = None
        try:
            while self.waiting or self.going:
                self.clock.tick()
                if self.clock.is_over:
                    self.clock.ended = True
                    break
                self._give()
                asked = self._hear(asked)
                ready, _ = (
                    self.ray.wait(list(self.going), num_returns=len(self.going), timeout=LOOK)
                    if self.going
                    else ([], [])
                )
                for reference in ready:
                    self._commit(reference)
        finally:
            for reference in self.going:  # at its end a comparison has none
                with suppress(Exception):
                    self.ray.cancel(reference, force=True)
        return self.done

    def _give(self) -> None:
        """Tasks to Ray, as long as fewer than twice as many as run at a time could start."""
        most = 2 * max(self.jobs, self.engine.slots(self.context.device))
        ready = sum(self._can_start(task) for task in self.going.values())
        while self.waiting and ready < most:
            task = self.waiting.pop(0)
            finished = self._finished(task)
            if finished is not None:
                self.done[task.id] = finished
                self.tell(finished)
                continue
            ready += self._can_start(task)
            before = [self._result(stage) for stage in needs(task)]
            shared, news = self.engine.shared(self.context), self.engine.news()
            reference = self.perform.remote(task, shared, news, *before)
            self.going[reference] = task
            self.results[task.id] = reference

    def _can_start(self, task: remote.RemoteTask) -> bool:
        return not any(self.results.get(stage) in self.going for stage in needs(task))

    def _finished(self, task: remote.RemoteTask) -> Outcome | None:
        """How a stage ended before, if it did."""
        if not isinstance(task, StageTask):
            return None
        ended = stage_done(self.context.out / STAGES / task.id)
        return None if ended is None else Outcome(task.id, ended.status, ended.error)

    def _result(self, stage: str) -> Any:
        """A reference to the parcel of a stage, which lies in the output folder or is to come."""
        if stage not in self.results:
            out = self.context.out
            ended = stage_done(out / STAGES / stage)
            assert ended is not None, "a stage comes after those that it needs"
            outcome = Outcome(stage, ended.status, ended.error)
            self.results[stage] = self.ray.put(stored(stage, outcome, out))
        return self.results[stage]

    def _commit(self, reference: Any) -> None:
        """Put in place what came back, and say so."""
        task = self.going.pop(reference)
        try:
            parcel: Parcel = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            lines = [line for line in str(error).splitlines() if line.strip()] or [repr(error)]
            why = f"Ray gave up its task after {RETRIES} more tries: {lines[0].strip()}"
            parcel = Parcel(Outcome(task.id, "failed", why))
        parcel.put(self.context.out)
        self.done[task.id] = parcel.outcome
        self.tell(parcel.outcome)

    def _hear(self, asked: Any) -> Any:
        """Tell what trainings said; the question that is open then."""
        if asked is None:
            return self.engine.news().take.remote(str(self.context.out))
        ready, _ = self.ray.wait([asked], timeout=0)
        if not ready:
            return asked
        with suppress(self.ray.exceptions.RayError):  # its machine was lost; Ray starts it again
            for name, (update, round_, rounds, loss) in self.ray.get(asked).items():
                if name in self.tasks and name not in self.done:
                    self.tell(Progress(self.tasks[name], update, round_, rounds, loss))
        return None


@contextmanager
def connected(address: str | None, jobs: int | None) -> Iterator[RayEngine]:
    """A cluster: that of the address, of RAY_ADDRESS, or one of this machine alone that ends.

    A program that is connected already stays so, and to the cluster that it chose.

    Raises:
        ArgumentError: Ray is not installed, or the address does not answer.
    """
    address = address or os.environ.get(ADDRESS)
    if jobs is not None and address is not None and not loaded().is_initialized():
        raise ArgumentError(
            "a Ray cluster trains as many at a time as it has cores or GPUs, so it takes no "
            f"--jobs; got {jobs} (leave it out; ray start --num-cpus says it for a machine)"
        )
    with joined(address, jobs or cores()) as ray:
        yield RayEngine(ray)
