"""Import a file of cameras: what is new is added, what is known is changed, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from counterpoise.service.database import shards
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.numbering import numbered
from counterpoise.service.database.tables import AuditEntry, Camera
from counterpoise.service.exchange.checking import FIELDS, Checked, Row, checked
from counterpoise.service.exchange.formats import Refused, rows
from counterpoise.service.exchange.places import NoPlaces, Places
from counterpoise.service.runtime.egress import EgressGuard

PART = 400  # cameras that are looked up at a time: SQLite takes so many conditions
PLACE, POINT = ("city", "state", "country"), ("latitude", "longitude")
COLUMNS = [getattr(Camera, name) for name in ("id", *FIELDS)]


@dataclass(frozen=True)
class Report:
    """What an import did, or would do.

    Args:
        rows: of the file.
        added: cameras that are new.
        changed: cameras that were known and are others now.
        unchanged: cameras that were known and are the same.
        placed: those of both whose town or coordinates the gazetteer gave.
        refused: one entry for each thing that is wrong with a row.
        ignored: columns that no camera has.
        numbers: of the cameras that the file names.
    """

    rows: int
    added: int
    changed: int
    unchanged: int
    placed: int
    refused: Sequence[Refused]
    ignored: Sequence[str]
    numbers: frozenset[int] = frozenset()

    @property
    def rows_refused(self) -> int:
        """Rows that are no cameras."""
        return len({refused.where for refused in self.refused})


@dataclass(frozen=True)
class _Change:
    number: int
    kind: str  # before
    values: Mapping[str, Any]


def import_file(
    engine: Engine,
    guard: EgressGuard,
    content: bytes,
    now: int,
    by: str,
    *,
    source: str = "a file",
    places: Places | None = None,
    dry: bool = False,
) -> Report:
    """Import a file; see `merge`. It is checked before the transaction begins.

    Raises:
        DataError: the file as a whole is none of the three formats, or too large.
    """
    whole = checked(rows(content), guard)
    with engine.connect() if dry else engine.begin() as connection:
        return merge(connection, whole, now, by, source=source, places=places, dry=dry)


def merge(
    connection: Connection,
    whole: Checked,
    now: int,
    by: str,
    *,
    source: str = "a file",
    places: Places | None = None,
    dry: bool = False,
    catalogue: str = "",
) -> Report:
    """Add or change the cameras of a file, in the transaction of the connection.

    A camera is known by its `key`; one without a key by its kind and its address, or, if it has
    no address, by its kind and its name. A field that the file does not mention stays as it is.

    Args:
        connection: within a transaction.
        whole: rows that are checked.
        now: microseconds since 1970.
        by: who imports.
        source: what is imported, for the audit log.
        places: completes towns by coordinates and coordinates by towns.
        dry: whether nothing is written.
        catalogue: that the cameras are of; empty for none.
    """
    if not dry:
        one_at_a_time(connection, "changes")  # nobody adds one between look and write
    places = places or NoPlaces()
    new: list[dict[str, Any]] = []
    changes: list[_Change] = []
    unchanged, placed = 0, 0
    numbers: set[int] = set()
    for part in _parts(whole.rows):
        pairs = list(zip(part, _known(connection, part), strict=True))
        merged = [_merged(row, before) for row, before in pairs]
        placed += places.complete(
            merged, [_settled(*pair, values) for pair, values in zip(pairs, merged, strict=True)]
        )
        for (_, before), values in zip(pairs, merged, strict=True):
            if before is None:
                new.append(values)
                continue
            numbers.add(before["id"])
            different = {name: value for name, value in values.items() if value != before[name]}
            if different:
                changes.append(_Change(before["id"], before["kind"], different))
            else:
                unchanged += 1
    if not dry and (new or changes):
        numbers |= _write(connection, new, changes, now, by, catalogue)
        detail = f"{source}: {len(new)} added, {len(changes)} changed"
        note(connection, now, by, "cameras imported", detail)
    return Report(
        rows=whole.number,
        added=len(new),
        changed=len(changes),
        unchanged=unchanged,
        placed=placed,
        refused=whole.refused,
        ignored=whole.ignored,
        numbers=frozenset(numbers),
    )


def _parts(found: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(found), PART):
        yield found[start : start + PART]


def _known(connection: Connection, part: Sequence[Row]) -> list[Mapping[str, Any] | None]:
    """The camera of the database that each row names, if there is one."""
    asked = {
        Camera.key: [row.fields.key for row in part if row.fields.key],
        Camera.url: [row.fields.url for row in part if row.fields.url],
        Camera.name: [row.fields.name for row in part if not row.fields.url],
    }
    by_key: dict[str, Mapping[str, Any]] = {}
    by_identity: dict[tuple[str, str], Mapping[str, Any]] = {}
    for column, values in asked.items():  # one at a time, each by its own index
        if not values:
            continue
        query = select(*COLUMNS).where(column.in_(values)).order_by(Camera.key, Camera.id)
        for row in connection.execute(query).mappings():
            found = dict(row)
            if found["key"]:
                by_key[found["key"]] = found
            by_identity.setdefault((found["kind"], found["url"] or found["name"]), found)
    return [_match(row, by_key, by_identity) for row in part]


def _match(
    row: Row,
    by_key: Mapping[str, Mapping[str, Any]],
    by_identity: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    key = row.fields.key
    if key and key in by_key:
        return by_key[key]
    found = by_identity.get(row.identity)
    if found is not None and key and found["key"]:
        return None  # another camera at the same address, with a key of its own
    return found


def _merged(row: Row, before: Mapping[str, Any] | None) -> dict[str, Any]:
    values = row.fields.model_dump()
    if before is None:
        return values
    kept = {name: before[name] for name in FIELDS if name not in row.given}
    if any(values[name] != before[name] for name in POINT if name not in kept):
        for name in PLACE:  # of where it was
            kept.pop(name, None)
    return values | kept


def _settled(
    row: Row, before: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> frozenset[str]:
    """Fields that no gazetteer fills: what the file mentions, and the zone of one that is known."""
    has_place = any(values[name] for name in PLACE)
    if before is None or not has_place or any(values[n] != before[n] for n in (*PLACE, *POINT)):
        return row.given
    return row.given | {"timezone"}


def _write(
    connection: Connection,
    new: Sequence[Mapping[str, Any]],
    changes: Sequence[_Change],
    now: int,
    by: str,
    catalogue: str,
) -> set[int]:
    """Write them, with a line of the audit log each; the numbers of the new ones."""
    rows = [{"last_label": "", "catalogue": catalogue, **values} for values in new]
    numbered = list(zip(_added(connection, rows), new, strict=True))
    for change in changes:
        connection.execute(update(Camera).where(Camera.id == change.number).values(**change.values))
        shards.move(connection, change.number, change.kind, change.values.get("kind", change.kind))
    entries = [("camera added", f"{n}: {values['name']}") for n, values in numbered]
    entries += [("camera changed", f"{c.number}: {', '.join(c.values)}") for c in changes]
    lines = [
        {"at": now, "who": by[:100], "what": what, "detail": detail[:2000]}
        for what, detail in entries
    ]
    connection.execute(insert(AuditEntry), lines)
    return {number for number, _ in numbered}


def _added(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Numbers of new cameras, in their order."""
    if not rows:
        return []
    statement = insert(Camera).returning(Camera.id, sort_by_parameter_order=True)
    return connection.scalars(statement, numbered(connection, Camera, rows)).all()
