"""Signs of life of a process that trains, and the end of one that nobody hears."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable

from counterpoise.experiments.tasks import OnProgress

PROGRESS_EVERY = 0.5  # seconds between signs of life


def sparingly(send: Callable[[int, int, int, float | None], None]) -> OnProgress:
    """Send a sign of life only now and then."""
    sent = 0.0

    def on_progress(update: int, round_: int, rounds: int, loss: float | None) -> None:
        nonlocal sent
        now = time.monotonic()
        if now - sent > PROGRESS_EVERY:
            sent = now
            send(update, round_, rounds, loss)

    return on_progress


def end_with_parent() -> None:
    """End at once when the comparison's process does, however it was ended.

    A training says so itself when its next sign of life cannot be sent; making samples, fitting
    trees or computing features may take minutes until then. Files are whole or absent.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker was started by a process"
    parent.join()
    os._exit(1)
