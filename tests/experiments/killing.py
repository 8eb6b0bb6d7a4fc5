"""Loaded by the workers' server in tests: kills the whole experiment at a chosen event.

Events are updates of a training and every step of writing a file: before it is flushed, before
it is renamed, after it is renamed. The count is kept in a file, for all processes together.
"""

import fcntl
import os
import signal

from counterpoise import atomic
from counterpoise.train.loop import Loop

COUNT, DEADLINE = os.environ.get("KILL_COUNT"), int(os.environ.get("KILL_AT", "0"))


def event(name: str) -> None:
    with open(COUNT, "r+", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        lines = handle.read().splitlines()
        handle.write(f"{name}\n")
        handle.flush()
    if len(lines) + 1 == DEADLINE:
        os.killpg(0, signal.SIGKILL)


if COUNT:
    one_update, fsync, replace = Loop._one_update, os.fsync, os.replace

    def counted_update(self: Loop) -> None:
        one_update(self)
        event("update")

    def counted_fsync(handle: int) -> None:
        event("writing")
        fsync(handle)

    def counted_replace(aside: str, path: str) -> None:
        event("renaming")
        replace(aside, path)
        event("renamed")

    Loop._one_update = counted_update  # type: ignore[method-assign]
    atomic.os.fsync = counted_fsync  # type: ignore[attr-defined]
    atomic.os.replace = counted_replace  # type: ignore[attr-defined]
