"""User names and passwords of cameras, encrypted: a copy of the database alone gives them away to
nobody.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken

from counterpoise.errors import ArgumentError, OutputError

KEY = "camera-key"  # file in the server's folder
LONGEST = 200  # characters of a user name or a password

log = logging.getLogger(__name__)

Login = tuple[str, str]  # user name and password


class Vault:
    """Encrypts what cameras ask for, with a key of its own.

    Args:
        file: of the key; made, readable by its owner only, when it is needed first.
        makes: whether it is made; else the file of another server must be there.
    """

    def __init__(self, file: Path, makes: bool = True) -> None:
        self._file, self._makes = file, makes
        self._turn = threading.Lock()
        self._fernet: Fernet | None = None

    def seal(self, login: Login, url: str) -> bytes:
        """A login as it is kept: for the host of this address, and for no other.

        Raises:
            ArgumentError: it is too long, or the user name has a colon, which HTTP does not know.
            OutputError: the key cannot be read or made.
        """
        user, password = login
        if not user or ":" in user or not user.isprintable():
            raise ArgumentError("a user name has printable characters, and no colon")
        if max(len(user), len(password)) > LONGEST:
            raise ArgumentError(f"user name and password have at most {LONGEST} characters")
        whole = {"user": user, "password": password, "origin": _origin(url)}
        return self._key().encrypt(json.dumps(whole).encode())

    def open(self, secret: bytes | None, url: str) -> Login | None:
        """The login that was kept for the host of this address; None for any other host."""
        if secret is None:
            return None
        try:
            whole = json.loads(self._key().decrypt(secret))
        except InvalidToken:
            log.warning("a camera's password was kept with another key: type it again")
            return None
        except OutputError as error:
            log.warning("%s", error)
            return None
        if whole["origin"] != _origin(url):
            return None
        return whole["user"], whole["password"]

    def content(self) -> bytes:
        """The key itself, for a worker on another machine; made if there is none.

        Raises:
            OutputError: it cannot be read or made.
        """
        return _read_or_made(self._file, self._makes)

    def _key(self) -> Fernet:
        with self._turn:
            if self._fernet is None:
                self._fernet = Fernet(_read_or_made(self._file, self._makes))
            return self._fernet


def _read_or_made(file: Path, makes: bool) -> bytes:
    if not makes and not file.exists():
        raise OutputError(
            f"{file}, the key of passwords, is not here, and a worker makes none: copy the file "
            f"{KEY} of the server's folder, and name it with COUNTERPOISE_SERVE_KEY_FILE"
        )
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise OutputError(f"cannot make {file}, the key of passwords: {error.strerror}") from None
    else:
        with os.fdopen(handle, "wb") as stream:
            stream.write(Fernet.generate_key())
    try:
        if file.stat().st_mode & 0o077:
            raise OutputError(f"{file}, the key of passwords, is others' to read: chmod 600 {file}")
        key = file.read_bytes().strip()
        Fernet(key)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot read {file}, the key of passwords: {error.strerror}") from None
    except ValueError:
        raise OutputError(f"{file} is no key of Fernet; bring it back from a copy") from None
    return key


def _origin(url: str) -> list[str]:
    parts = urlsplit(url)
    return [parts.scheme, (parts.hostname or "").lower(), str(parts.port or "")]
