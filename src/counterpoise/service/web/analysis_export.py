"""Counts and results as files, written while they are read: ten million rows fill no memory."""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from fastapi.responses import StreamingResponse
from sqlalchemy import Engine, select, tuple_

from counterpoise.service.database import totals
from counterpoise.service.database.tables import Camera, Model, Result
from counterpoise.service.exchange.spreadsheet import defused
from counterpoise.service.web.analysis_answer import ranges
from counterpoise.service.web.analysis_query import Question, edges

What = Literal["counts", "results"]
Form = Literal["csv", "json"]
Line = dict[str, str | int | float | None]

CHUNK = 2000  # results that are read at a time
PIECE = 64 << 10  # characters that are sent at a time
PLACE = ("camera", "name", "country", "state", "city")
COLUMNS: Mapping[What, tuple[str, ...]] = {
    "counts": ("begin_utc", "begin_local", *PLACE, "class", "number", "mean_probability"),
    "results": ("at_utc", "at_local", *PLACE, "class", "probability", "model", "picture"),
}
TYPES: Mapping[Form, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def download(
    engine: Engine, asked: Question, what: What, form: Form, some: Sequence[int] | None
) -> StreamingResponse:
    """The file; `some` is what `chosen` found, so that a fault is said before the file begins."""
    lines = (_counts if what == "counts" else _results)(engine, asked, some)
    written = _csv(lines, COLUMNS[what]) if form == "csv" else _json(lines)
    name = f'attachment; filename="{what}.{form}"'
    return StreamingResponse(
        _pieces(written), media_type=TYPES[form], headers={"Content-Disposition": name}
    )


def _counts(engine: Engine, asked: Question, some: Sequence[int] | None) -> Iterator[Line]:
    times = edges(asked.span, asked.length, asked.zone, asked.since)
    needed = ranges(times)
    for place in _places(engine, asked, some):
        numbers: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0, 0.0])
        with engine.connect() as connection:
            found = totals.over_time(
                connection, needed, [int(place["camera"] or 0)], asked.query.model
            )
        for one in found:
            entry = numbers[times[bisect_right(times, one.begin) - 1], one.label]
            entry[0] += one.number
            entry[1] += one.probability
        for (begin, label), (number, sum_) in sorted(numbers.items()):
            mean = round(sum_ / number, 4) if sum_ else None
            yield {
                **_times("begin", begin * 1_000_000, asked), **place, "class": label,
                "number": int(number), "mean_probability": mean,
            }  # fmt: skip


def _results(engine: Engine, asked: Question, some: Sequence[int] | None) -> Iterator[Line]:
    columns = (Result.id, Result.at, Result.label, Result.probability, Result.picture, Model.name)
    end = asked.span.end * 1_000_000
    for place in _places(engine, asked, some):
        after = (asked.span.begin * 1_000_000, -1)
        while True:
            query = (
                select(*columns)
                .join(Model, Model.id == Result.model_id)
                .where(Result.camera_id == place["camera"], Result.at < end)
                .where(tuple_(Result.at, Result.id) > after)
                .order_by(Result.at, Result.id)
                .limit(CHUNK)
            )
            if asked.query.model is not None:
                query = query.where(Result.model_id == asked.query.model)
            with engine.connect() as connection:
                rows = connection.execute(query).all()
            for _, at, label, probability, picture, model in rows:
                rounded = None if probability is None else round(probability, 6)
                yield {
                    **_times("at", at, asked), **place, "class": label, "probability": rounded,
                    "model": model, "picture": picture,
                }  # fmt: skip
            if len(rows) < CHUNK:
                break
            after = (rows[-1][1], rows[-1][0])


def _places(engine: Engine, asked: Question, some: Sequence[int] | None) -> Iterator[Line]:
    """Cameras that may have results, with where they are."""
    columns = (Camera.id, Camera.name, Camera.country, Camera.state, Camera.city)
    wanted = None if some is None else set(some)
    query = select(*columns).where(Camera.last_frame >= asked.span.begin * 1_000_000)
    with engine.connect() as connection:
        found = connection.execute(query.order_by(Camera.id)).all()
    for row in found:
        if wanted is None or row[0] in wanted:
            yield dict(zip(PLACE, row, strict=True))


def _times(name: str, at: int, asked: Question) -> Line:
    utc = datetime.fromtimestamp(at / 1e6, UTC)
    precision = "seconds" if name == "begin" else "milliseconds"
    return {
        f"{name}_utc": utc.replace(tzinfo=None).isoformat(timespec=precision) + "Z",
        f"{name}_local": utc.astimezone(asked.zone).isoformat(timespec=precision),
    }


def _csv(lines: Iterable[Line], columns: Sequence[str]) -> Iterator[str]:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    for line in lines:
        values = (line[name] for name in columns)
        writer.writerow([defused(v) if isinstance(v, str) else v for v in values])
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()
    yield stream.getvalue()


def _json(lines: Iterable[Line]) -> Iterator[str]:
    yield "["
    for number, line in enumerate(lines):
        yield f"{',' if number else ''}\n{json.dumps(line, ensure_ascii=False)}"
    yield "\n]\n"


def _pieces(written: Iterable[str]) -> Iterator[bytes]:
    """The same in larger pieces, since each one costs a turn of the event loop."""
    waiting: list[str] = []
    length = 0
    for text in written:
        waiting.append(text)
        length += len(text)
        if length >= PIECE:
            yield "".join(waiting).encode("utf-8", "replace")
            waiting, length = [], 0
    yield "".join(waiting).encode("utf-8", "replace")
