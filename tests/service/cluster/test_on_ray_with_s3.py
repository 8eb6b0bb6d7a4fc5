"""Machines of a real Ray that share a database and a store of S3, and no folder and no model."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import func, insert, select

from counterpoise.predict import ExportedModel
from counterpoise.service import demo
from counterpoise.service.database import label_queue, people, shards, tokens
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import place
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.shards import SHARDS
from counterpoise.service.database.tables import Camera, Model, Result, User

BOUND = 240.0  # seconds until a test gives up; nothing waits that long
CAMERAS = 8

# On a machine of its own, as its name says: no worker finds its folder.
SERVER = """
import socket, sys
from pathlib import Path
from counterpoise.cli.exits import with_exit_code
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
socket.gethostname = lambda: "web"
folder, database, store, engine, model, host, port = sys.argv[1:]
settings = Settings(folder=Path(folder), database=database, pictures=store, port=0, engine=engine)
say = lambda line: print(line, flush=True)
with_exit_code(serve)(settings, Path(model), say, (host, int(port)))
"""


def wait_for(is_so: Callable[[], object], what: str) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() < begun + BOUND, what
        time.sleep(0.1)


@pytest.fixture
def address(postgresql) -> Iterator[str]:
    found = postgresql.database()
    yield found
    postgresql.remove(found)


@pytest.fixture
def engine(tmp_path: Path, address: str) -> Iterator:
    """The database, with cameras, and with somebody who has a token."""
    engine = open_database(place(tmp_path, address))
    yield engine
    engine.dispose()


@pytest.fixture
def ask(engine, secret: str) -> Callable:
    """Ask a server as an admin's program; what it answers."""
    with engine.begin() as connection:
        people.add_user(connection, "kim", secret, "admin", 1, "the test")
        kim = connection.scalar(select(User.id))
        token = tokens.add_token(connection, kim, "program", "admin", 1, "kim")

    def asked(url: str, method: str = "GET", body: object = None) -> bytes:
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, sent, head, method=method)
        with urllib.request.urlopen(request, timeout=BOUND) as answer:
            return answer.read()

    return asked


@pytest.mark.system
def test_each_machine_takes_the_promoted_model_from_the_store(
    tmp_path, address, bucket, engine, ask, exported, machines, heard
) -> None:
    first, second = exported("first"), exported("second", 0.2)
    digests = [ExportedModel.load(one).digest for one in (first, second)]
    caches, server = tmp_path / "caches", tmp_path / "server"
    there = machines(2, str(caches))

    def copies(digest: str) -> int:
        """Machines that have a copy of a model."""
        return len([*caches.glob(f"*/counterpoise/serve/*/models/{digest}/model.onnx")])

    def count(*which) -> int:
        """Cameras that have results of that kind."""
        query = select(func.count(Result.camera_id.distinct())).join(Model).where(*which)
        with engine.connect() as connection:
            return connection.scalar(query)

    def share() -> list[int]:
        with engine.connect() as connection:
            processes, found = shards.look(connection)
        workers = [p.id for p in processes.values() if p.role == "worker"]
        return [sum(one.holder == worker for one in found.values()) for worker in workers]

    _, replay = demo.pictures(tmp_path)
    with demo.emulator(replay) as cameras:
        with engine.begin() as connection:
            for number in range(1, CAMERAS + 1):
                url = f"{cameras}/{number}/good/snapshot"
                row = {"name": "c", "kind": "snapshot", "interval": 0.5, "url": url}
                connection.execute(insert(Camera).values(id=number * 8, **row))
        host, port = demo.place(cameras)
        given = [server, address, bucket, f"ray://{there.address}", first, host, port]
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, *map(str, given)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            web = re.search(r"http://\S+", heard(process, "Ctrl-C", BOUND))[0]
            wait_for(lambda: share() == [SHARDS // 2, SHARDS // 2], "a worker on each machine")
            wait_for(lambda: count(Result.picture > "") == CAMERAS, "pictures of each camera")
            assert copies(digests[0]) == 2, "from the store: there is no other way"

            with engine.begin() as connection:
                query = select(Result.id, Result.camera_id).where(Result.picture > "")
                frame, camera = connection.execute(query.order_by(Result.id)).first()
                asked = Queued(frame, camera, "dark", "rare", "", False, 1, 1.0)
                label_queue.put(connection, [asked], 1, "kim")
            picture = ask(f"{web}/cameras/{camera}/picture?result={frame}")
            assert picture[:2] == b"\xff\xd8", "which a machine fetched, and the store keeps"
            ask(f"{web}/api/labels/{frame}", "PUT", {"say": "class:dark"})
            with engine.connect() as connection:
                settled = connection.execute(select(LabelFrame.state, LabelFrame.label)).one()
            assert tuple(settled) == ("settled", "dark")

            added = ask(
                f"{web}/api/models/candidates", "POST", {"folder": str(second), "name": "second"}
            )
            number = json.loads(added)["id"]
            assert copies(digests[1]) == 0
            ask(f"{web}/api/models/candidates/{number}/promote", "POST")
            wait_for(lambda: copies(digests[1]) == 2, "both take it from the store")
            wait_for(
                lambda: count(Model.digest == digests[1]) == CAMERAS, "and run it for all cameras"
            )
            process.terminate()
            said, _ = process.communicate(timeout=BOUND)
            assert process.returncode == 0, said
        finally:
            process.kill()
            process.communicate()
    with engine.connect() as connection:
        now = balance(connection)
        results = connection.execute(select(Result.camera_id, Result.at)).all()
    assert now.in_flight == 0
    assert now.analysed == len(results) == len(set(results))
    assert {one.name for one in (server / "models").iterdir()} == set(digests)
    assert not (server / "pictures").exists()
