"""Each row that is refused says where, which field, which rule, and what arrived."""

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.exchange.checking import FIELDS, checked
from counterpoise.service.exchange.formats import RawRow, Refused
from counterpoise.service.runtime.egress import EgressGuard

GOOD = {"name": "Pier", "kind": "snapshot", "url": "https://x.example/1.jpg"}


def check(*rows: dict):
    return checked([RawRow(f"line {n}", row) for n, row in enumerate(rows, 2)], EgressGuard())


def test_a_good_row_keeps_what_it_mentions() -> None:
    (row,) = check(GOOD | {"latitude": "1.5", "longitude": "2", "is_active": "no"}).rows
    assert row.given == GOOD.keys() | {"latitude", "longitude", "is_active"}
    assert (row.fields.latitude, row.fields.longitude, row.fields.is_active) == (1.5, 2.0, False)


@pytest.mark.parametrize(
    ("wrong", "field", "rule", "got"),
    [
        ({"name": None}, "name", "required", ""),
        ({"kind": "tv"}, "kind", "one of snapshot, mjpeg", "'tv'"),
        ({"url": "ftp://x"}, "url", "a URL begins with", "'ftp://x'"),
        ({"url": "http://u:secret@x.example/"}, "url", "fields of their own", "http://***@x"),
        ({"latitude": "north"}, "latitude", "valid number", "'north'"),
        ({"latitude": "nan", "longitude": "1"}, "latitude", "less than or equal", "'nan'"),
        ({"latitude": "1"}, "longitude", "one of them is missing", ""),
        ({"interval": "0"}, "interval", "greater than or equal to 0.1", "'0'"),
        ({"name": "a\x00b"}, "name", "control characters", "a\\x00b"),
        ({"name": "\ud800"}, "name", "valid string", "\\ud800"),
        ({"city": {"a": 1}}, "city", "valid string", "{'a': 1}"),
    ],
)
def test_what_is_wrong_is_said(wrong: dict, field: str, rule: str, got: str) -> None:
    whole = check(GOOD | wrong)
    assert whole.rows == []
    (refused,) = whole.refused
    assert (refused.where, refused.field) == ("line 2", field)
    assert rule in refused.rule
    assert got in refused.got
    assert "secret" not in str(refused)


def test_all_faults_of_a_row_are_said_at_once() -> None:
    assert {r.field for r in check({"kind": "tv", "interval": "x"}).refused} == {"name", "interval"}


def test_the_same_camera_twice_in_a_file() -> None:
    push = {"name": "c", "kind": "push"}
    whole = check(
        GOOD, GOOD | {"name": "b"}, push | {"key": "k"}, push | {"name": "d", "key": "k"}, push
    )
    assert [str(r) for r in whole.refused] == [
        "line 3: url: the same camera as line 2; got 'https://x.example/1.jpg'",
        "line 5: key: the same camera as line 4; got 'k'",
        "line 6: name: the same camera as line 4; got 'c'",
    ]


def test_columns_that_no_camera_has_are_said_and_stop_nothing() -> None:
    whole = check(GOOD | {"lattitude": "1", "id": "7", "health": "live"})
    assert len(whole.rows) == 1
    assert whole.ignored == ["'lattitude'; did you mean 'latitude'?"]


VALUES = st.one_of(
    st.none(), st.text(max_size=8), st.floats(), st.integers(), st.booleans(), st.lists(st.none()),
    st.sampled_from(["snapshot", "push", "https://x.example/1.jpg", "1e999", "\ud800", "=1"]),
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from([*FIELDS, "x"]), VALUES), max_size=4))
def test_each_row_is_a_camera_or_has_a_reason(rows: list[dict]) -> None:
    whole = check(*rows)
    assert whole.number == len(rows)
    refused = {r.where for r in whole.refused}
    assert len(whole.rows) + len(refused) == len(rows)
    assert refused.isdisjoint(row.where for row in whole.rows)
    for fault in whole.refused:
        assert fault.rule
        str(fault).encode()


def test_what_was_no_row_is_handed_on() -> None:
    broken = Refused("line 9", "", "no row")
    assert checked([broken], EgressGuard()).refused == [broken]
