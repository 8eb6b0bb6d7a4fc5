"""What one camera saw over time, and whether that differs from training and from its own past."""

from __future__ import annotations

import time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from counterpoise.service.analyzer.shares import Difference
from counterpoise.service.database import models
from counterpoise.service.database.cameras import Row
from counterpoise.service.database.minutes import kept_since, whole
from counterpoise.service.database.totals import Span
from counterpoise.service.system import System
from counterpoise.service.web.analysis import COLUMNS, step_rows
from counterpoise.service.web.analysis_answer import steps
from counterpoise.service.web.analysis_query import SECONDS, AnalysisQuery, Question
from counterpoise.service.web.analysis_words import changes, points, share
from counterpoise.service.web.model_drift import Watched, watched

Per = Literal["minute", "hour", "day"]
NUMBER: dict[Per, int] = {"minute": 60, "hour": 48, "day": 60}  # steps of a chart


def over_time(connection: Connection, camera: Row, per: Per) -> dict[str, Any]:
    """The table of how often each class was seen, the newest step first."""
    zone = _zone(camera["timezone"])
    end = -(-int(time.time()) // 60) * 60
    since = kept_since(connection)
    span = whole(Span(end - NUMBER[per] * SECONDS[per], end), since)
    asked = Question(AnalysisQuery(), zone, span, None, per, since)
    found = steps(connection, asked, span, per, [camera["id"]])
    columns, others = found.labels[:COLUMNS], len(found.labels) > COLUMNS
    return {
        "length": per,
        "columns": columns,
        "others": others,
        "steps": step_rows(asked, found, columns, others),
        "zone": zone.key,
    }


def drift(connection: Connection, system: System, camera: Row) -> dict[str, Any]:
    """What it saw lately beside the model's training and its own past, in words and as rows."""
    number = next(one.id for one in models.known(connection) if one.digest == system.model.digest)
    found = watched(connection, system.model, number, int(time.time()), camera["id"])
    return {
        "said": said(found),
        "rows": rows(found),
        "has_training": found.trained is not None,
        "watched": found,
    }


def said(found: Watched) -> str:
    """Whether what it sees differs from the training and from before, in plain sentences."""
    if not found.labels:
        return "The program declares no classes, so there is nothing to compare."
    if not sum(found.day):
        return "It saw nothing in the last 24 hours."
    if found.drift:
        first = f"In {found.lately} {_small(changes(found.drift, 'the training', 'there'))}"
    elif found.trained is None:
        first = "The model does not say what it was trained with."
    else:
        first = (
            "There are too few results yet to compare with the training: that takes five minutes "
            "of them, better three hours."
        )
    if not found.past:
        return f"{first} There are too few earlier results to compare with its own past."
    return f"{first} In the last 24 hours {_small(changes(found.past, 'its 7 days before'))}"


def rows(found: Watched) -> list[dict[str, Any]]:
    """A row of each class that is known here, the one that differs most first."""
    trained, past = ({one.label: one for one in some} for some in (found.drift, found.past))
    whole = sum(found.trained or ()), sum(found.day)
    made = []
    for k, label in enumerate(found.labels):
        known = (found.trained or (0,) * len(found.labels))[k], found.day[k]
        shares = [share(n / all_) if all_ else "" for n, all_ in zip(known, whole, strict=True)]
        then = past.get(label)
        apart = [one for one in (trained.get(label), then) if one is not None]
        made.append(
            {
                "label": label, "number": found.day[k], "share": shares[1], "trained": shares[0],
                "against_training": _difference(trained.get(label)),
                "then": "" if then is None else share(then.before),
                "against_past": _difference(then),
                "is_more": any(one.is_more_than_chance for one in apart),
                "apart": max((abs(one.difference) for one in apart), default=0.0),
            }
        )  # fmt: skip
    return sorted(made, key=lambda row: (-row["is_more"], -row["apart"], -row["number"]))


def _difference(one: Difference | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "points": points(one.difference),
        "interval": f"{points(one.low)} to {points(one.high)}",
        "is_more": one.is_more_than_chance,
    }


def _small(sentence: str) -> str:
    return sentence[:2].lower() + sentence[2:]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
