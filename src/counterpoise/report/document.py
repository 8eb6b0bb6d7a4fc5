"""A JSON object read from a file, whose entries are checked when they are taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from counterpoise.errors import DataError


class Document:
    """Typed access to one JSON object; every fault names the file and the key.

    Raises:
        DataError: the file is not there, is not JSON, or does not hold an object.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror}") from None
        except ValueError as error:
            raise DataError(f"{path} is not JSON ({error}); delete it and run again") from None
        if not isinstance(data, dict):
            raise DataError(f"{path} holds no JSON object")
        self.entries: Mapping[str, object] = data

    def text(self, key: str, otherwise: str | None = None) -> str:
        """A string; `otherwise` when the key is missing."""
        value = self.entries.get(key, otherwise)
        if not isinstance(value, str):
            raise self._fault(key, "a string", value)
        return value

    def text_or_none(self, key: str) -> str | None:
        """A string, or None when the key is missing or null."""
        return None if self.entries.get(key) is None else self.text(key)

    def truth(self, key: str, otherwise: bool = False) -> bool:
        """true or false; `otherwise` when the key is missing or null."""
        value = self.entries.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            raise self._fault(key, "true or false", value)
        return value

    def number(self, key: str, otherwise: float | None = None) -> float:
        """A number; `otherwise` when the key is missing."""
        return self._number(key, self.entries.get(key, otherwise))

    def number_or_none(self, key: str) -> float | None:
        """A number, or None when the key is missing or null."""
        return None if self.entries.get(key) is None else self.number(key)

    def whole_or_none(self, key: str) -> int | None:
        """A whole number, or None when the key is missing or null."""
        return None if self.entries.get(key) is None else int(self.number(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when the key is missing or null."""
        return tuple(str(v) for v in self._list(key, self.entries.get(key)))

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty when the key is missing or null."""
        return tuple(int(self._number(key, v)) for v in self._list(key, self.entries.get(key)))

    def table(self, key: str) -> list[list[int]]:
        """A list of lists of whole numbers; empty when the key is missing or null."""
        rows = self._list(key, self.entries.get(key))
        return [[int(self._number(key, v)) for v in self._list(key, row)] for row in rows]

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object; empty when the key is missing or null."""
        value = self.entries.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._fault(key, "an object", value)
        return value

    def wholes_by_name(self, key: str) -> dict[str, tuple[int, ...]]:
        """An object of lists of whole numbers."""
        return {
            name: tuple(int(self._number(key, v)) for v in self._list(key, row))
            for name, row in self.mapping(key).items()
        }

    def numbers_by_name(self, key: str) -> dict[str, float | None]:
        """An object of numbers, null allowed."""
        return {
            name: None if value is None else self._number(key, value)
            for name, value in self.mapping(key).items()
        }

    def _list(self, key: str, value: object) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._fault(key, "a list", value)
        return value

    def _number(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._fault(key, "a number", value)
        return value

    def _fault(self, key: str, rule: str, value: object) -> DataError:
        return DataError(f"{self.path}: '{key}' is {rule}; got {json.dumps(value)[:80]}")
