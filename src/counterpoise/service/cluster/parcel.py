"""What a worker on another machine needs of the server, and where it lays it."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterpoise.service.settings import Settings
from counterpoise.version import __version__

if TYPE_CHECKING:
    from counterpoise.predict import ExportedModel
    from counterpoise.service.analyzer.program import Program

# Secrets that libraries take from the environment; a machine of a cluster has its own environment.
CARRIED = (
    "PGPASSWORD",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
)


@dataclass(frozen=True)
class Parcel:
    """All that a worker starts with; nothing of it is in its ``repr``.

    A model is not in it: the worker takes the one that the server runs, from folder or store.

    Args:
        settings: of the worker, by name.
        host: name of the server's machine, whose folder a worker there shares.
        name: of the program that the server was started with; empty for a model.
        program: content of its file; None for a model.
        key: of the passwords of cameras.
        environment: what libraries take from there.
        emulator: address and port of the demo's cameras.
        version: of counterpoise, which a worker has to have, too.
    """

    settings: dict[str, Any] = field(repr=False)
    host: str = field(repr=False)
    name: str = field(repr=False)
    program: bytes | None = field(repr=False)
    key: bytes = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    emulator: tuple[str, int] | None = field(repr=False)
    version: str = field(default=__version__, repr=False)

    @classmethod
    def of(
        cls,
        settings: Settings,
        model: ExportedModel | Program,
        name: str,
        key: bytes,
        emulator: tuple[str, int] | None = None,
    ) -> Parcel:
        """What a worker of this server gets.

        Args:
            settings: of the server.
            model: that it was started with, or a program.
            name: of that.
            key: of the passwords of cameras.
            emulator: address and port of the demo's cameras.
        """
        from counterpoise.service.analyzer.program import Program

        own = settings.model_copy(
            update={
                "role": "worker",
                "engine": "local",
                "model": None,
                "program": settings.program and settings.program.absolute(),
                "folder": settings.folder.absolute(),
                "key_file": settings.key_file and settings.key_file.absolute(),
            }
        )
        return cls(
            own.model_dump(),
            socket.gethostname(),
            name if isinstance(model, Program) else "",
            model.path.read_bytes() if isinstance(model, Program) else None,
            key,
            {name: os.environ[name] for name in CARRIED if name in os.environ},
            emulator,
        )

    @property
    def mark(self) -> str:
        """A few letters that are others when anything in it changes, and tell nothing of it."""
        return hmac.new(self.key, repr(_plain(self)).encode(), hashlib.sha256).hexdigest()[:12]

    @property
    def is_here(self) -> bool:
        """Whether this is the server's machine."""
        return self.host == socket.gethostname() and Path(self.settings["folder"]).is_dir()

    def unpacked(self, identity: str) -> Settings:
        """Settings for this machine, on which files and environment are as they say then.

        Args:
            identity: of the server, which names the folder where this machine keeps its things.
        """
        os.environ.update(self.environment)
        if self.is_here:
            return Settings(**self.settings)
        from counterpoise.service.access.vault import KEY

        folder = cache() / identity
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = folder / f"{KEY}-{self.mark}"  # of its own, as one that ends removes it
        update: dict[str, Any] = {"folder": folder, "key_file": key}
        _write(key, self.key)
        if self.program is not None:
            update["program"] = folder / Path(self.settings["program"]).name
            _write(update["program"], self.program)
        return Settings(**self.settings | update)

    def forget(self, settings: Settings) -> None:
        """Remove from this machine what is secret."""
        if not self.is_here and settings.key_file is not None:
            settings.key_file.unlink(missing_ok=True)


def cache() -> Path:
    """Where this user's programs keep what may be sent again."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "counterpoise" / "serve"


def _plain(parcel: Parcel) -> list[object]:
    names = ("host", "name", "program", "emulator", "version")
    return [
        sorted((k, str(v)) for k, v in parcel.settings.items()),
        sorted(parcel.environment.items()),
        *(getattr(parcel, name) for name in names),
    ]


def _write(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    beside.replace(file)
