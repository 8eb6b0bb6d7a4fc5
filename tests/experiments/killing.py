"""A process in which comparisons are killed: it loads torch once, and forks for each of them.

Events are updates of a training and every step of writing a file: before it is flushed, before
it is renamed, after it is renamed, which is called "finished" for the end of a stage. The count is
kept in a file, for all processes together.
"""

import fcntl
import json
import multiprocessing as mp
import os
import signal
import sys
from pathlib import Path

from torch import Tensor

from counterpoise import atomic
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines import local
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.worker import score, stack, train  # noqa: F401 - torch, before any fork
from counterpoise.train.loop import Loop
from counterpoise.train.stacked import Stack


def serve() -> None:
    """Carry out each line of stdin, ``[out, count, at, more]``, and print how its process ended."""
    for line in sys.stdin:
        out, count, at, more = json.loads(line)
        child = os.fork()
        if not child:
            os.setsid()  # a kill ends the comparison and its workers, not this process
            watch_events(Path(count), at)
            local._context = lambda: mp.get_context("fork")  # type: ignore[assignment,return-value]
            local.LocalEngine.warm_up = lambda self: (
                None
            )  # torch is here already: no server need load it
            compare(Path(out), more)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def compare(out: Path, more: dict[str, object]) -> None:
    asked = {
        "dataset": "digits",
        "methods": ("baseline", "two-phase-over", "thresholding"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 1,
        "rounds": 2,
        "jobs": 2,
        "checkpoint_every": 0.0,
        "settings": {"train.batch_size": 256, "model.name": "mlp"},
        **more,
    }
    conduct(Options.of(asked), display("silent"))


def watch_events(count: Path, deadline: int) -> None:
    """Write down every event of this process and its children; kill them all at the deadline."""
    one_update, fsync, replace = Loop._one_update, os.fsync, os.replace
    update_all, seconds_per_update = Stack._update, Loop.seconds_per_update
    timed: list[Loop] = []

    def event(name: str) -> None:
        with open(count, "r+", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            lines = handle.read().splitlines()
            handle.write(f"{name}\n")
            handle.flush()
        if len(lines) + 1 == deadline:
            os.killpg(0, signal.SIGKILL)

    def counted_update(self: Loop) -> None:
        one_update(self)
        if self not in timed:
            event("update")

    def timing(self: Loop, *rest: float) -> float:
        """Its updates are no training's, and as many as the machine is fast."""
        timed.append(self)
        return seconds_per_update(self, *rest)

    def counted_update_of_all(self: Stack, update: int, index: Tensor) -> None:
        update_all(self, update, index)
        event("update")

    def counted_fsync(handle: int) -> None:
        event("writing")
        fsync(handle)

    def counted_replace(aside: str, path: str) -> None:
        event("renaming")
        replace(aside, path)
        event("finished" if Path(path).name == "done.json" else "renamed")

    event("planning")
    Loop._one_update = counted_update  # type: ignore[method-assign]
    Loop.seconds_per_update = timing  # type: ignore[method-assign]
    Stack._update = counted_update_of_all  # type: ignore[method-assign]
    atomic.os.fsync = counted_fsync  # type: ignore[attr-defined]
    atomic.os.replace = counted_replace  # type: ignore[attr-defined]
