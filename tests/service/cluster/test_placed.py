"""A worker as Ray has it, without Ray: it begins by itself, whatever fails meanwhile."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from cryptography.fernet import Fernet

from counterpoise.predict import ExportedModel
from counterpoise.service.cluster import parcel, placed
from counterpoise.service.cluster.parcel import Parcel
from counterpoise.service.cluster.placed import Placed
from counterpoise.service.database import shards
from counterpoise.service.database.address import DATABASE
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

BOUND = 120.0  # seconds until a test gives up; nothing waits that long
KEY = Fernet.generate_key()


def wait_for(is_so: Callable[[], object], what: str) -> None:
    until = time.monotonic() + BOUND
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def workers(system: System) -> int:
    with system.engine.connect() as connection:
        processes, _ = shards.look(connection)
    return sum(process.role == "worker" for process in processes.values())


@pytest.fixture
def begun(monkeypatch) -> Iterator[Callable[[Parcel], Placed]]:
    monkeypatch.setattr(placed, "use_one_heap", lambda: None)  # the tests' own process goes on
    monkeypatch.setattr(placed, "set_aside_what_stays", lambda: None)
    monkeypatch.setattr(placed, "AGAIN", 0.05)
    made: list[Placed] = []

    def begin(one: Parcel) -> Placed:
        made.append(Placed(one, "a1"))
        return made[-1]

    yield begin
    for one in made:
        assert one.end()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "server", role="web", engine="ray")


def test_it_waits_for_the_server_works_and_ends(begun, settings, stub, exported) -> None:
    settings.folder.mkdir()
    worker = begun(Parcel.of(settings, stub, "stub", KEY))
    wait_for(lambda: "holds no database" in worker.state()[0], "it says what is missing")
    with System(settings, ExportedModel.load(exported("first")), "first") as system:
        wait_for(lambda: workers(system) == 1, "it works as soon as it can")
        wait_for(lambda: worker.state()[0] == "", "nothing is wrong any more")
        wait_for(lambda: worker.state()[1], "it is known by a name")
        with system.engine.connect() as connection:
            processes, _ = shards.look(connection)
        fault, holder, _ = worker.state()
        assert (fault, processes[holder].role) == ("", "worker")
        lasts = threading.Thread(target=worker.until_end)
        lasts.start()
        assert worker.end()
        lasts.join(BOUND)
        assert not lasts.is_alive(), "the call ends with it"
        assert workers(system) == 0


def test_on_another_machine_it_runs_the_program_it_was_sent_and_leaves_no_key(
    begun, settings, program, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "counterpoise" / "serve" / "a1"
    folder.mkdir(parents=True)
    (folder / DATABASE).symlink_to(settings.folder / DATABASE)  # a file that both reach
    own = settings.model_copy(update={"program": program.path})
    with System(own, program, program.name) as system:
        sent = Parcel.of(own, program, program.name, KEY)
        program.path.unlink()
        monkeypatch.setattr(parcel.socket, "gethostname", lambda: "far")
        worker = begun(sent)
        wait_for(lambda: workers(system) == 1, "it works")
        assert (folder / program.path.name).read_bytes() == sent.program
        assert [path.read_bytes() for path in folder.glob("camera-key*")] == [KEY]
        assert worker.end()
    assert list(folder.glob("camera-key*")) == []


def test_another_version_does_not_work_and_says_so(begun, settings, stub, monkeypatch) -> None:
    settings.folder.mkdir()
    sent = Parcel.of(settings, stub, "stub", KEY)
    monkeypatch.setattr(placed, "__version__", "9.9")
    worker = begun(sent)
    wait_for(lambda: worker.state()[0], "it says so")
    assert "this machine has counterpoise 9.9, and the server" in worker.state()[0]


def test_a_defect_is_told_and_tried_again(begun, settings, stub, monkeypatch) -> None:
    tries: list[int] = []

    def fails(self: Parcel, identity: str) -> Settings:
        tries.append(1)
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(Parcel, "unpacked", fails)
    worker = begun(Parcel.of(settings, stub, "stub", KEY))
    wait_for(lambda: len(tries) > 2, "it tries again")
    assert worker.state()[0] == "ZeroDivisionError: of ours"


def test_each_process_has_a_name_of_its_own_whether_it_works_or_not(begun, settings, stub) -> None:
    sent = Parcel.of(settings, stub, "stub", KEY)
    names = [one.state()[2] for one in (begun(sent), begun(sent))]
    assert all(names)
    assert len(set(names)) == 2


def test_what_is_not_installed_on_its_machine_is_told(begun, settings, stub, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "counterpoise.service.working", None)
    worker = begun(Parcel.of(settings, stub, "stub", KEY))
    wait_for(lambda: worker.state()[0], "it says so")
    assert worker.state()[0].startswith("ModuleNotFoundError: ")


def test_it_answers_before_what_takes_long_is_loaded() -> None:
    """So that the cameras of the process before are soon others'."""
    script = """
import sys
import counterpoise.service.cluster.placed
print(*{"sqlalchemy", "numpy", "aiohttp", "onnxruntime", "structlog"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
