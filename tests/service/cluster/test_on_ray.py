"""Workers on a real Ray of two machines with PostgreSQL: killed one after the other."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service import demo
from counterpoise.service.database import shards
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import place
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.shards import SHARDS
from counterpoise.service.database.tables import Camera, Result

BOUND = 240.0  # seconds until a test gives up; nothing waits that long
DOWN = 20.0  # seconds without a database
CAMERAS = 8
HALF = [SHARDS // 2, SHARDS // 2]

SERVER = """
import sys
from pathlib import Path
from counterpoise.cli.exits import with_exit_code
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, database, engine, model, host, port, *keep = sys.argv[1:]
settings = Settings(folder=Path(folder), database=database, port=0, engine=engine,
                    keep_workers=bool(keep))
say = lambda line: print(line, flush=True)
with_exit_code(serve)(settings, Path(model), say, (host, int(port)))
"""


def wait_for(is_so: Callable[[], object], what: str) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() < begun + BOUND, what
        time.sleep(0.1)
    return time.monotonic() - begun


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.fixture
def address(postgresql) -> Iterator[str]:
    """Of a database whose commits survive a kill of the server, as an operator's do."""
    address = postgresql.database()
    name = address.rpartition("/")[2]
    postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    yield address
    postgresql.remove(address)


class Served:
    """A server on a cluster over emulated cameras, what its database says, and its workers."""

    def __init__(self, folder: Path, address: str, model: Path, cameras: str, heard) -> None:
        self.folder, self.address, self.model, self.cameras = folder, address, model, cameras
        self.heard = heard
        self.engine = open_database(place(folder, address))
        self.running: list[subprocess.Popen[str]] = []
        with self.engine.begin() as connection:
            for number in range(1, CAMERAS + 1):
                values = {"name": str(number), "kind": "snapshot", "interval": 0.2}
                url = f"{cameras}/{number}/good/snapshot"
                connection.execute(insert(Camera).values(**values, id=number * 8, url=url))

    def begin(self, engine: str, *keep: str) -> subprocess.Popen[str]:
        host, port = demo.place(self.cameras)
        given = [str(self.folder), self.address, engine, str(self.model), host, str(port), *keep]
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, *given],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.running.append(process)
        self.heard(process, "Ctrl-C", BOUND)
        return process

    def workers(self) -> dict[int, int]:
        """Shards of each worker, by its process."""
        with self.engine.connect() as connection:
            processes, found = shards.look(connection)
        return {
            int(p.name.rpartition(":")[2]): sum(s.holder == p.id for s in found.values())
            for p in processes.values()
            if p.role == "worker"
        }

    def share(self) -> list[int]:
        """Shards of each worker that lives."""
        return [number for pid, number in self.workers().items() if is_alive(pid)]

    def all_seen_since(self, begin: int) -> bool:
        try:
            with self.engine.connect() as connection:
                times = list(connection.scalars(select(Camera.last_frame)))
        except SQLAlchemyError:  # it is down
            return False
        return len(times) == CAMERAS and all(at is not None and at > begin for at in times)

    def seen_again(self, what: str) -> None:
        begun = time.time_ns() // 1000
        took = wait_for(lambda: self.all_seen_since(begun), what)
        print(f"{what}: all cameras are seen after {took:.1f} s")

    def check(self) -> None:
        """The account and the cameras' own count, when all have ended."""
        with urllib.request.urlopen(f"{self.cameras}/counts") as answer:
            total = sum(json.load(answer).values())
        with self.engine.connect() as connection:
            now = balance(connection)
            results = connection.scalar(select(func.count()).select_from(Result))
            keys = connection.execute(select(Result.camera_id, Result.at, Result.picture)).all()
        assert now.in_flight == 0
        assert now.analysed == results == len({(camera, at) for camera, at, _ in keys})
        assert 0 < results <= now.fetched <= total, "no frame is counted that was not sent"
        assert all((self.folder / "pictures" / key).is_file() for _, _, key in keys if key)


@pytest.fixture
def served(tmp_path: Path, address: str, exported, heard) -> Iterator[Served]:
    _, replay = demo.pictures(tmp_path)
    with demo.emulator(replay) as cameras:
        one = Served(tmp_path / "server", address, exported("model"), cameras, heard)
        yield one
        for process in one.running:
            if process.poll() is None:
                process.kill()
                process.communicate()
        one.engine.dispose()


@pytest.mark.system
def test_a_worker_the_pages_and_the_database_are_killed_or_paused_and_cameras_go_on(
    served: Served, machines, postgresql
) -> None:
    engine = f"ray://{machines(2).address}"
    pages = served.begin(engine)
    wait_for(lambda: served.share() == HALF, "a worker on each machine")
    served.seen_again("at the start")

    one = min(served.workers())
    os.kill(one, signal.SIGKILL)
    served.seen_again("a worker is killed")
    wait_for(lambda: served.share() == HALF, "Ray starts it again")
    workers = set(served.workers())
    assert one not in workers

    pages.kill()
    said, _ = pages.communicate()
    # None where its lease ended before Ray had begun it again: what Ray says is in test_hearing.py.
    assert said.count("has ended: its cameras are free for others") <= 1
    assert "no answer within" not in said
    served.seen_again("the pages are killed")
    again = served.begin(engine)
    assert set(served.workers()) == workers, "they are found, and none is made"

    paused = min(workers)
    os.kill(paused, signal.SIGSTOP)
    served.seen_again("a worker is paused for longer than its lease")
    wait_for(lambda: served.workers().get(max(workers)) == SHARDS, "the other has all")
    os.kill(paused, signal.SIGCONT)
    wait_for(lambda: served.share() == HALF, "it begins anew")
    assert set(served.workers()) == workers, "in the same process"

    postgresql.tell("kill")
    time.sleep(DOWN)
    postgresql.tell("start")
    served.seen_again("the database is back")
    wait_for(lambda: served.share() == HALF, "both share again")

    again.send_signal(signal.SIGTERM)
    said, _ = again.communicate(timeout=BOUND)
    assert again.returncode == 0, said
    assert not any(map(is_alive, workers)), "it ends what it began"
    assert served.workers() == {}
    served.check()


@pytest.mark.system
def test_machines_go_and_come_and_workers_are_kept_where_asked(served: Served, machines) -> None:
    there = machines(2)
    engine = f"ray://{there.address}"
    pages = served.begin(engine, "keep")
    wait_for(lambda: served.share() == HALF, "a worker on each machine")
    before = set(served.workers())
    there.tell("kill 1")
    served.seen_again("a machine is killed")
    wait_for(lambda: served.share() == [SHARDS], "one machine does all")
    there.tell("add")
    wait_for(lambda: served.share() == HALF, "a machine comes")
    workers = set(served.workers())
    assert len(workers & before) == 1

    pages.send_signal(signal.SIGTERM)
    said, _ = pages.communicate(timeout=BOUND)
    assert pages.returncode == 0, said
    assert "go on" in said
    assert set(served.workers()) == workers
    served.seen_again("the pages have ended, and workers are kept")
    ending = served.begin(engine)  # other settings: each worker is exchanged
    wait_for(lambda: served.share() == HALF and not workers & set(served.workers()), "new ones")
    ending.send_signal(signal.SIGTERM)
    said, _ = ending.communicate(timeout=BOUND)
    assert ending.returncode == 0, said
    served.check()
