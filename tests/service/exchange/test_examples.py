"""The files to begin with are taken as they are."""

import json
import tomllib

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.exchange.checking import FIELDS
from counterpoise.service.exchange.examples import CAMERAS, CATALOGUES
from counterpoise.service.exchange.formats import FORMATS
from counterpoise.service.exchange.importing import import_file
from counterpoise.service.exchange.mapping import load, mapped

LISTS = {
    "json": {"data": {"cameras": [{"id": 1, "title": {"en": "Quay"}, "position": [59.9, 10.7]}]}},
    "geojson": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [10.7, 59.9]},
                "properties": {"id": 1, "title": "Quay"},
            }
        ],
    },
}


def test_there_is_one_for_each_format() -> None:
    assert set(CAMERAS) == set(CATALOGUES) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_no_row_of_the_cameras_is_refused(system, form: str) -> None:
    content = CAMERAS[form].encode()
    report = import_file(system.engine, system.guard, content, 1, "the test", source="x")
    assert report.refused == []
    assert report.ignored == []
    assert report.added == report.rows >= 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_catalogue_reads_a_list_of_its_kind(tmp_path, form: str) -> None:
    file = tmp_path / "harbours.toml"
    file.write_text(CATALOGUES[form])
    content = b"id,title,lat,lon\n1,Quay,59.9,10.7\n"
    if form != "csv":
        content = json.dumps(LISTS[form]).encode()
    catalogue = load(file)
    assert catalogue.format == form
    ((key, row),) = mapped(catalogue, "harbours", content)
    assert key == "harbours:1"
    assert {name: str(row.values[name]) for name in ("name", "url", "latitude")} == {
        "name": "Quay",
        "url": "https://data.example.org/cameras/1/latest.jpg",
        "latitude": "59.9",
    }
    assert {*tomllib.loads(CATALOGUES[form])["fixed"]} <= set(FIELDS)
