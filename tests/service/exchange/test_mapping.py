"""What a catalogue says of a list, and what becomes of its rows."""

import json
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from hypothesis import given
from hypothesis import strategies as st

from counterpoise.errors import DataError
from counterpoise.service.exchange.formats import RawRow, Refused
from counterpoise.service.exchange.mapping import Catalogue, load, mapped

TOML = """
url = "https://cameras.example.org/list.json"
list = "data.cameras"
[fields]
key = "id"
name = "title.en"
latitude = "at.0"
longitude = "at.1"
[templates]
url = "https://cameras.example.org/{id}/{title.en}.jpg?at={time}"
[fixed]
kind = "snapshot"
interval = 60
"""


@pytest.fixture
def harbours(tmp_path: Path) -> Catalogue:
    (tmp_path / "harbours.toml").write_text(TOML)
    return load(tmp_path / "harbours.toml")


def rows(catalogue: Catalogue, content: object) -> list:
    whole = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(mapped(catalogue, "harbours", whole))


def test_a_row_is_mapped(harbours: Catalogue) -> None:
    row = {"id": 7, "title": {"en": "pier"}, "at": [1.5, 2.5], "more": None}
    assert rows(harbours, {"data": {"cameras": [row]}}) == [
        (
            "harbours:7",
            RawRow("item 1", {
                "kind": "snapshot", "interval": 60, "key": "harbours:7", "name": "pier",
                "latitude": 1.5, "longitude": 2.5,
                "url": "https://cameras.example.org/7/pier.jpg?at={time}",
            }),
        )
    ]  # fmt: skip


def test_rows_that_lack_something(harbours: Catalogue) -> None:
    whole = [{"id": 7}, {"title": {"en": "a"}}, 3, {"id": "8", "title": {"en": "b"}, "at": []}]
    found = rows(harbours, {"data": {"cameras": whole}})
    assert [key for key, _ in found] == ["harbours:7", "", "", "harbours:8"]
    said = [str(row) for _, row in found[:3]]
    assert said == [
        "item 1: url: its template needs 'title.en', which the row lacks",
        "item 2: key: each camera of a catalogue needs one",
        "item 3: a row is an object {...}; got 3",
    ]
    assert found[3][1].values["latitude"] is None


def test_geojson_and_csv_need_no_path() -> None:
    fixed = {"kind": "push"}
    feature = {"properties": {"n": "a"}, "geometry": {"type": "Point", "coordinates": [2, 1]}}
    points = Catalogue(
        url="https://x.example/", format="geojson", fixed=fixed,
        fields={"key": "properties.n", "name": "properties.n"},
    )  # fmt: skip
    ((key, row),) = rows(points, {"features": [feature]})
    assert key == "harbours:a"
    assert (row.values["latitude"], row.values["longitude"]) == (1, 2)
    table = Catalogue(
        url="https://x.example/", format="csv", fields={"key": "no", "name": "title"}, fixed=fixed
    )
    ((key, row),) = rows(table, b"No;Title\n7;Pier\n")
    assert (key, row.values["name"]) == ("harbours:7", "Pier")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('key = "id"\n', ""), "'key' is set nowhere"),
        (("interval = 60", "intervall = 60"), "did you mean 'interval'"),
        (("interval = 60", 'name = "x"'), "'name' is set twice"),
        (("interval = 60", "is_active = true"), "no field that a catalogue sets"),
        (('list = "', 'lists = "'), "lists: Extra inputs"),
        (("url = ", "url : "), "not a TOML file"),
        (("interval = 60", 'key = "x"'), "'key' is set twice"),
    ],
)
def test_a_file_that_is_of_no_use_says_why(tmp_path: Path, change, said: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(TOML.replace(*change, 1))
    with pytest.raises(DataError, match=said):
        load(file)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a TOML file"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{", "no JSON"), (b"\xff", "no JSON"), (b"{}", "no list at 'data.cameras'"),
     (b"[" * 100_000, "nested too deeply")],
)  # fmt: skip
def test_a_list_that_is_none(harbours: Catalogue, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        rows(harbours, content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "title", "en", "at", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=4))
def test_each_row_is_mapped_or_has_a_reason(whole: list) -> None:
    import tomllib

    catalogue = Catalogue.model_validate(tomllib.loads(TOML))
    found = rows(catalogue, {"data": {"cameras": whole}})
    assert len(found) == len(whole)
    assert all(row.rule for _, row in found if isinstance(row, Refused))
