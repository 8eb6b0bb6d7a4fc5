"""A server whose database is in PostgreSQL: killed under it, refused at the start, and dumped.

What PostgreSQL has in common with SQLite is tested beside each part, on both.
"""

import contextlib
import os
import re
import subprocess
import sys
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.testclient import TestClient

from counterpoise.errors import ArgumentError
from counterpoise.service.app import application
from counterpoise.service.database import cameras
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import place
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.tables import Result, Table, Total
from counterpoise.service.database.totals import LENGTHS
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

pytestmark = pytest.mark.system
LONG = 120.0  # seconds that a slow machine has for anything here


def until(happened, while_waiting=lambda: None) -> None:
    end = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        while_waiting()
        time.sleep(0.05)


@pytest.fixture
def address(postgresql):
    """Of a database whose commits survive a kill of the server, as an operator's do."""
    address = postgresql.database()
    name = address.rpartition("/")[2]
    postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    yield address
    postgresql.remove(address)


def numbers(connection) -> tuple[int, int, int]:
    now = balance(connection)
    results = connection.scalar(select(func.count(Result.id)))
    return now.fetched, now.analysed + sum(now.dropped.values()), results


def test_a_database_that_is_killed_is_found_again_and_nothing_is_lost(
    postgresql, address, tmp_path, stub, jpeg
) -> None:
    settings = Settings(folder=tmp_path / "server", database=address)
    with System(settings, stub, "stub") as system:
        with system.engine.begin() as connection:
            fields = CameraFields(name="Pier", kind="push", url="", interval=0.1)
            camera = cameras.add(connection, fields, 1, "the test")
        system.reassign()
        turn = iter(range(1_000_000))

        def push() -> None:
            with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
                system.worker.push(camera, jpeg(next(turn) * 130 % 250))

        def results() -> int:
            with system.engine.connect() as connection:
                return connection.scalar(select(func.count(Result.id)))

        until(lambda: results() >= 2, push)
        postgresql.tell("kill")
        try:
            until(lambda: system.recorder.error and system.recorder.waiting >= 2, push)
            with pytest.raises(SQLAlchemyError):
                system.is_ready()
            client = TestClient(application(system), base_url="http://127.0.0.1:8000")
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert postgresql.url.password not in answer.text
            waiting = system.recorder.waiting
            assert waiting >= 2
        finally:
            postgresql.tell("start")
        until(lambda: not system.recorder.error and not system.recorder.waiting)
        before = results()
        assert before >= 2 + waiting
        until(lambda: results() > before, push)
        assert system.is_ready() == ""
    engine = open_database(place(tmp_path, address))
    with engine.connect() as connection:
        fetched, ended, number = numbers(connection)
        assert fetched == ended
        assert connection.scalar(select(func.count(func.distinct(Result.at)))) == number
        assert balance(connection).analysed == number
        for seconds in LENGTHS:
            query = select(func.sum(Total.number)).where(Total.seconds == seconds)
            assert connection.scalar(query) == number
    engine.dispose()


def test_a_server_that_is_not_let_in_says_so_in_a_line(postgresql, tmp_path) -> None:
    wrong = postgresql.url.set(password="wrong-secret").render_as_string(hide_password=False)
    (tmp_path / "mine.py").write_text("def analyse(frame):\n    return {'label': 'x'}\n")
    command = [sys.executable, "-m", "counterpoise.cli", "serve", "--program", "mine.py",
               "--port", "0", "--database", wrong]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=LONG
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "password authentication failed" in said
    assert "wrong-secret" not in said
    assert "Traceback" not in said


def content(engine) -> dict[str, list]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Table.metadata.sorted_tables
        }


def commands(page: str) -> dict[str, str]:
    """The lines of the docs that dump and restore."""
    return {m[1]: m[0] for m in re.finditer(r"^(pg_\w+) .*$", page, re.MULTILINE)}


def test_the_docs_commands_dump_and_restore_all(postgresql, address, tmp_path, request) -> None:
    """As docs/serve-operations.md says, under the same address."""
    engine = open_database(place(tmp_path, address))
    with engine.begin() as connection:
        fields = CameraFields(name="Pier", kind="push", url="", latitude=1.5, longitude=2.5)
        cameras.add(connection, fields, 1, "the test")
    before = content(engine)
    assert before["cameras"]
    page = (request.config.rootpath / "docs" / "serve-operations.md").read_text("utf-8")
    url = re.sub(r"^postgresql\+\w+", "postgresql", address)

    def run(command: str) -> None:
        subprocess.run(
            command, shell=True, check=True, cwd=tmp_path, timeout=LONG,
            env=os.environ | {"COUNTERPOISE_SERVE_DATABASE": url},
        )  # fmt: skip

    found = commands(page)
    run(found["pg_dump"])
    with engine.begin() as connection:
        cameras.remove(connection, before["cameras"][0][0], 2, "the test")
    assert content(engine) != before
    engine.dispose()
    run(found["pg_restore"])
    engine = open_database(place(tmp_path, address))
    assert content(engine) == before
    engine.dispose()
