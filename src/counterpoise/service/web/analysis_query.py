"""What is asked of the results: which cameras, which time, compared with which, cut how."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.database.minutes import whole
from counterpoise.service.database.search import Search
from counterpoise.service.database.totals import Span
from counterpoise.service.web.refusal import sentence

Length = Literal["minute", "hour", "day"]
By = Literal["country", "state", "city", "camera"]

SECONDS: dict[Length, int] = {"minute": 60, "hour": 3600, "day": 86400}
MOST_STEPS = 1500  # minutes, hours or days of one answer
FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
DAYS = {"day": 1, "week": 7, "month": 30, "this-week": 7}


class AnalysisQuery(Search):
    """Which results are counted, and how; what is left out does not matter."""

    period: Literal["hour", "day", "week", "month", "this-week", "chosen"] = Field(
        default="day",
        description="The last 60 minutes, 24 hours, 7 days or 30 days; the week since Monday; "
        "or chosen: from begin to end.",
    )
    begin: datetime | None = Field(
        default=None, description="ISO 8601; without an offset, in the zone."
    )
    end: datetime | None = Field(default=None, description="Before it; now, if left out.")
    against: Literal["before", "chosen", "nothing"] = Field(
        default="before",
        description="What it is compared with: as much time just before it (a week for this-week), "
        "chosen (from against_begin to against_end), or nothing.",
    )
    against_begin: datetime | None = Field(default=None, description="As begin.")
    against_end: datetime | None = Field(default=None, description="As end.")
    zone: str = Field(
        default="UTC",
        max_length=60,
        description="Time zone whose hours and days are counted, of the IANA database.",
        examples=["Europe/Berlin"],
    )
    per: Literal["auto", "minute", "hour", "day"] = Field(
        default="auto",
        description="Length of each step in time; hours where minutes are not kept any more.",
    )
    by: By = Field(default="country", description="What the last table has a row for.")
    camera: int | None = Field(
        default=None, ge=0, lt=2**63, description="Number of one camera, in place of a search."
    )
    model: int | None = Field(
        default=None, ge=0, lt=2**63, description="Number of the model; all of them without."
    )


@dataclass(frozen=True)
class Question:
    """A query with its times found.

    Args:
        span: of the results.
        before: of those they are compared with.
        length: of a step in time.
        since: from when on minutes are kept, in seconds since 1970; before it all is by the hour.
        is_coarse: whether it is therefore not quite what was asked.
    """

    query: AnalysisQuery
    zone: ZoneInfo
    span: Span
    before: Span | None
    length: Length
    since: int = 0
    is_coarse: bool = False

    @property
    def search(self) -> Search | None:
        """Which cameras; None for all."""
        given = {name: getattr(self.query, name) for name in Search.model_fields}
        search = Search.model_validate(given)
        return None if search == Search() else search


def from_form(sent: Mapping[str, str]) -> AnalysisQuery:
    """What a browser's form asks, in which empty fields were left out.

    Raises:
        ArgumentError: a value that breaks a rule.
    """
    given = {
        name: value.strip()
        for name, value in sent.items()
        if value.strip() and name in AnalysisQuery.model_fields
    }
    try:
        return AnalysisQuery.model_validate(given)
    except ValidationError as error:
        raise ArgumentError(sentence(error.errors())) from None


def question(query: AnalysisQuery, now: int, since: int = 0) -> Question:
    """A query with its times found.

    Args:
        query: as it was asked.
        now: seconds since 1970.
        since: from when on minutes are kept.

    Raises:
        ArgumentError: a zone that is none, or times that do not go together.
    """
    try:
        zone = ZoneInfo(query.zone)
    except (KeyError, ValueError, OSError):
        raise ArgumentError(
            f"zone: '{query.zone[:60]}' is no time zone (such as UTC or Europe/Berlin)"
        ) from None
    wanted = _span(query, zone, now)
    span = whole(wanted, since)
    length = automatic(span, since) if query.per == "auto" else _coarse(query.per, span, since)
    if span.end - span.begin > MOST_STEPS * SECONDS[length]:
        raise ArgumentError(
            f"per: from begin to end are more than {MOST_STEPS} {length}s; ask for less time, or "
            "for longer steps"
        )
    other = _before(query, zone, span, now)
    before = None if other is None else whole(other, since)
    if before is not None and before.end - before.begin > MOST_STEPS * SECONDS["day"]:
        raise ArgumentError(
            f"against_begin: from it to against_end are more than {MOST_STEPS} days; ask for less"
        )
    is_coarse = (wanted, other) != (span, before) or (query.per == "minute" != length)
    return Question(query, zone, span, before, length, since, is_coarse)


def automatic(span: Span, since: int = 0) -> Length:
    """The length of steps that shows a span best; also of what is taken as independent.

    >>> automatic(Span(0, 86400))
    'hour'
    """
    seconds = span.end - span.begin
    if seconds <= 3 * 3600:
        return _coarse("minute", span, since)
    return "hour" if seconds <= 3 * 86400 else "day"


def _coarse(length: Length, span: Span, since: int) -> Length:
    return "hour" if length == "minute" and span.begin < since else length


def edges(span: Span, length: Length, zone: tzinfo, since: int = 0) -> list[int]:
    """Where steps begin, and the end: midnights and full hours of the zone, and the span's ends.

    Where minutes are not kept any more they are full hours of UTC, too: midnight in a zone that is
    half an hour off comes half an hour early.
    """
    inner = (at - at % 3600 if at < since else at for at in _inner(span, length, zone))
    return [span.begin, *(at for at in inner if at > span.begin), span.end]


def _inner(span: Span, length: Length, zone: tzinfo) -> Iterator[int]:
    if length == "day":
        midnight = _midnight(datetime.fromtimestamp(span.begin, zone))
        while True:
            midnight += timedelta(days=1)  # on the clocks of the zone, whatever they do between
            at = round(midnight.timestamp())
            if at >= span.end:
                return
            yield at
    step = SECONDS[length]
    offset = datetime.fromtimestamp(span.begin, zone).utcoffset()
    assert offset is not None
    past = (span.begin + round(offset.total_seconds())) % step
    yield from range(span.begin - past + step, span.end, step)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _span(query: AnalysisQuery, zone: ZoneInfo, now: int) -> Span:
    end = -(-now // 60) * 60
    if query.period == "chosen":
        return _chosen(query.begin, query.end, zone, end, "")
    if query.begin is not None or query.end is not None:
        raise ArgumentError("period: begin and end belong to the period 'chosen'")
    if query.period == "hour":
        return Span(end - 3600, end)
    if query.period == "day":
        return Span(-(-end // 3600) * 3600 - 86400, end)
    today = _midnight(datetime.fromtimestamp(end - 1, zone))
    back = today.weekday() if query.period == "this-week" else DAYS[query.period] - 1
    return Span(round((today - timedelta(days=back)).timestamp()), end)


def _before(query: AnalysisQuery, zone: ZoneInfo, span: Span, now: int) -> Span | None:
    if query.against == "nothing":
        return None
    if query.against == "chosen":
        end = -(-now // 60) * 60
        return _chosen(query.against_begin, query.against_end, zone, end, "against_")
    if query.period in ("hour", "chosen"):
        return Span(2 * span.begin - span.end, span.begin)
    back = timedelta(days=DAYS[query.period])  # as clocks of the zone go
    times = [datetime.fromtimestamp(at, zone) - back for at in (span.begin, span.end)]
    return Span(round(times[0].timestamp()), min(round(times[1].timestamp()), span.begin))


def _chosen(
    begin: datetime | None, end: datetime | None, zone: ZoneInfo, now: int, prefix: str
) -> Span:
    if begin is None:
        raise ArgumentError(f"{prefix}begin: the time from which results are counted is missing")
    times = [now if at is None else _seconds(at, zone) for at in (begin, end)]
    if times[1] - times[0] < 60:
        raise ArgumentError(f"{prefix}end: it is before {prefix}begin, or less than a minute after")
    return Span(times[0] // 60 * 60, -(-times[1] // 60) * 60)


def _seconds(at: datetime, zone: ZoneInfo) -> int:
    try:
        there = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        if not FIRST <= there <= LAST:
            raise OverflowError
        return math.floor(there.timestamp())
    except (OverflowError, ValueError):
        raise ArgumentError(f"a time is between 1971 and 2200; got {at.isoformat()}") from None
