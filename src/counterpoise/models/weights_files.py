"""Where files of pretrained weights lie on this machine; torch is not loaded to look for them."""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import os
import re
import urllib.request
from pathlib import Path

from counterpoise.atomic import replacing
from counterpoise.errors import DataError

TIMEOUT = 10.0  # seconds for a server to answer, so that a machine without network fails soon


def roots(data_root: str | None = None) -> list[Path]:
    """The data roots, of which a download goes to the first.

    Args:
        data_root: folders separated by ``os.pathsep``; COUNTERPOISE_DATA, or
            ~/.cache/counterpoise, when None.
    """
    listed = data_root or os.environ.get("COUNTERPOISE_DATA") or "~/.cache/counterpoise"
    return [Path(root).expanduser() for root in listed.split(os.pathsep) if root]


def there(file_name: str, data_root: str | None = None) -> Path | None:
    """The file of that name in a data root or in torch hub's folder; None where there is none."""
    found = roots(data_root)
    folders = [*found, *(root / "checkpoints" for root in found), _hub()]
    return next((f / file_name for f in folders if (f / file_name).is_file()), None)


def in_package(module: str, file: str) -> Path | None:
    """A file that an installed package holds; None where it is not installed.

    >>> in_package("no_such_package", "weights.pth") is None
    True
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / file
    return path if path.is_file() else None


def find(url: str, data_root: str | None = None, timeout: float = TIMEOUT) -> Path:
    """The file that `url` names, in a data root, in torch hub's folder, or freshly downloaded.

    Args:
        url: address of the weights; only its file name is looked for.
        data_root: see `roots`.
        timeout: seconds for a server to answer.

    Raises:
        DataError: found nowhere, and no network, or a server that does not speak HTTP.
    """
    file_name = url.rpartition("/")[2]
    found = there(file_name, data_root)
    if found is not None:
        return found
    folders = roots(data_root)
    try:
        return _download(url, folders[0] / file_name, timeout)
    except (OSError, http.client.HTTPException) as error:
        places = ", ".join(str(root) for root in folders)
        raise DataError(
            f"the weights file {file_name} is not in {places} and cannot be downloaded ({error}); "
            f"put it there, from {url}, or name a file"
        ) from error


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_in(file_name: str) -> str | None:
    """The first digits of its SHA-256 that the name of a weights file carries, if it does.

    >>> digest_in("mobilenet_v2-b0353104.pth")
    'b0353104'
    """
    found = re.search(r"-([0-9a-f]{8,})\.\w+$", file_name)
    return None if found is None else found[1]


def _hub() -> Path:
    """Where ``torch.hub`` keeps weights, by the environment variables that it reads."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return Path(home).expanduser() / "hub" / "checkpoints"


def _download(url: str, path: Path, timeout: float) -> Path:
    """Fetch a file, check the digest that its name carries, and put it in place whole."""
    digest = hashlib.sha256()
    expected = digest_in(path.name)
    with urllib.request.urlopen(url, timeout=timeout) as answer, replacing(path) as stream:
        while chunk := answer.read(1 << 20):
            digest.update(chunk)
            stream.write(chunk)
        if expected and not digest.hexdigest().startswith(expected):
            raise OSError(f"what arrived has digest {digest.hexdigest()[:8]}, not {expected}")
    return path
