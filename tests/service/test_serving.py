"""The port, and the first user."""

import os
import signal
import socket
import time
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


def test_the_first_user_is_made_once(system) -> None:
    assert serving._first_admin(system) is None  # there are users already


def test_names_of_models(tmp_path) -> None:
    assert serving._name(tmp_path / "runs/weighted/fold-0/onnx") == "weighted"
    assert serving._name(tmp_path / "digits") == "digits"
    assert serving._name(tmp_path / "short" / "mean-0123456789ab") == "short"


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
    monkeypatch.setattr(serving, "use_one_heap", lambda: None)
    monkeypatch.setattr(serving, "_exported", lambda folder: (None, "m"))
    monkeypatch.setattr(serving, "Working", lambda *given: nullcontext(worker))
    monkeypatch.setattr(serving, "set_aside_what_stays", lambda: done.append("set aside"))

    def say(line: str) -> None:
        done.append(line.split()[0])
        if len(done) == 2:
            signal.raise_signal(signal.SIGTERM)

    serving.work(Settings(folder=tmp_path, role="worker"), tmp_path, say)
    assert done == ["set aside", "worker", "ending:"]
