"""A camera's password is kept for its host, with a key that only the server's user may read."""

import logging
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="needs the extra serve: cryptography")
pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.access.vault import Vault

URL = "http://10.0.0.7:8080/a.jpg"
LOGIN = ("viewer", "p:ä s")


def test_what_is_sealed_is_opened_for_the_same_host_only(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "key")
    secret = vault.seal(LOGIN, URL)
    assert b"viewer" not in secret
    assert vault.open(secret, URL.replace("a.jpg", "b?c")) == LOGIN
    assert Vault(tmp_path / "key").open(secret, URL) == LOGIN
    for other in ("http://10.0.0.8:8080/a", "http://10.0.0.7/a", "https://10.0.0.7:8080/a", ""):
        assert vault.open(secret, other) is None
    assert vault.open(None, URL) is None
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_another_key_opens_nothing_and_says_so(tmp_path: Path, caplog) -> None:
    secret = Vault(tmp_path / "one").seal(LOGIN, URL)
    with caplog.at_level(logging.WARNING):
        assert Vault(tmp_path / "other").open(secret, URL) is None
    assert "another key" in caplog.text


@pytest.mark.parametrize("login", [("", "a"), ("a:b", "a"), ("a\n", "a"), ("a", "b" * 201)])
def test_what_http_cannot_tell_is_refused(tmp_path: Path, login) -> None:
    with pytest.raises(ArgumentError) as caught:
        Vault(tmp_path / "key").seal(login, URL)
    assert "b" * 50 not in str(caught.value)


def test_a_key_that_is_none_or_anybodys_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"x")
    key.chmod(0o600)
    with pytest.raises(OutputError, match="no key of Fernet"):
        Vault(key).seal(LOGIN, URL)
    key.chmod(0o644)
    with pytest.raises(OutputError, match="chmod 600"):
        Vault(key).seal(LOGIN, URL)
    with pytest.raises(OutputError, match="cannot make"):
        Vault(tmp_path / "nowhere" / "key").seal(LOGIN, URL)


def test_a_worker_makes_no_key_and_says_which_file_to_copy(tmp_path: Path, caplog) -> None:
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import vault

    server, worker = Settings(folder=tmp_path), Settings(folder=tmp_path / "w", role="worker")
    secret = vault(server).seal(LOGIN, URL)
    worker.folder.mkdir()
    keeper = vault(worker)
    with caplog.at_level(logging.WARNING):
        assert keeper.open(secret, URL) is None
    assert "copy the file camera-key of the server's folder" in caplog.text
    assert "COUNTERPOISE_SERVE_KEY_FILE" in caplog.text
    assert list(worker.folder.iterdir()) == []
    named = worker.model_copy(update={"key_file": tmp_path / "camera-key"})
    assert vault(named).open(secret, URL) == LOGIN
