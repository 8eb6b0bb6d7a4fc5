"""Keep a process that runs for weeks as small as it was: one heap, and what is free given back."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of glibc's mallopt
LARGE = 1 << 20  # bytes of a block that is given back as soon as it is free
GIVE_BACK = 10.0  # seconds between two looks for other memory that is free


def use_one_heap() -> None:
    """Let all threads share one heap, from which large blocks stay away.

    The C library has a heap for each thread, which grows to the most that its thread ever needed;
    and once a camera has sent megabytes it takes such blocks from a heap, too, and leaves holes.
    After hours of requests the server is larger for nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, LARGE)


def set_aside_what_stays() -> None:
    """Have the garbage collector look at what came after the start alone.

    It looks at everything only when a quarter more is there than the last time. Modules are 300 000
    objects, so without this what SQLAlchemy leaves in cycles at each statement that it builds
    would be found after hours, and until then the server grows.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # which counts what is left


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Give back what is free within the heap, too, every `GIVE_BACK` seconds.

    Buffers of pictures come and go in an order that leaves holes, which the C library keeps.
    """
    trim, stopped = getattr(ctypes.CDLL(None), "malloc_trim", None), threading.Event()

    def give_back() -> None:
        while trim is not None and not stopped.wait(GIVE_BACK):
            trim(0)

    thread = threading.Thread(target=give_back, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
