"""A process stays as small as it was."""

import ctypes
import gc
import subprocess
import sys
import threading
import time
from collections import deque
from types import SimpleNamespace

import pytest

from counterpoise.service import memory


def test_all_threads_share_one_heap() -> None:
    """glibc would make others, each of which keeps the most that it ever needed."""
    code = """
import ctypes, sys, threading
if sys.argv[1] == "one":
    from counterpoise.service import memory
    memory.use_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
meet = threading.Barrier(8)
def work():
    meet.wait(); libc.malloc(100); meet.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
"""
    if not hasattr(ctypes.CDLL(None), "malloc_info"):
        pytest.skip("needs the C library glibc")
    heaps = [
        subprocess.run(
            [sys.executable, "-c", code, how], check=True, capture_output=True, text=True
        ).stdout.count("<heap nr=")
        for how in ("one", "many")
    ]
    assert heaps[0] == 1 < heaps[1]


def test_what_was_large_and_is_free_is_given_back() -> None:
    """glibc would keep it from the second time on, since the first teaches it to."""
    code = """
import ctypes, sys
if sys.argv[1] == "ours":
    from counterpoise.service import memory
    memory.use_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
def mapped():
    return open("/proc/self/maps").read().count("[heap]") and int(
        [l for l in open("/proc/self/status") if l.startswith("VmData")][0].split()[1])
before = mapped()
first = libc.malloc(10 << 20); libc.free(first)
second = libc.malloc(10 << 20); above = libc.malloc(1 << 10); libc.free(second)
print(mapped() - before)
"""
    if not hasattr(ctypes.CDLL(None), "malloc_info"):
        pytest.skip("needs the C library glibc")
    kept = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, how], check=True, capture_output=True, text=True
            ).stdout
        )
        for how in ("ours", "theirs")
    ]
    assert kept[0] < 2000 < 9000 < kept[1]  # KiB


def test_what_is_free_within_the_heap_is_given_back(monkeypatch) -> None:
    calls: list[int] = []
    libc = SimpleNamespace(malloc_trim=calls.append)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: libc)
    monkeypatch.setattr(memory, "GIVE_BACK", 0.01)
    before = threading.active_count()
    with memory.memory_given_back():
        limit = time.monotonic() + 60
        while len(calls) < 3 and time.monotonic() < limit:
            time.sleep(0.01)
    assert len(calls) >= 3
    assert set(calls) == {0}
    assert threading.active_count() == before
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    with memory.memory_given_back():
        pass  # where the C library is another one


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="its collector takes small steps")
def test_cycles_are_found_soon_beside_much_that_stays() -> None:
    stays = [[] for _ in range(300_000)]  # as modules are, and more

    def collections() -> int:
        """Of everything, while 95 000 cycles are made and forgotten a while later."""
        before, lately = gc.get_stats()[2]["collections"], deque(maxlen=20_000)
        for _ in range(95_000):
            cycle = []
            cycle.append(cycle)
            lately.append(cycle)
        return gc.get_stats()[2]["collections"] - before

    gc.collect()
    assert collections() == 0
    try:
        memory.set_aside_what_stays()
        assert collections() > 0
    finally:
        gc.unfreeze()
    assert len(stays) == 300_000
