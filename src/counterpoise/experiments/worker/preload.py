"""What the server of workers loads before it forks them."""

from __future__ import annotations

import gc
import signal
import sys
from multiprocessing import forkserver


def in_server() -> bool:
    """Whether this process is a server that multiprocessing started, and nobody's program."""
    return getattr(sys.modules["__main__"], "main", None) is forkserver.main


def load() -> None:
    """Load torch and all that does a worker's tasks.

    Lightning Fabric imports torchmetrics where it is installed, to learn its version, and with it
    come matplotlib, torchvision and transformers: two seconds in which nobody trains. No worker
    needs them, so it is told that there is no torchmetrics while it is loaded.

    What is loaded stays, so no search for garbage goes through it: that took a fifth of loading,
    and each worker would do it again, which also copies the memory that it shares with the server.
    """
    hidden = "torchmetrics"
    spare = hidden not in sys.modules
    if spare:
        sys.modules[hidden] = None  # type: ignore[assignment]  # makes its import fail
    gc.disable()
    try:
        from counterpoise.experiments.worker import (  # noqa: F401
            check,
            extract,
            score,
            stack,
            train,
        )  # fmt: skip
    finally:
        gc.freeze()
        gc.enable()
        if spare:
            del sys.modules[hidden]


if in_server():
    # Ctrl-C reaches every process of the terminal; this one ends with the comparison, in silence.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
