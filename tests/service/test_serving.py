"""The port, and the first user."""

import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.service import serving
from counterpoise.service.settings import Settings


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ArgumentError, match=f"port {port}: .*--port names another"):
            serving._listening(Settings(port=port))


def test_an_answer_waits_for_no_word_that_its_head_has_come() -> None:
    with (
        serving._listening(Settings(port=0)) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_model_that_is_not_there_is_said_and_nothing_is_made(tmp_path) -> None:
    folder = tmp_path / "server"
    with pytest.raises(CheckpointError, match=r"export\.json"):
        serving.serve(Settings(folder=folder, port=0), tmp_path / "none", print)
    assert not folder.exists()


def test_all_threads_share_one_heap() -> None:
    """glibc would make others, each of which keeps the most that it ever needed."""
    code = """
import ctypes, sys, threading
if sys.argv[1] == "one":
    from counterpoise.service import serving
    serving._use_one_heap()
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
    from counterpoise.service import serving
    serving._use_one_heap()
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
    monkeypatch.setattr(serving.ctypes, "CDLL", lambda name: libc)
    monkeypatch.setattr(serving, "GIVE_BACK", 0.01)
    before = threading.active_count()
    with serving._memory_given_back():
        limit = time.monotonic() + 60
        while len(calls) < 3 and time.monotonic() < limit:
            time.sleep(0.01)
    assert len(calls) >= 3
    assert set(calls) == {0}
    assert threading.active_count() == before
    monkeypatch.setattr(serving.ctypes, "CDLL", lambda name: SimpleNamespace())
    with serving._memory_given_back():
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
        serving._set_aside_what_stays()
        assert collections() > 0
    finally:
        gc.unfreeze()
    assert len(stays) == 300_000


def test_the_first_user_is_made_once(system) -> None:
    assert serving._first_admin(system) is None  # there are users already


def test_names_of_models(tmp_path) -> None:
    assert serving._name(tmp_path / "runs/weighted/fold-0/onnx") == "weighted"
    assert serving._name(tmp_path / "digits") == "digits"


def test_sighup_loads_the_model_again(tmp_path, stub, monkeypatch) -> None:
    used, said, there = [], [], [stub]
    system = SimpleNamespace(model=stub, use=lambda model, name: used.append((model, name)))

    def load(folder):
        if not there:
            raise CheckpointError(f"{folder} is gone")
        return there[0]

    monkeypatch.setattr(serving.ExportedModel, "load", load)
    before = signal.getsignal(signal.SIGHUP)
    with serving._loading_again(system, tmp_path / "plants", said.append):
        for number in (1, 2):
            os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(1500):
                if len(said) == number:
                    break
                time.sleep(0.02)
            there.clear()
    assert signal.getsignal(signal.SIGHUP) == before
    assert used == [(stub, "plants")]
    assert "is loaded again" in said[0]
    assert said[1] == f"the model that runs goes on: {tmp_path / 'plants'} is gone"


def test_a_worker_too_sets_aside_what_stays(tmp_path, monkeypatch) -> None:
    done: list[str] = []
    worker = SimpleNamespace(leases=SimpleNamespace(name="here:1"))
    monkeypatch.setattr(serving, "_use_one_heap", lambda: None)
    monkeypatch.setattr(serving, "_exported", lambda folder: (None, "m"))
    monkeypatch.setattr(serving, "Working", lambda *given: nullcontext(worker))
    monkeypatch.setattr(serving, "_set_aside_what_stays", lambda: done.append("set aside"))

    def say(line: str) -> None:
        done.append(line.split()[0])
        if len(done) == 2:
            signal.raise_signal(signal.SIGTERM)

    serving.work(Settings(folder=tmp_path, role="worker"), tmp_path, say)
    assert done == ["set aside", "worker", "ending:"]
