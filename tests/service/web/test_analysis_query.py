"""Times of a question: periods, zones whose clocks change, and what is refused."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError
from counterpoise.service.database.totals import Span
from counterpoise.service.web.analysis_query import edges, from_form, question

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 30, 20, tzinfo=BERLIN)  # a Wednesday


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


@pytest.mark.parametrize(
    ("period", "begin", "before_begin", "before_end", "length"),
    [
        ("hour", "2026-11-25T13:31", "2026-11-25T12:31", "2026-11-25T13:31", "minute"),
        ("day", "2026-11-24T15:00", "2026-11-23T15:00", "2026-11-24T14:31", "hour"),
        ("week", "2026-11-19", "2026-11-12", "2026-11-18T14:31", "day"),
        ("month", "2026-10-27", "2026-09-27", "2026-10-26T14:31", "day"),
        ("this-week", "2026-11-23", "2026-11-16", "2026-11-18T14:31", "hour"),
    ],
)
def test_periods(period, begin, before_begin, before_end, length) -> None:
    asked = question(from_form({"period": period, "zone": "Europe/Berlin"}), int(NOW.timestamp()))
    assert asked.span == Span(at(begin), at("2026-11-25T14:31"))
    assert asked.before == Span(at(before_begin), at(before_end))
    assert asked.length == length


def test_a_chosen_time_is_in_the_zone_and_of_whole_minutes() -> None:
    sent = {
        "period": "chosen", "begin": "2026-03-01T10:00:30", "end": "2026-03-01T12:00",
        "zone": "Europe/Berlin", "against": "chosen", "against_begin": "2026-02-01T10:00Z",
        "against_end": "2026-02-01T12:00Z",
    }  # fmt: skip
    asked = question(from_form(sent), 0)
    assert asked.span == Span(at("2026-03-01T10:00"), at("2026-03-01T12:00"))
    utc = ZoneInfo("UTC")
    assert asked.before == Span(at("2026-02-01T10:00", utc), at("2026-02-01T12:00", utc))
    del sent["against"]
    assert question(from_form(sent), 0).before == Span(
        at("2026-03-01T08:00"), at("2026-03-01T10:00")
    )


def test_days_are_those_of_the_zone_when_its_clocks_change() -> None:
    span = Span(at("2026-10-24T12:00"), at("2026-10-27"))
    found = edges(span, "day", BERLIN)
    expected = ["2026-10-24T12:00", "2026-10-25", "2026-10-26", "2026-10-27"]
    assert found == [at(text) for text in expected]
    assert found[2] - found[1] == 25 * 3600


def test_hours_of_a_zone_half_an_hour_off() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    span = Span(at("2026-01-01T10:20", kolkata), at("2026-01-01T12:10", kolkata))
    assert edges(span, "hour", kolkata) == [
        at(f"2026-01-01T{text}", kolkata) for text in ("10:20", "11:00", "12:00", "12:10")
    ]


def test_where_minutes_are_not_kept_all_is_of_full_hours() -> None:
    kolkata, now = ZoneInfo("Asia/Kolkata"), int(NOW.timestamp())
    since = now // 3600 * 3600 - 7 * 86400
    sent = {"period": "chosen", "begin": "2026-11-05T10:20", "end": "2026-11-05T12:10",
            "zone": "Asia/Kolkata"}  # fmt: skip
    exact = question(from_form(sent | {"per": "minute"}), now)
    asked = question(from_form(sent | {"per": "minute"}), now, since)
    assert (exact.length, exact.is_coarse) == ("minute", False)
    assert (asked.length, asked.is_coarse) == ("hour", True)
    assert asked.span == Span(at("2026-11-05T09:30", kolkata), at("2026-11-05T12:30", kolkata))
    assert asked.before == Span(at("2026-11-05T06:30", kolkata), asked.span.begin), "none twice"
    for one in edges(asked.span, "hour", kolkata, since):
        assert one % 3600 == 0
    month = question(from_form({"period": "month", "zone": "Asia/Kolkata"}), now, since)
    times = edges(month.span, "day", kolkata, since)
    assert all(one % 3600 == 0 or one >= since for one in times)
    assert len(times) == len(set(times)) == 31
    recent = question(from_form({"period": "hour"}), now, since)
    assert (recent.length, recent.is_coarse) == ("minute", False)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"zone": "Nowhere/Land"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"period": "chosen"}, "begin: .* missing"),
        ({"period": "year"}, "period"),
        ({"begin": "2026-01-01"}, "belong to the period 'chosen'"),
        ({"period": "chosen", "begin": "2026-01-02", "end": "2026-01-01"}, "is before begin"),
        ({"period": "chosen", "begin": "0001-01-01", "end": "2026-01-01"}, "between 1971"),
        ({"period": "chosen", "begin": "9999-12-31", "end": "9999-12-31T01:00"}, "between 1971"),
        ({"period": "chosen", "begin": "yesterday"}, "begin"),
        ({"period": "month", "per": "minute"}, "more than 1500 minutes"),
        ({"against": "chosen"}, "against_begin"),
        (
            {"against": "chosen", "against_begin": "1971-01-02", "against_end": "2199-01-01"},
            "more than 1500 days",
        ),
        ({"km": "-1"}, "km: Input should be greater than 0"),
        ({"model": str(2**70)}, "model"),
    ],
)
def test_what_does_not_go_together_is_said(sent, why) -> None:
    with pytest.raises(ArgumentError, match=why):
        question(from_form(sent), int(NOW.timestamp()))
