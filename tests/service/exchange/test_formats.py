"""Rows of the three formats, and what is no row."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.errors import DataError
from counterpoise.service.exchange import formats
from counterpoise.service.exchange.formats import RawRow, Refused, rows, shown


def read(text: str | bytes) -> list:
    return list(rows(text.encode() if isinstance(text, str) else text))


def test_lines_of_csv_are_counted_as_an_editor_does() -> None:
    text = '\ufeffName;URL;city\n\n"two\nlines";x;\n;;\npier;=1;\'=1\nlong;a;b;c\nshort\n'
    assert read(text) == [
        RawRow("line 3", {"name": "two\nlines", "url": "x", "city": None}),
        RawRow("line 6", {"name": "pier", "url": "=1", "city": "=1"}),
        Refused("line 7", "", "the header has 3 columns, this row 4", "'c'"),
        RawRow("line 8", {"name": "short"}),
    ]


@pytest.mark.parametrize(
    "text", ['[{"name": "a"}]', '{"cameras": [{"name": "a"}]}', ' \n[{"name": "a"}]']
)
def test_json_is_a_list_however_it_is_wrapped(text: str) -> None:
    assert read(text) == [RawRow("item 1", {"name": "a"})]


def test_an_item_that_is_no_object_is_refused() -> None:
    assert read('[3, {"name": null}]') == [
        Refused("item 1", "", "a camera is an object {...}", "3"),
        RawRow("item 2", {"name": None}),
    ]


def test_points_of_geojson() -> None:
    def feature(geometry: object, **more: object) -> dict:
        return {"type": "Feature", "geometry": geometry, "properties": {"name": "a"}, **more}

    whole = {
        "type": "FeatureCollection",
        "features": [
            feature({"type": "Point", "coordinates": [2, 1, 30]}),
            feature(None),
            feature({"type": "LineString", "coordinates": [[2, 1], [3, 4]]}),
            feature({"type": "Point", "coordinates": ["2", 1]}),
            feature({"type": "Point", "coordinates": [True, 1]}),
            feature(None, properties=[]),
            feature(None, properties=None),
            {"type": "Point"},
        ],
    }
    found = read(json.dumps(whole))
    assert found[0] == RawRow("feature 1", {"name": "a", "longitude": 2, "latitude": 1})
    assert found[1] == RawRow("feature 2", {"name": "a"})
    assert [(f.where, f.field) for f in found[2:6]] == [
        ("feature 3", "geometry"), ("feature 4", "geometry"), ("feature 5", "geometry"),
        ("feature 6", "properties"),
    ]  # fmt: skip
    assert found[6] == RawRow("feature 7", {})
    assert found[7].rule == "its type is Feature"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"name\n\xe9", "byte 6 is not"),
        (b"{", "no JSON"),
        (b"{}", "this one is none"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"name": ' + b"9" * 5000 + b"}]", "no JSON"),
        (b'{"type": "FeatureCollection"}', "has none"),
        (b"name,Name\na,b", "'name' twice"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(content: bytes, rule: str) -> None:
    with pytest.raises(DataError, match=rule):
        read(content)


def test_a_cell_without_end_is_refused_with_its_line() -> None:
    found = read('name\n"' + "a" * 200_000 + '"\nb\n')
    assert isinstance(found[0], Refused)
    assert found[0].where == "line 2"


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST", 2)
    assert len(read("name\na\nb\n")) == 2
    with pytest.raises(DataError, match="at most 2 rows"):
        read("name\na\nb\nc\n")
    monkeypatch.setattr(formats, "LARGEST", 5)
    with pytest.raises(DataError, match="at most 5 bytes; got 6"):
        read("name\na")


PIECES = st.lists(
    st.sampled_from(
        ['"', ",", ";", "\n", "\r", "name", "url", "=", "\x00", "é", "[", "{", "}", ":"]
    )
)


@given(st.one_of(st.binary(max_size=200), PIECES.map("".join).map(str.encode)))
def test_no_file_is_a_defect(content: bytes) -> None:
    try:
        found = list(rows(content))
    except DataError:
        return
    for row in found:
        assert row.where
        assert isinstance(row, RawRow) or row.rule


@given(st.one_of(st.text(), st.floats(), st.none(), st.lists(st.text(max_size=3))))
def test_what_is_shown_is_one_printable_line(value: object) -> None:
    assert shown(value).isprintable()
    assert len(shown(value)) <= formats.SHOWN + 3


def test_a_header_of_very_many_columns_is_refused_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(DataError, match="a header has at most 1000 columns; got 100000"):
        read(",".join(f"c{n}" for n in range(100_000)) + "\n1,2\n")
    assert time.monotonic() - begun < 5
