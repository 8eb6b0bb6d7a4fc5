"""What every JSON object on disk has in common: a schema number, and how it is read and written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Strict, ValidationError

from counterpoise.errors import CounterpoiseError, DataError, NewerSchemaError
from counterpoise.printable import printable

T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Strict(False)]  # JSON has lists only; what is in it stays strict
Settings = Mapping[str, object]  # keys and values that somebody else checks

PYTHON = re.compile(r"^(Input|Tuple|Dictionary|Value error,) ")  # what a message begins with
MOST_FAULTS = 5  # named in one message
MOST_SHOWN = 60  # characters of a value that is refused


class Part(BaseModel):
    """An object inside a record.

    A key that is missing takes its default, if it has one, and is then not written again. A key
    that is not known is ignored: the schema number is raised only when a key changes its meaning
    or goes away, so a newer version may have added keys, and their reader need not know them.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        populate_by_name=True,
        defer_build=True,
    )

    def plain(self) -> dict[str, object]:
        """Dicts, lists and values by key, without keys that were never given."""
        dumped = self.model_dump(by_alias=True, exclude_unset=True)
        return {key: _listed(value) for key, value in dumped.items()}


def _listed(value: object) -> object:
    """Tuples as lists, texts printable; what else JSON cannot hold is left, so writing it fails."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return [_listed(one) for one in value]
    if isinstance(value, dict):
        return {_listed(key): _listed(one) for key, one in value.items()}
    return value


class Record(Part):
    """One JSON object on disk: a file, or a line of a file.

    Files from before the number was written have none; that means schema 1.
    """

    SCHEMA: ClassVar[int] = 1
    ERROR: ClassVar[type[CounterpoiseError]] = DataError
    REMEDY: ClassVar[str] = "delete it and run the same command again"

    def as_json(self) -> dict[str, object]:
        """What the file holds: the schema number, and `plain`."""
        return {"schema": self.SCHEMA, **self.plain()}

    def text(self, indent: int = 1) -> str:
        """Content of a file.

        Raises:
            TypeError, ValueError: a value is nothing that strict JSON holds.
        """
        return json.dumps(self.as_json(), indent=indent, allow_nan=False) + "\n"

    def line(self) -> str:
        """Content of a line, newline included."""
        return json.dumps(self.as_json(), separators=(",", ":"), allow_nan=False) + "\n"

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in a file.

        Raises:
            CounterpoiseError: `ERROR` if the file is not there, damaged or incomplete;
                `NewerSchemaError`, which is one too, if a newer version wrote it.
        """
        found = cls.read_if_there(path)
        if found is None:
            raise cls.ERROR(f"cannot read {path}: there is no such file ({cls.REMEDY})")
        return found

    @classmethod
    def read_if_there(cls, path: Path) -> Self | None:
        """The record in a file, or None when there is no such file; raises like `read`."""
        try:
            text = path.read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise cls.ERROR(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise cls.ERROR(f"{path} is damaged: it is not text ({cls.REMEDY})") from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """The record in a text; `where` names it in errors, which are those of `read`."""
        try:
            data = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise cls.ERROR(f"{where} is damaged: it is not JSON: {error} ({cls.REMEDY})") from None
        if not isinstance(data, dict):
            raise cls.ERROR(
                f"{where} is damaged: it holds one JSON object; got {_shown(data)} ({cls.REMEDY})"
            )
        return cls._checked(data, where)

    @classmethod
    def _checked(cls, data: dict[str, Any], where: str) -> Self:
        schema = data.get("schema", 1)
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            raise cls.ERROR(
                f"{where} is damaged: 'schema' is a whole number from 1; got {_shown(schema)} "
                f"({cls.REMEDY})"
            )
        if schema > cls.SCHEMA:
            raise NewerSchemaError(
                f"{where} was written by a newer counterpoise (schema {schema}; this version reads "
                f"up to {cls.SCHEMA}); upgrade counterpoise to read it"
            )
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise cls.ERROR(f"{where} is damaged: {_faults(error)} ({cls.REMEDY})") from None


class SealedRecord(Record):
    """A record with a checksum of itself, refused when anything in it was changed."""

    def as_json(self) -> dict[str, object]:
        """What the file holds: the schema number, `plain`, and the checksum."""
        table = super().as_json()
        return {**table, "checksum": _checksum(table)}

    @classmethod
    def _checked(cls, data: dict[str, Any], where: str) -> Self:
        found = super()._checked(data, where)  # whose errors say more than that of the checksum
        content = {key: value for key, value in data.items() if key != "checksum"}
        if data.get("checksum") != _checksum(content):
            raise cls.ERROR(f"{where} was changed: its checksum does not fit ({cls.REMEDY})")
        return found


def _checksum(table: Mapping[str, object]) -> str:
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _faults(error: ValidationError) -> str:
    """Every fault with its key, in words."""
    said = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"])
        rule = PYTHON.sub("", fault["msg"]).replace("tuple", "list").replace("dictionary", "object")
        if fault["type"] == "missing":
            said.append(f"'{key}' is missing")
        elif key:
            said.append(f"'{key}' {rule}; got {_shown(fault['input'])}")
        else:
            said.append(rule)  # of several keys together
    more = len(said) - MOST_FAULTS
    return "; ".join(said[:MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")
