"""What was seen where and when, one time compared with another, and the same as files."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, models
from counterpoise.service.database.choices import choices as offered
from counterpoise.service.database.minutes import kept_since
from counterpoise.service.database.totals import Span
from counterpoise.service.web.analysis_answer import Answer, Steps, answer, chosen
from counterpoise.service.web.analysis_export import Form, What, download
from counterpoise.service.web.analysis_query import AnalysisQuery, Question, from_form, question
from counterpoise.service.web.analysis_words import changes, points, share
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)

COLUMNS = 8  # classes that have a column; the rest are one
NAMED = 200  # cameras that are chosen by name; of more, one is by its number
SHOWN = 50  # rows of the last table
PERIODS = {
    "day": "the last 24 hours", "hour": "the last 60 minutes", "week": "the last 7 days",
    "this-week": "this week, since Monday", "month": "the last 30 days",
    "chosen": "begin to end below",
}  # fmt: skip
BEFORE = {
    "hour": "the 60 minutes before", "day": "the 24 hours before", "week": "the 7 days before",
    "month": "the 30 days before", "this-week": "the same days of the week before",
    "chosen": "as much time before",
}  # fmt: skip
AGAINST = {"before": "the time before it", "chosen": "another begin and end", "nothing": "nothing"}

COARSE = "Counts by minute are not kept so long: those from then begin and end with full hours."


@router.get("/analysis")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    sent = dict(request.query_params)
    fault, found, asked, only = "", None, None, ""
    with system.engine.connect() as connection:
        try:
            asked = question(from_form(sent), int(time.time()), kept_since(connection))
            found = answer(connection, asked, system.places)
            only = _name(connection, asked.query.camera)
        except ArgumentError as error:
            fault = str(error)
        choices = offered(connection)
        named = cameras.named(connection, NAMED)
        zones = models.zones(connection)
        known = models.names(connection)
    names = [*AnalysisQuery.model_fields]
    return page(
        request, "analysis", 422 if fault else 200,
        given={name: sent.get(name, "") for name in names}, fault=fault, choices=choices,
        named=named, zones=zones, known=known, periods=PERIODS, against=AGAINST,
        query=urlencode({name: sent[name] for name in names if sent.get(name)}),
        shown=None if asked is None or found is None else _shown(asked, found, sent, only),
    )  # fmt: skip


@router.get("/analysis/{what}.{form}")
def file(request: Request, system: Running, person: Viewer, what: What, form: Form) -> Response:
    """The counts, or the results themselves, of the same query."""
    try:
        with system.engine.connect() as connection:
            sent = from_form(request.query_params)
            asked = question(sent, int(time.time()), kept_since(connection))
            some = chosen(connection, asked, system.places)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return download(system.engine, asked, what, form, some)


def _name(connection: Connection, camera: int | None) -> str:
    """Of the one camera that was asked for."""
    row = None if camera is None else cameras.get(connection, camera)
    return str(row["name"]) if row is not None else ""


def _shown(asked: Question, found: Answer, sent: dict[str, str], only: str) -> dict[str, Any]:
    """What the template needs, as text where it can be."""
    columns = found.now.labels[:COLUMNS]
    others = len(found.now.labels) > COLUMNS
    than = than_words(asked)
    return {
        "said": said(asked, found),
        "camera": only,
        "of_all": urlencode({k: v for k, v in sent.items() if v and k != "camera"}),
        "span": span_words(asked, asked.span),
        "than": than,
        "before_span": span_words(asked, asked.before)
        if asked.before is not None and found.before is not None and found.before.number
        else None,
        "number": found.now.number,
        "cameras": found.cameras,
        "models": _models(found),
        "coarse": COARSE if asked.is_coarse else "",
        "classes": _classes(found),
        "columns": columns,
        "others": others,
        "steps": step_rows(asked, found.now, columns, others),
        "length": asked.length,
        "by": asked.query.by,
        "groups": [_group(group, columns, others, sent) for group in found.groups[:SHOWN]],
        "left_out": max(0, len(found.groups) - SHOWN),
    }


def said(asked: Question, found: Answer) -> str:
    """The sentence that stands first."""
    if not found.now.number:
        return "There is no result in this time, of these cameras."
    if asked.before is None or found.before is None or not found.before.number:
        most = (
            f"“{found.now.labels[0]}” was seen most: in "
            f"{share(found.now.counts[:, 0].sum() / found.now.number)} of the frames."
        )
        if asked.before is None:
            return most
        return f"{most} There is no result in {than_words(asked)} to compare with."
    if not found.differences:
        return f"Too little is there to say whether anything differs from {than_words(asked)}."
    return changes(found.differences, than_words(asked))


def than_words(asked: Question) -> str:
    """What is compared with, in words."""
    if asked.before is None:
        return ""
    if asked.query.against == "chosen":
        return f"the time from {span_words(asked, asked.before)}"
    return BEFORE[asked.query.period]


def span_words(asked: Question, span: Span) -> str:
    """A span as it is in the zone."""
    begin, end = (datetime.fromtimestamp(at, asked.zone) for at in (span.begin, span.end))
    form = "%Y-%m-%d %H:%M"
    return f"{begin.strftime(form)} to {end.strftime(form)} {end.tzname()}"


def _models(found: Answer) -> str:
    """Says so where the two times have not the same models: then the shares may differ for that."""
    if found.before is None or not found.before.models:
        return ""
    if set(found.before.models) == set(found.now.models):
        return ""
    now, then = (
        ", ".join(found.models.get(number, "?") for number in sorted(steps.models))
        for steps in (found.now, found.before)
    )
    return f"The models are not the same: {now} now, {then} then. That alone may change shares."


def _classes(found: Answer) -> list[dict[str, Any]]:
    rows = []
    before = None if found.before is None else found.before
    apart = {one.label: one for one in found.differences}
    for label in found.labels:
        k = found.now.labels.index(label) if label in found.now.labels else None
        number = 0 if k is None else int(found.now.counts[:, k].sum())
        mean = None
        if k is not None and found.now.probability is not None:
            mean = found.now.probability[k] / number
        one = apart.get(label)
        then = 0 if before is None else int(before.of([label]).sum())
        rows.append({
            "label": label, "number": number,
            "share": share(number / found.now.number) if found.now.number else "",
            "mean": mean, "then": then,
            "then_share": share(then / before.number) if before and before.number else "",
            "difference": "" if one is None else points(one.difference),
            "interval": "" if one is None else f"{points(one.low)} to {points(one.high)}",
            "is_more": one is not None and one.is_more_than_chance,
        })  # fmt: skip
    return rows


def step_rows(
    asked: Question, now: Steps, columns: tuple[str, ...], others: bool
) -> list[dict[str, Any]]:
    """A row of each step, the newest first."""
    form = {"minute": "%Y-%m-%d %H:%M", "hour": "%Y-%m-%d %H:%M", "day": "%a %Y-%m-%d"}
    rows = []
    for begin, counts in zip(now.times[:-1], now.counts.tolist(), strict=True):
        at = datetime.fromtimestamp(begin, asked.zone).strftime(form[asked.length])
        shown = counts[: len(columns)]
        if others:
            shown.append(sum(counts) - sum(shown))
        rows.append({"at": begin, "words": at, "counts": shown, "sum": sum(counts)})
    return rows[::-1]


def _group(
    group: Any, columns: tuple[str, ...], others: bool, sent: dict[str, str]
) -> dict[str, Any]:
    numbers = [group.counts.get(label, 0) for label in columns]
    deeper = {"country": "state", "state": "city", "city": "camera"}
    place = {name: value for name, value in group.place.items() if value}
    by = deeper.get(sent.get("by") or "country", "camera")
    kept = {k: v for k, v in sent.items() if v and k not in ("country", "state", "city", "by")}
    shares = [share(n / group.number) for n in [*numbers, group.number - sum(numbers)]]
    return {
        "name": group.name or "(no place given)", "number": group.number,
        "shares": shares[: len(columns) + others],
        "url": f"/cameras/{group.camera}" if group.camera is not None
        else f"/analysis?{urlencode(kept | place | {'by': by})}" if place else "",
    }  # fmt: skip
