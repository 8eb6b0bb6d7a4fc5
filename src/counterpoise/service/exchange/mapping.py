"""A catalogue: where a list of cameras is, and which field of a camera is where in its rows."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from counterpoise.errors import DataError, near
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.exchange.checking import FIELDS
from counterpoise.service.exchange.formats import LARGEST, MOST, RawRow, Refused, rows, shown

MAPPED = tuple(name for name in FIELDS if name != "is_active")  # that is the refresh's to set
TEXT = tuple(name for name in FIELDS if CameraFields.model_fields[name].annotation is str)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
KEPT = "time"  # {time} in a URL is filled in when it is fetched

Scalar = str | int | float | bool


class Catalogue(BaseModel):
    """A file such as ``catalogues/harbours.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=2000, description="Where the list is, by http or https.")
    format: Literal["json", "geojson", "csv"] = "json"
    list: str = Field(
        default="", description="Path to the list in JSON, such as data.cameras; empty: the whole."
    )
    refresh_minutes: float = Field(default=60, ge=1, le=44640)
    fields: Mapping[str, str] = Field(
        default_factory=dict, description="Field of a camera -> path in a row, or column of CSV."
    )
    templates: Mapping[str, str] = Field(
        default_factory=dict, description="Field -> text with paths in braces."
    )
    fixed: Mapping[str, Scalar] = Field(
        default_factory=dict, description="Field -> the same value for all."
    )

    @model_validator(mode="after")
    def _names_fields(self) -> Catalogue:
        told = [*self.fields, *self.templates, *self.fixed]
        for name in told:
            if name not in MAPPED:
                raise ValueError(f"'{name}' is no field that a catalogue sets{near(name, MAPPED)}")
            if told.count(name) > 1:
                raise ValueError(f"'{name}' is set twice")
        for name in ("key", "name", "kind"):
            if name not in told:
                raise ValueError(f"'{name}' is set nowhere; each camera needs one")
        if "key" in self.fixed:
            raise ValueError("'key' is another one for each camera; it is in fields or templates")
        return self


def load(file: Path) -> Catalogue:
    """Read a catalogue.

    Raises:
        DataError: with everything that is wrong.
    """
    try:
        return Catalogue.model_validate(tomllib.loads(file.read_text("utf-8")))
    except ValidationError as error:
        said = (f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors())
        raise DataError("; ".join(said)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"not a TOML file: {error}") from None


def mapped(
    catalogue: Catalogue, name: str, content: bytes
) -> Iterator[tuple[str, RawRow | Refused]]:
    """The key of each row of a list, and the row as cameras are written in files.

    Args:
        catalogue: says what is where.
        name: of the catalogue, which keys begin with.
        content: of the list.

    Raises:
        DataError: the list is none.
    """
    for item in _items(catalogue, content):
        if isinstance(item, Refused):
            yield "", item
            continue
        where, row = item
        values: dict[str, object] = dict(catalogue.fixed)
        if catalogue.format == "geojson":
            values |= _coordinates(row)
        for field, path in catalogue.fields.items():
            values[field] = _text_of(field, _at(row, path))
        lacking = {}
        for field, template in catalogue.templates.items():
            values[field], lack = _filled(template, row)
            if lack:
                lacking[field] = lack
        key = "" if values["key"] is None or "key" in lacking else str(values["key"])
        key = f"{name}:{key}" if key else ""
        if not key:
            yield "", Refused(where, "key", "each camera of a catalogue needs one")
        elif lacking:
            field, lack = next(iter(lacking.items()))
            rule = f"its template needs '{lack}', which the row lacks"
            yield key, Refused(where, field, rule)
        else:
            yield key, RawRow(where, values | {"key": key})


def _items(
    catalogue: Catalogue, content: bytes
) -> Iterator[tuple[str, Mapping[str, Any]] | Refused]:
    if catalogue.format == "csv":
        for row in rows(content):
            yield row if isinstance(row, Refused) else (row.where, row.values)
        return
    if len(content) > LARGEST:
        raise DataError(f"a list has at most {LARGEST} bytes; got {len(content)}")
    try:
        whole = json.loads(content)
    except RecursionError:
        raise DataError("the JSON is nested too deeply") from None
    except ValueError as error:  # UnicodeDecodeError is one
        raise DataError(f"the list is no JSON: {error}") from None
    path = catalogue.list or ("features" if catalogue.format == "geojson" else "")
    found = _at(whole, path) if path else whole
    if not isinstance(found, list):
        raise DataError(f"there is no list at '{path or 'the whole'}', but {shown(found)}")
    if len(found) > MOST:
        raise DataError(f"a list has at most {MOST} rows; got {len(found)}")
    for number, item in enumerate(found, 1):
        where = f"item {number}"
        if isinstance(item, dict):
            yield where, item
        else:
            yield Refused(where, "", "a row is an object {...}", shown(item))


def _at(value: Any, path: str) -> Any:
    """What is at a path such as ``a.b.0``; None if nothing is."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _text_of(field: str, value: Any) -> object:
    if field in TEXT and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _filled(template: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """A template with its paths filled in, and the first that the row lacks."""
    lacking = ""

    def one(match: re.Match[str]) -> str:
        nonlocal lacking
        if match[1] == KEPT:
            return match[0]
        found = _at(row, match[1].strip())
        if not isinstance(found, str | int | float) or found == "":
            lacking = lacking or match[1]
            return ""
        return str(found)

    return _PLACEHOLDER.sub(one, template), lacking


def _coordinates(row: Mapping[str, Any]) -> dict[str, object]:
    if _at(row, "geometry.type") != "Point":
        return {}
    found = {"longitude": _at(row, "geometry.coordinates.0")}
    return {**found, "latitude": _at(row, "geometry.coordinates.1")}
