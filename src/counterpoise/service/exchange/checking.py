"""Which rows of a file are cameras, and what is wrong with the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from counterpoise.errors import ArgumentError, near
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.exchange.formats import RawRow, Refused, shown
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.kinds import KINDS, require_place

# What an export has besides the fields; an import leaves it alone.
TOLD = ("id", "health", "reason", "last_frame", "last_label")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PASSWORD = re.compile(r"//[^/]*@")  # of a URL, which nobody is shown again
FIELDS = tuple(CameraFields.model_fields)


@dataclass(frozen=True)
class Row:
    """A camera of a file.

    Args:
        where: it stands.
        fields: what it says, with the defaults for the rest.
        given: names of the fields that the file mentions.
    """

    where: str
    fields: CameraFields
    given: frozenset[str]

    @property
    def identity(self) -> tuple[str, str]:
        """By what it is known again besides its key: kind and address, or kind and name."""
        return self.fields.kind, self.fields.url or self.fields.name


@dataclass
class Checked:
    """What a file holds.

    Args:
        rows: that are cameras.
        refused: one entry for each thing that is wrong.
        number: rows of the file.
        ignored: columns that no camera has.
    """

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    number: int = 0
    ignored: list[str] = field(default_factory=list)


def checked(found: Iterable[RawRow | Refused], guard: EgressGuard) -> Checked:
    """Check each row by itself and against those before it."""
    whole = Checked()
    ignored: dict[str, None] = {}
    seen: dict[tuple[str, ...], str] = {}
    for raw in found:
        whole.number += 1
        if isinstance(raw, Refused):
            whole.refused.append(raw)
            continue
        for name in raw.values:
            if name not in FIELDS and name not in TOLD:
                ignored[str(name)] = None
        row = _row(raw, guard)
        if not isinstance(row, Row):
            whole.refused += row
            continue
        before = _before(row, seen)
        if before is None:
            whole.rows.append(row)
        else:
            whole.refused.append(before)
    whole.ignored = [f"{shown(name)}{near(name, FIELDS)}" for name in list(ignored)[:20]]
    return whole


def _before(row: Row, seen: dict[tuple[str, ...], str]) -> Refused | None:
    """Why a row is the same camera as one before it."""
    names: list[tuple[str, ...]] = [row.identity]
    if row.fields.key:
        names.append(("key", "", row.fields.key))
    for name in names:
        if name in seen:
            what = "key" if len(name) == 3 else "url" if row.fields.url else "name"
            return Refused(row.where, what, f"the same camera as {seen[name]}", shown(name[-1]))
    seen.update(dict.fromkeys(names, row.where))
    return None


def _row(raw: RawRow, guard: EgressGuard) -> Row | list[Refused]:
    given = {name: value for name, value in raw.values.items() if name in FIELDS}
    try:
        fields = CameraFields.model_validate({n: v for n, v in given.items() if v is not None})
    except ValidationError as error:
        return [_refused(raw, str(e["loc"][0]), e["msg"]) for e in error.errors()]
    for name, value in given.items():
        if isinstance(value, str) and _CONTROL.search(value):
            return [_refused(raw, name, "text has no control characters but line feeds")]
    try:
        require_place(fields.kind, fields.url, guard)
    except ArgumentError:
        return [_refused(raw, "kind", f"one of {', '.join(KINDS)}")]
    except DeviceError as error:
        return [_refused(raw, "url", error.detail)]
    if (fields.latitude is None) != (fields.longitude is None):
        rule = "a place has a latitude and a longitude; one of them is missing"
        return [_refused(raw, "latitude" if fields.latitude is None else "longitude", rule)]
    return Row(raw.where, fields, frozenset(given))


def _refused(raw: RawRow, name: str, rule: str) -> Refused:
    value = raw.values.get(name)
    if isinstance(value, str):
        value = _PASSWORD.sub("//***@", value)
    return Refused(raw.where, name, rule, "" if value is None else shown(value))
