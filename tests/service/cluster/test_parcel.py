"""What a worker starts with: nothing of it shows, and another machine can work with it."""

import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from cryptography.fernet import Fernet

from counterpoise.service.cluster import parcel
from counterpoise.service.cluster.parcel import Parcel
from counterpoise.service.settings import Settings

SECRETS = ("a-password", "a-key-of-s3", "a-secret-program")
KEY = Fernet.generate_key()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub) -> Callable[..., Parcel]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in parcel.CARRIED:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "server").mkdir()

    def parcel_of(analyst=stub, **more) -> Parcel:
        given = {
            "folder": tmp_path / "server",
            "engine": "ray",
            "database": "postgresql://a:a-password@db/c",
            "model": tmp_path / "model",
        }
        return Parcel.of(Settings(**given | more), analyst, "mine", KEY)

    return parcel_of


def moved(monkeypatch: pytest.MonkeyPatch, one: Parcel) -> Parcel:
    """As it arrives on another machine."""
    monkeypatch.setattr(parcel.socket, "gethostname", lambda: "far")
    return pickle.loads(pickle.dumps(one))


def test_nothing_of_it_shows(made, program, monkeypatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key-of-s3")
    program.path.write_text("# a-secret-program")
    one = made(program)
    assert one.environment == {"AWS_SECRET_ACCESS_KEY": "a-key-of-s3"}
    assert one.program == b"# a-secret-program"
    for shown in (repr(one), str(one), one.mark):
        assert not any(word in shown for word in (*SECRETS, KEY.decode(), "postgresql"))


def test_its_mark_is_another_when_anything_changes_but_the_model(made, program, monkeypatch):
    one = made()
    assert made().mark == one.mark == made(model=None).mark
    others = [made(threads=2), made(database="postgresql://a:other@db/c"), made(program)]
    program.path.write_text("# changed")
    others.append(made(program))
    monkeypatch.setenv("PGPASSWORD", "a-password")
    others.append(made())
    assert len({one.mark, *(other.mark for other in others)}) == 1 + len(others)


def test_on_the_servers_machine_a_worker_shares_its_folder(made, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = made(folder=Path("server"), key_file=Path("key"))
    assert one.is_here
    settings = one.unpacked("a")
    assert (settings.role, settings.engine, settings.model) == ("worker", "local", None)
    assert settings.folder == tmp_path / "server"
    assert settings.key_file == tmp_path / "key"
    one.forget(settings)
    assert not (tmp_path / "cache").exists()


def test_on_another_machine_it_has_a_folder_the_key_the_program_and_the_environment(
    made, tmp_path, program, monkeypatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "here")
    sent = made(program, program=program.path)
    monkeypatch.setenv("AWS_REGION", "far")
    one = moved(monkeypatch, sent)
    assert not one.is_here
    settings = one.unpacked("a1")
    assert os.environ["AWS_REGION"] == "here"
    folder = tmp_path / "cache" / "counterpoise" / "serve" / "a1"
    assert settings.folder == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert settings.program == folder / program.path.name
    assert settings.program.read_bytes() == program.path.read_bytes()
    assert settings.key_file is not None
    assert settings.key_file.read_bytes() == KEY
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert settings.database == "postgresql://a:a-password@db/c"
    one.forget(settings)
    assert [path.name for path in folder.iterdir()] == [program.path.name]


def test_settings_of_the_other_machines_environment_change_nothing(made, monkeypatch) -> None:
    sent = made(threads=2)
    monkeypatch.setenv("COUNTERPOISE_SERVE_THREADS", "9")
    monkeypatch.setenv("COUNTERPOISE_SERVE_DATABASE", "postgresql://a@wrong/c")
    settings = moved(monkeypatch, sent).unpacked("a")
    assert settings.threads == 2
    assert settings.database.endswith("@db/c")


def test_two_workers_of_one_machine_unpack_at_a_time(made, monkeypatch) -> None:
    """Those of other settings have another key file, which they remove when they end."""
    sent = [made(threads=number) for number in (1, 2)]
    one, other = (moved(monkeypatch, each) for each in sent)
    first, second = one.unpacked("a"), other.unpacked("a")
    assert first.folder == second.folder
    one.forget(first)
    assert second.key_file is not None
    assert second.key_file.read_bytes() == KEY
