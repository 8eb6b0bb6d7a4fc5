"""Have workers on every machine of a Ray cluster, while the server runs.

Nothing here decides which cameras a worker has: workers share them by leases, as those do that were
started by hand (resources/leases.py). Ray starts a worker again that dies; what is done here is to
make one where a machine has come, to free at once the cameras of one whose process Ray saw end, and
to end all at the end.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from counterpoise.errors import ArgumentError
from counterpoise.experiments.engines.joining import ADDRESS, joined
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.cluster.hearing import Hearing
from counterpoise.service.cluster.parcel import Parcel
from counterpoise.service.cluster.placed import END, Placed
from counterpoise.service.database.address import place
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

LOOK = 2.0  # seconds between two looks at the cluster
PART = 0.5  # seconds of those after which the end of this process is seen
CALLS = 16  # at a worker at a time; one that a killed server made ends after a while
SPACE = "counterpoise-serve"  # namespace of Ray

log = logging.getLogger(__name__)


def checked(settings: Settings) -> Settings:
    """The settings of a server: with workers elsewhere, it has the pages alone.

    Raises:
        ArgumentError: a worker is to begin workers, or there is no engine that has some.
    """
    if settings.engine == "local":
        if settings.keep_workers or settings.workers > 1:
            raise ArgumentError(
                f"workers are begun by --engine ray alone; got {settings.workers} for a machine"
                f"{', to be kept,' if settings.keep_workers else ''} with --engine local (begin "
                "workers by counterpoise serve --role worker, or leave the two settings out)"
            )
        return settings
    if settings.role == "worker":
        raise ArgumentError(
            f"workers of --engine {settings.engine} are started by Ray; got --role worker (leave "
            "one of the two out)"
        )
    return settings.model_copy(update={"role": "web"})


@contextmanager
def cluster(settings: Settings) -> Iterator[Any]:
    """The module of Ray, connected to the cluster of the engine; None where there is none.

    Raises:
        ArgumentError: Ray is not installed, the address does not answer, other machines cannot
            reach the database or the pictures, or workers cannot be kept.
    """
    if settings.engine == "local":
        yield None
        return
    address = settings.engine.removeprefix("ray").removeprefix("://") or os.environ.get(ADDRESS)
    if settings.keep_workers and not address:
        raise ArgumentError(
            "a Ray cluster that is begun here ends with this process, and its workers with it, so "
            "it keeps none (leave --keep-workers out, or begin one by `ray start --head` and name "
            "it: --engine ray://HOST:6379)"
        )
    with joined(address, os.cpu_count() or 1) as ray:
        elsewhere = sorted({n["NodeManagerHostname"] for n in _nodes(ray)} - {socket.gethostname()})
        if elsewhere and (why := _bound_here(settings)):
            raise ArgumentError(f"{why}; the cluster has {', '.join(elsewhere[:3])}, too")
        yield ray


@contextmanager
def placed(
    ray: Any,
    system: System,
    given: tuple[ExportedModel | Program, str],
    emulator: tuple[str, int] | None,
    say: Callable[[str], None],
) -> Iterator[None]:
    """Workers on the cluster for the block, or for longer where the settings say so.

    Args:
        ray: module of Ray, connected; None for no cluster.
        system: of this process.
        given: model or program that it was started with, and its name.
        emulator: address and port of the demo's cameras.
        say: prints a line for the operator.
    """
    if ray is None:
        yield
        return
    settings = system.settings
    parcel = Parcel.of(settings, *given, system.vault.content(), emulator)
    placing = Placing(ray, parcel, settings, system.leases.died)
    placing.look()
    say(f"{len(placing.workers)} workers on {settings.engine}: they begin within seconds")
    placing.start()
    try:
        yield
    finally:
        placing.stop()
        if settings.keep_workers:
            say("its workers go on; the same command finds them")
        else:
            placing.end()


class Placing:
    """Keeps `Settings.workers` workers on each machine of a cluster.

    Args:
        ray: module of Ray, connected.
        parcel: for each worker.
        settings: of the server.
        ended: frees the shards of a worker that has ended, by its name in the database.
    """

    def __init__(
        self, ray: Any, parcel: Parcel, settings: Settings,
        ended: Callable[[str], bool] = lambda holder: False,
    ) -> None:  # fmt: skip
        self._ray, self._parcel, self._settings = ray, parcel, settings
        self._identity = identity(settings)
        self.workers: dict[str, Any] = {}  # actors, by name
        self._said: dict[str, str] = {}  # what was logged of each
        # One that is lost is made anew at the next look, or its machine is gone.
        self._hearing = Hearing(ray, self._tell, ended, lambda name: self.workers.pop(name, None))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="cluster", daemon=True)

    def start(self) -> None:
        """Look again and again, from a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; workers go on."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def end(self) -> None:
        """End all workers of this server in order, at the same time."""
        with suppress(self._ray.exceptions.RayError):
            self._end([*self._known()])

    def look(self) -> None:
        """Make workers where there are none, end those of other settings, and hear all."""
        names = self._names()
        known = self._known()
        stale = [name for name in known if name not in names]
        self.workers = {
            name: self.workers.get(name) or self._made(name, node) for name, node in names.items()
        }
        if stale:  # once there are others, which take over what these let go
            self._end(stale)
        self._hearing.ask(self.workers)
        while self._hearing.hear(0.0):
            pass

    def _keep(self) -> None:
        while not self._ended.is_set():
            try:
                again = monotonic() + LOOK
                while monotonic() < again and not self._ended.is_set():
                    if not self._hearing.hear(PART):
                        self._hearing.ask_again()
                self.look()
            except self._ray.exceptions.RayError as error:
                self._tell("the cluster", f"cannot be asked: {type(error).__name__}")
                self._ended.wait(LOOK)
            except Exception:  # a defect of ours; workers go on
                log.exception("workers")
                self._ended.wait(LOOK)
            else:
                self._said.pop("the cluster", None)

    def _names(self) -> dict[str, str]:
        """Names of all workers that there should be, and the machine of each."""
        here, why = socket.gethostname(), _bound_here(self._settings)
        found = {}
        for node in _nodes(self._ray):
            if why and node["NodeManagerHostname"] != here:
                self._tell(node["NodeManagerHostname"], f"gets no worker: {why}")
                continue
            for number in range(self._settings.workers):
                name = f"{self._identity}/{self._parcel.mark}/{node['NodeID'][:16]}/{number}"
                found[name] = node["NodeID"]
        return found

    def _known(self) -> list[str]:
        """Names of all workers of this server that the cluster knows."""
        every = self._ray.util.list_named_actors(all_namespaces=True)
        own = f"{self._identity}/"
        return [a["name"] for a in every if a["namespace"] == SPACE and a["name"].startswith(own)]

    def _made(self, name: str, node: str) -> Any:
        """The worker of that name: the one that is there, or a new one."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        actor = self._ray.remote(Placed).options(
            name=name,
            namespace=SPACE,
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_concurrency=CALLS,
            num_cpus=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        )
        return actor.remote(self._parcel, self._identity)

    def _end(self, names: list[str]) -> None:
        found: Mapping[str, Any] = {name: worker for name in names if (worker := self._there(name))}
        asked = [worker.end.remote() for worker in found.values()]
        if asked:
            self._ray.wait(asked, num_returns=len(asked), timeout=END)
        for worker in found.values():
            with suppress(self._ray.exceptions.RayError):
                self._ray.kill(worker)

    def _there(self, name: str) -> Any:
        try:
            return self._ray.get_actor(name, namespace=SPACE)
        except ValueError:  # it ended meanwhile
            return None

    def _tell(self, name: str, error: str) -> None:
        """Log once what is wrong with a worker."""
        if error and self._said.get(name) != error:
            log.warning("worker %s: %s", name.partition("/")[2] or name, error)
        self._said[name] = error


def identity(settings: Settings) -> str:
    """Of a server: a few letters that no other one on the cluster has."""
    where = place(settings.folder.absolute(), settings.database)
    text = str(where) if isinstance(where, Path) else f"{where.host}:{where.port}/{where.database}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _nodes(ray: Any) -> list[dict[str, Any]]:
    """Machines that are there and have a core for work."""
    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]


def _bound_here(settings: Settings) -> str:
    """Why no other machine can work for this server; empty if one can."""
    if not settings.database:
        return (
            "several machines need a database that all reach, and this one is a file: --database "
            "postgresql://USER@HOST/NAME"
        )
    if not settings.pictures:
        return (
            "several machines need a store of pictures that all reach, and this one is a folder "
            "here: --store s3://BUCKET/PREFIX"
        )
    return ""
