"""Exports of cameras hold every field, no formula, and are of a known format."""

import csv
import io
import json

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.errors import ArgumentError
from counterpoise.service.exchange.checking import FIELDS, TOLD
from counterpoise.service.exchange.exporting import exported

ROW = dict.fromkeys((*FIELDS, *TOLD, "last_picture"), "") | {
    "name": "=cmd()", "latitude": -1.5, "longitude": 2.5, "last_frame": 1_500_000,
    "is_active": True,
}  # fmt: skip


def test_csv() -> None:
    (row,) = csv.DictReader(io.StringIO(exported([ROW], "csv").decode()))
    assert set(row) == {*FIELDS, *TOLD}
    assert (row["name"], row["latitude"], row["is_active"]) == ("'=cmd()", "-1.5", "true")
    assert row["last_frame"] == "1970-01-01T00:00:01.500+00:00"


def test_json_and_geojson() -> None:
    (camera,) = json.loads(exported([ROW], "json"))["cameras"]
    (feature,) = json.loads(exported([ROW], "geojson"))["features"]
    assert camera["name"] == feature["properties"]["name"] == "=cmd()"
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.5, -1.5]}


def test_a_format_that_is_none() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'csv'"):
        exported([], "cvs")
