"""Workers beside a server with pages: in one process, and in processes that are killed."""

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

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service import demo
from counterpoise.service.database import candidates, shards
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.shards import SENT, SHARDS
from counterpoise.service.database.tables import Camera, Result
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion import promoting
from counterpoise.service.settings import Settings
from counterpoise.service.system import System
from counterpoise.service.working import Working

BOUND = 120.0  # seconds until a test gives up; nothing waits that long


def wait_for(is_so: Callable[[], object], what: str, bound: float = BOUND) -> None:
    until = time.monotonic() + bound
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_a_worker_without_a_server_says_what_to_start_first(tmp_path, stub) -> None:
    with pytest.raises(ArgumentError, match=r"holds no database; .*: start it with --role web"):
        Working(Settings(folder=tmp_path, role="worker"), stub, "stub").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_whose_store_of_pictures_is_refused_does_not_start(
    tmp_path, stub, monkeypatch
) -> None:
    def refused(store) -> None:
        raise ArgumentError("pictures cannot be kept in it")

    settings = Settings(folder=tmp_path, role="web")
    with System(settings, stub, "stub") as system:
        monkeypatch.setattr(PictureStore, "require_working", refused)
        update = {"role": "worker", "pictures": (tmp_path / "elsewhere").as_uri()}
        with pytest.raises(ArgumentError, match="pictures cannot be kept"):
            Working(settings.model_copy(update=update), stub, "stub").__enter__()
        with system.engine.connect() as connection:
            processes, _ = shards.look(connection)
        assert len(processes) == 1, "it has not joined"


def test_a_worker_of_another_machine_takes_the_models_from_the_store(
    tmp_path, database, exported, quick
) -> None:
    """It has neither a model of its own, nor the server's folder; and follows a promotion."""
    here, there = tmp_path / "server", tmp_path / "worker"
    here.mkdir()
    there.mkdir()
    if not database:  # a file that both reach
        (there / DATABASE).symlink_to(here / DATABASE)
    pictures = (tmp_path / "store").as_uri()
    settings = Settings(folder=here, role="web", database=database, pictures=pictures)
    with System(settings, ExportedModel.load(exported("first")), "first") as system:
        own = settings.model_copy(update={"folder": there, "role": "worker"})
        with Working(own, None, "") as worker:
            assert (worker.name, worker.model.digest) == ("first", system.model.digest)
            number = promoting.add(system.engine, here, exported("second", 0.3), "kim", 5)
            promoting.promote(system.engine, here, number, "kim", 6)
            wait_for(lambda: worker.name == "second", "it runs the model that was promoted")
            assert worker.model.folder.is_relative_to(there)
            system.following.sync()
            assert worker.model.digest == system.model.digest


def test_the_pages_fetch_nothing_and_a_worker_all_until_it_ends(tmp_path, stub, jpeg) -> None:
    replay = tmp_path / "replay"
    replay.mkdir()
    for grey in (10, 240):
        (replay / f"{grey}.jpg").write_bytes(jpeg(grey))
    folder = tmp_path / "server"
    settings = Settings(folder=folder, role="web", replay_folders=(str(replay),))
    with System(settings, stub, "stub") as system:
        with system.engine.begin() as connection:
            for number in (3, 4):
                values = {"id": number, "name": "r", "kind": "replay", "url": str(replay)}
                connection.execute(insert(Camera).values(**values, interval=0.05))

        def results() -> int:
            with system.engine.connect() as connection:
                return connection.scalar(select(func.count()).select_from(Result))

        system.reassign()
        assert set(system.leases.held) == {SENT}
        with Working(settings.model_copy(update={"role": "worker"}), stub, "stub") as worker:
            assert set(worker.leases.held) == set(range(1, SHARDS + 1))
            wait_for(lambda: results() >= 4, "a worker fetches")
        with system.engine.connect() as connection:
            now = balance(connection)
            _, found = shards.look(connection)
        assert now.in_flight == 0
        assert now.analysed == results()
        assert {shard.holder for n, shard in found.items() if n != SENT} == {None}


def test_a_candidate_sees_the_frames_of_a_worker(tmp_path, database, exported, quick, jpeg) -> None:
    """The pages fetch nothing, so what it saw is of the worker."""
    replay = tmp_path / "replay"
    replay.mkdir()
    for grey in (10, 240):
        (replay / f"{grey}.jpg").write_bytes(jpeg(grey))
    folder = tmp_path / "server"
    settings = Settings(folder=folder, role="web", database=database, replay_folders=(str(replay),))
    with System(settings, ExportedModel.load(exported("first")), "first") as system:
        number = promoting.add(system.engine, folder, exported("second", 0.3), "kim", 5)
        with system.engine.begin() as connection:
            values = {"id": 3, "name": "r", "kind": "replay", "url": str(replay)}
            connection.execute(insert(Camera).values(**values, interval=0.05))
            candidates.shadow(connection, number, False, 6, "kim")
        with Working(settings.model_copy(update={"role": "worker"}), None, ""):

            def seen() -> int:
                with system.engine.connect() as connection:
                    return candidates.one(connection, number).seen

            wait_for(lambda: seen() >= 2, "it sees frames")
        with system.engine.connect() as connection:
            found = candidates.one(connection, number)
            pairs = candidates.pairs(connection, found.model, system.following.running)
            results = connection.scalar(select(func.count()).select_from(Result))
        assert sum(tally.number for tally in pairs.values()) == found.seen
        assert found.seen + found.skipped <= results


PROCESS = """
import sys
from pathlib import Path
from counterpoise.cli.exits import with_exit_code
from counterpoise.service import serving
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion import promoting
from counterpoise.service.settings import Settings
role, folder, database, model, host, port = sys.argv[1:]
settings = Settings(folder=Path(folder), database=database, port=0, role=role)
say = lambda line: print(line, flush=True)
begin = serving.work if role == "worker" else serving.serve
with_exit_code(begin)(settings, Path(model), say, (host, int(port)))
"""


@pytest.fixture
def started(
    tmp_path: Path, database: str, exported, heard
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A process of a role, over emulated cameras; all are killed at the end."""
    running: list[subprocess.Popen[str]] = []
    model = exported("model")

    def begin(role: str, address: str) -> subprocess.Popen[str]:
        host, port = demo.place(address)
        given = [role, str(tmp_path / "server"), database, str(model), host, str(port)]
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, *given],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        heard(process, "Ctrl-C")
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
            process.communicate()


def sent(address: str) -> int:
    with urllib.request.urlopen(f"{address}/counts") as answer:
        return sum(json.load(answer).values())


@pytest.mark.system
def test_a_killed_and_a_paused_worker_lose_their_cameras_and_no_frame_counts_twice(
    tmp_path: Path, database: str, started
) -> None:
    """Two workers and pages: one is killed, one is paused, then all end in order."""
    folder = tmp_path / "server"
    folder.mkdir()
    _, replay = demo.pictures(tmp_path)
    with demo.emulator(replay) as address:
        engine = open_database(place(folder, database))
        with engine.begin() as connection:
            for number in range(1, 9):
                values = {"name": str(number), "kind": "snapshot", "interval": 0.2}
                url = f"{address}/{number}/good/snapshot"
                connection.execute(insert(Camera).values(**values, id=number * 8, url=url))

        def holders() -> dict[str, int]:
            with engine.connect() as connection:
                processes, found = shards.look(connection)
            return {
                p.name.rpartition(":")[2]: sum(s.holder == p.id for s in found.values())
                for p in processes.values()
            }

        def newest() -> dict[int, int]:
            with engine.connect() as connection:
                return dict(connection.execute(select(Camera.id, Camera.last_frame)).all())

        def all_seen_since(begin: int) -> bool:
            return all(at is not None and at > begin for at in newest().values())

        pages = started("web", address)
        one, two = started("worker", address), started("worker", address)
        half = SHARDS // 2
        wait_for(
            lambda: holders() == {str(pages.pid): 1, str(one.pid): half, str(two.pid): half},
            "two workers share",
        )
        os.kill(one.pid, signal.SIGKILL)
        one.communicate()
        killed, begun = time.time_ns() // 1000, time.monotonic()
        wait_for(lambda: all_seen_since(killed), "the other takes over")
        took = time.monotonic() - begun
        print(f"a worker's death cost its cameras {took:.1f} s")
        assert holders().get(str(two.pid)) == SHARDS

        three = started("worker", address)
        wait_for(lambda: holders().get(str(three.pid)) == half, "a third one shares")
        os.kill(three.pid, signal.SIGSTOP)
        stopped = time.time_ns() // 1000
        wait_for(lambda: all_seen_since(stopped), "the other takes over again")
        wait_for(lambda: holders().get(str(two.pid)) == SHARDS, "all of it")
        os.kill(three.pid, signal.SIGCONT)
        wait_for(lambda: holders().get(str(three.pid)) == half, "it begins anew")

        for process in (two, three, pages):
            process.send_signal(signal.SIGTERM)
        for process in (two, three, pages):
            _, said = process.communicate(timeout=120)
            assert process.returncode == 0, said
        total = sent(address)
        with engine.connect() as connection:
            now = balance(connection)
            results = connection.scalar(select(func.count()).select_from(Result))
            keys = connection.execute(select(Result.camera_id, Result.at, Result.picture)).all()
            assert holders() == {}
        engine.dispose()
    assert now.in_flight == 0
    assert now.analysed == results == len({(camera, at) for camera, at, _ in keys})
    assert 0 < results <= now.fetched <= total, "no frame is counted that was not sent"
    pictures = {str(path.relative_to(folder / "pictures")) for path in
                (folder / "pictures").rglob("*.jpg")}  # fmt: skip
    assert {picture for _, _, picture in keys} <= pictures
