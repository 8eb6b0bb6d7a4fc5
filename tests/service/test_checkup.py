"""The doctor finds what is wrong, says what to do, and changes nothing."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import CheckpointError
from counterpoise.service import checkup
from counterpoise.service.checkup import Finding, check_up
from counterpoise.service.database import shards
from counterpoise.service.database.address import DATABASE
from counterpoise.service.runtime.clock import now
from counterpoise.service.settings import Settings


@pytest.fixture
def look(tmp_path):
    """Findings by their name."""

    def found(model: Path | None = None, **given: object) -> dict[str, Finding]:
        settings = Settings(**{"folder": tmp_path / "server", "port": 0, **given})
        return {finding.what: finding for finding in check_up(settings, model)}

    return found


def test_nothing_is_wrong_where_nothing_is_yet_and_nothing_is_made(look, tmp_path) -> None:
    found = look()
    assert [f for f in found.values() if f.problem] == []
    assert "the first start makes it" in found["folder"].value
    assert "none yet" in found["database"].value
    assert list(tmp_path.iterdir()) == []


def test_where_only_the_demo_is_that_is_said(look, tmp_path) -> None:
    there = tmp_path / "server" / "demo"
    there.mkdir(parents=True)
    (there / DATABASE).touch()
    assert look()["database"].value.endswith(f"(the demo's is in {there}: --folder {there})")


def test_a_running_server_is_well(system, seen, look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = look(
            folder=system.settings.folder,
            database=system.settings.database,
            port=taken.getsockname()[1],
        )
    assert [f for f in found.values() if f.problem] == []
    assert found["server"].value == "runs in this folder"
    is_file = not system.settings.database
    assert ("whole" if is_file else "PostgreSQL 1") in found["database"].value
    assert "a secret of tests" not in str(found)
    assert found["tables"].value.endswith("the newest")
    assert found["admins"].value == "1"
    assert "as it should" in found["port"].value


def test_who_holds_what_is_said(system, look) -> None:
    where = {"folder": system.settings.folder, "database": system.settings.database}
    system.share.stop()  # it beats no more, and clears nobody away
    assert look(**where)[system.leases.name].value.startswith("all, 64 of 64 shards of")
    with system.engine.begin() as connection:
        shards.join(connection, "elsewhere:7", "worker", now() - 100_000_000)
    found = look(**where)["elsewhere:7"]
    assert found.value.startswith("worker, 0 of 64 shards of cameras, last seen 1")
    assert "others take over" in found.problem
    with system.engine.begin() as connection:
        shards.release(connection, system.leases.me, range(1, 65))
    assert "serve --role worker" in look(**where)["shards"].problem


def test_a_taken_port_is_said(look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--port names another" in look(port=taken.getsockname()[1])["port"].problem


@pytest.mark.sqlite
def test_a_damaged_database_is_said(system, look) -> None:
    system.__exit__(None, None, None)
    path = system.settings.folder / DATABASE
    path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 100_000)
    assert "restore FILE" in look()["database"].problem


@pytest.mark.sqlite
def test_tables_of_another_version(system, look) -> None:
    system.__exit__(None, None, None)
    path = system.settings.folder / DATABASE

    def become(revision: str) -> Finding:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        return look()["tables"]

    assert "next start brings" in become("first_tables").value
    assert "a newer one" in become("of_tomorrow").problem


@pytest.mark.sqlite
def test_nobody_who_may_manage(system, look) -> None:
    system.__exit__(None, None, None)
    with closing(sqlite3.connect(system.settings.folder / DATABASE)) as database, database:
        database.execute("DELETE FROM users")
    assert "--role admin" in look()["admins"].problem


def test_disk_clock_and_handles(system, seen, look, monkeypatch) -> None:
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda path: type("D", (), {"free": 1}))
    monkeypatch.setattr(checkup.time, "time", lambda: 1e9)
    monkeypatch.setattr(checkup.resource, "getrlimit", lambda which: (20, 20))
    found = look(database=system.settings.database)
    assert "free some space" in found["disk"].problem
    assert "behind" in found["clock"].problem
    assert "ulimit -n 260" in found["open files"].problem
    monkeypatch.setattr(checkup.time, "time", lambda: 1.75e9)  # later, and before the last result
    assert "behind" in look(database=system.settings.database)["clock"].problem


def test_settings_that_cannot_be(look, tmp_path) -> None:
    found = look(private_networks="127.0.0.0/8", folder=__file__, pictures="nowhere://x")
    assert "127.0.0.0/8" in found["cameras may be at"].problem
    assert "is no folder" in found["folder"].problem
    assert "nowhere" in found["pictures"].problem
    assert "no port is 'x'" in look(ports="x")["cameras may be at"].problem


def test_a_model_is_loaded_and_asked(look, stub, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(checkup.ExportedModel, "load", lambda folder: stub)
    assert "2 classes, one image in " in look(tmp_path)["model"].value

    def damaged(folder: Path) -> None:
        raise CheckpointError("export the predictor again")

    monkeypatch.setattr(checkup.ExportedModel, "load", damaged)
    assert "export the predictor again" in look(tmp_path)["model"].problem
