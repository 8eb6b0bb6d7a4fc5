"""Addresses at which no cluster answers are refused in time, and signals stay ours."""

import importlib.util
import signal
import socket
import threading

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments.engines import joining

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: counterpoise[ray]"
)


def test_an_address_where_nothing_listens_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing waits longer than for a connection, and Ray, which tries for long, is not begun."""
    waited: list[float] = []
    real = socket.create_connection

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        waited.append(timeout)
        return real(address, timeout)

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(joining.subprocess, "run", None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ArgumentError, match=f"no Ray cluster answers at 127.0.0.1:{port}"):
        joining.require_answer(f"127.0.0.1:{port}")
    assert waited == [joining.ANSWER]


@needs_ray
def test_what_listens_but_is_no_cluster_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "STATUS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(ArgumentError, match="does not answer as a Ray cluster"):
            joining.require_answer(f"127.0.0.1:{port}")


def test_signals_stay_those_of_the_command() -> None:
    assert threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    with joining.signals_kept():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) == before
