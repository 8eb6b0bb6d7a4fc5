"""Labels out of a file: CSV, or JSON of Label Studio; each refused row with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from counterpoise.errors import DataError, near
from counterpoise.service.database import label_pool, label_queue, labels
from counterpoise.service.database.audit import note
from counterpoise.service.database.label_pool import Found
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import BAD, CLASS, NONE, Verdict
from counterpoise.service.exchange.formats import RawRow, Refused, rows, shown
from counterpoise.service.labelling.reasons import IMPORTED

MOST = 20_000  # rows of a file: they are written in one transaction
_NUMBER = re.compile(r"(?:result=|frame-)(\d{1,18})(?!\d)")  # in an address or a file's name
_OTHERS = {Verdict(kind).words: Verdict(kind) for kind in (NONE, BAD)}


@dataclass
class Report:
    """What an import did, or would do.

    Args:
        rows: of the file.
        taken: frames that are labelled, and what they are.
        refused: one entry for each row that is not.
    """

    rows: int = 0
    taken: dict[int, Verdict] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def import_file(
    engine: Engine,
    content: bytes,
    classes: Sequence[str],
    now: int,
    by: str,
    *,
    source: str = "a file",
    dry: bool = False,
) -> Report:
    """Label the frames that a file names, as one person; what is refused stops no other row.

    Args:
        engine: of the database.
        content: of the file. CSV has the columns ``frame`` (or ``path``, as an export has it) and
            ``label``; JSON is a list of tasks of Label Studio, in either of its forms.
        classes: of the model that runs.
        now: microseconds since 1970.
        by: whose labels they are.
        source: for the audit log.
        dry: whether nothing is written.

    Raises:
        DataError: the file as a whole is neither, or too large.
    """
    report = Report()
    said: dict[int, tuple[str, Verdict]] = {}
    for row in _rows(content):
        report.rows += 1
        if report.rows > MOST:
            raise DataError(f"a file of labels has at most {MOST} rows (cut it into several)")
        if isinstance(row, Refused):
            report.refused.append(row)
            continue
        frame, verdict, fault = _read(row, classes)
        if fault is not None:
            report.refused.append(fault)
        elif frame in said:
            rule = f"the frame of {said[frame][0]} again"
            report.refused.append(Refused(row.where, "frame", rule, str(frame)))
        else:
            said[frame] = (row.where, verdict)
    with engine.connect() if dry else engine.begin() as connection:
        there = label_pool.by_number(connection, list(said))
        for frame, (where, verdict) in said.items():
            found = there.get(frame)
            if found is None or not found.picture:
                rule = "a frame that is here" if found is None else "a frame whose picture is kept"
                report.refused.append(Refused(where, "frame", rule, str(frame)))
            else:
                report.taken[frame] = verdict
        if not dry and report.taken:
            _write(connection, report, there, now, by, source)
    return report


def _write(
    connection: Connection,
    report: Report,
    there: Mapping[int, Found],
    now: int,
    by: str,
    source: str,
) -> None:
    queued = [
        Queued(frame, there[frame].camera, there[frame].label, IMPORTED, f"from {source[:100]}",
               False, 1, 0.0)
        for frame in report.taken
    ]  # fmt: skip
    label_queue.put(connection, queued, now, by)
    for frame, verdict in report.taken.items():
        labels.give(connection, frame, by, verdict, now, is_noted=False)
    detail = f"{source[:100]}: {len(report.taken)} labels, {len(report.refused)} rows refused"
    note(connection, now, by, "labels imported", detail)


def _rows(content: bytes) -> Iterator[RawRow | Refused]:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"[", b"{"):
        yield from rows(content)
        return
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise DataError("the JSON is nested too deeply") from None
    except ValueError as error:  # of the text, too
        raise DataError(f"the file is no JSON: {error}") from None
    if not isinstance(whole, list):
        raise DataError("a JSON file of labels is a list of tasks of Label Studio; this one is not")
    for number, item in enumerate(whole, 1):
        where = f"item {number}"
        if isinstance(item, dict):
            yield RawRow(where, item)
        else:
            yield Refused(where, "", "a task is an object {...}", shown(item))


def _read(
    row: RawRow, classes: Sequence[str]
) -> tuple[int, Verdict, None] | tuple[int, Verdict, Refused]:
    """The frame of a row, and what it says; or what is wrong with it."""
    nothing = Verdict("")
    data = row.values.get("data")
    given = {**data, **row.values} if isinstance(data, dict) else row.values
    frame = _frame(given)
    if frame is None:
        got = given.get("frame", given.get("path", given.get("image")))
        rule = "the number of a frame, or the path or address of its picture as an export has it"
        return 0, nothing, Refused(row.where, "frame", rule, "" if got is None else shown(got))
    label = _label(given)
    if isinstance(label, str) and label in classes:
        return frame, Verdict(CLASS, label), None
    if isinstance(label, str) and label in _OTHERS:
        return frame, _OTHERS[label], None
    hint = near(label, classes) if isinstance(label, str) else ""
    rule = f"a class of the model that runs, {' or '.join(_OTHERS)}{hint}"
    return 0, nothing, Refused(row.where, "label", rule, "" if label is None else shown(label))


def _frame(given: Mapping[str, object]) -> int | None:
    number = given.get("frame")
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 19:
        return int(number)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63:
        return number
    for name in ("path", "image"):
        text = given.get(name)
        match = _NUMBER.search(text) if isinstance(text, str) else None
        if match is not None:
            return int(match[1])
    return None


def _label(given: Mapping[str, object]) -> object:
    """A class; of a task with several annotations the one that they share, or else all of them."""
    if "annotations" not in given:
        return given.get("label", given.get("choice"))
    annotations = given["annotations"]
    found: list[object] = []
    for annotation in annotations if isinstance(annotations, list) else []:
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            found += _choices(annotation.get("result"))
    different = list(dict.fromkeys(map(str, found)))
    if len(different) > 1:
        return different
    return found[0] if found else None


def _choices(result: object) -> list[object]:
    found: list[object] = []
    for one in result if isinstance(result, list) else []:
        value = one.get("value") if isinstance(one, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list):
            found += choices
    return found
