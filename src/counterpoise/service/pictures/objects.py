"""Files by name in a folder of the store, each of which is there whole or not at all."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress

from counterpoise.atomic import ASIDE
from counterpoise.errors import OutputError
from counterpoise.service.pictures.store import reached, said


class Objects:
    """Files that every process which reaches the store may read, and one at a time writes.

    Args:
        url: of the store, as of `PictureStore`.
        folder: within it.

    Raises:
        ArgumentError: nothing here reaches such a URL.
    """

    def __init__(self, url: str, folder: str) -> None:
        self._files, root = reached(url)
        shown = re.sub(r"//[^/]*@", "//", url.rstrip("/"))  # an address may hold a password
        self._root, self.place = f"{root}/{folder}", f"{shown}/{folder}"

    def sizes(self) -> dict[str, int]:
        """Bytes of each file that is there.

        Raises:
            OutputError: the store does not answer.
        """
        try:
            rows = self._files.ls(self._root, detail=True)
        except FileNotFoundError:
            return {}
        except Exception as error:  # each kind of store raises what it likes
            raise self._fault("list", error) from None
        names = ((str(row["name"]).rpartition("/")[2], row["size"]) for row in rows)
        return {name: int(size or 0) for name, size in names if name and not name.endswith(ASIDE)}

    def get(self, name: str) -> bytes | None:
        """Content of a file; None where there is none.

        Raises:
            OutputError: the store does not answer.
        """
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # as above
            raise self._fault("read", error) from None
        return content

    def put(self, name: str, content: bytes) -> None:
        """Write a file, in place of one of its name; a reader sees all of it, or what was before.

        Raises:
            OutputError: the store does not take it.
        """
        path = f"{self._root}/{name}"
        aside = f"{self._root}/{secrets.token_hex(8)}.{name}{ASIDE}"
        try:
            if self._files.async_impl:  # an object of S3 is there when its last byte is
                self._files.pipe_file(path, content)
                return
            self._files.pipe_file(aside, content)
            self._files.mv(aside, path)
        except Exception as error:  # as above
            with suppress(Exception):  # as above
                self._files.rm_file(aside)
            raise self._fault("write", error) from None

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(Exception):  # as above; it is tried again
            self._files.rm_file(f"{self._root}/{name}")

    def _fault(self, what: str, error: Exception) -> OutputError:
        return OutputError(f"cannot {what} {self.place}: {said(error)}")
