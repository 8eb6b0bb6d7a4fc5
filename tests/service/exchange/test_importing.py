"""Files of cameras: added, changed, left alone, in one transaction; exported and taken back."""

import json

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from counterpoise.service.database import audit, cameras
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera
from counterpoise.service.exchange.checking import FIELDS
from counterpoise.service.exchange.exporting import exported
from counterpoise.service.exchange.formats import FORMATS
from counterpoise.service.exchange.importing import import_file
from counterpoise.service.gazetteer.gazetteer import Gazetteer
from counterpoise.service.runtime.egress import EgressGuard

CSV = """name,kind,url,city
Pier,snapshot,https://x.example/1.jpg,Oslo
Lock,mjpeg,https://x.example/2,Bergen
Phone,push,,
wrong,tv,,
"""


def bring(engine, text: str | bytes, **more):
    content = text.encode() if isinstance(text, str) else text
    return import_file(engine, EgressGuard(), content, 5, "ada", **more)


def every(engine) -> list[dict]:
    with engine.connect() as connection:
        return list(cameras.every(connection, Search()))


def counts(report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.rows_refused


def test_a_second_import_adds_nothing_and_changes_what_is_new(engine) -> None:
    assert counts(bring(engine, CSV, dry=True)) == (3, 0, 0, 1)
    assert every(engine) == []
    assert counts(bring(engine, CSV)) == (3, 0, 0, 1)
    assert counts(bring(engine, CSV)) == (0, 0, 3, 1)
    assert counts(bring(engine, CSV.replace("Oslo", "Moss"), dry=True)) == (0, 1, 2, 1)
    assert counts(bring(engine, CSV.replace("Oslo", "Moss"))) == (0, 1, 2, 1)
    assert [row["city"] for row in every(engine)] == ["Moss", "Bergen", ""]


def test_what_a_file_does_not_mention_stays_and_what_it_leaves_empty_does_not(engine) -> None:
    bring(engine, CSV)
    with engine.begin() as connection:
        fields = CameraFields.model_validate(
            {n: v for n, v in every(engine)[0].items() if n in FIELDS} | {"industry": "bank"}
        )
        cameras.change(connection, 1, fields, 1, "me")
    assert counts(bring(engine, CSV)) == (0, 0, 3, 1)
    assert every(engine)[0]["industry"] == "bank"
    bring(engine, CSV.replace(",Oslo", ","))
    assert (every(engine)[0]["industry"], every(engine)[0]["city"]) == ("bank", "")


def test_the_zone_of_a_new_camera_is_filled_and_that_of_a_known_one_stays(
    engine, places, tmp_path
) -> None:
    towns = Gazetteer(tmp_path)
    towns.use(places)
    text = "name,kind,latitude,longitude,city\nMill,push,48.2,11.5,Dachau\n"
    assert bring(engine, text, places=towns).placed == 0
    assert every(engine)[0]["timezone"] == "Europe/Berlin"
    with engine.begin() as connection:
        row = {n: v for n, v in every(engine)[0].items() if n in FIELDS} | {"timezone": "UTC"}
        cameras.change(connection, 1, CameraFields.model_validate(row), 1, "me")
    assert counts(bring(engine, text, places=towns)) == (0, 0, 1, 0)
    moved = text.replace("48.2,11.5,Dachau", "48.8,2.3,Clamart")
    assert counts(bring(engine, moved, places=towns)) == (0, 1, 0, 0)
    assert every(engine)[0]["timezone"] == "Europe/Paris"


def test_a_key_knows_a_camera_whose_address_changed(engine) -> None:
    row = {"name": "a", "kind": "snapshot", "url": "https://x.example/1", "key": "k"}
    bring(engine, json.dumps([row]))
    moved = row | {"url": "https://x.example/2"}
    assert counts(bring(engine, json.dumps([moved]))) == (0, 1, 0, 0)
    another = moved | {"key": "l"}
    assert counts(bring(engine, json.dumps([another]))) == (1, 0, 0, 0)
    assert len(every(engine)) == 2


def test_a_key_is_given_to_the_camera_that_was_there_without(engine) -> None:
    bring(engine, CSV)
    keyed = "\n".join(
        line + ("," + ("key" if n == 0 else str(n))) for n, line in enumerate(CSV.split("\n")[:4])
    )
    assert counts(bring(engine, keyed)) == (0, 3, 0, 0)
    assert [row["key"] for row in every(engine)] == ["1", "2", "3"]


def test_each_change_is_in_the_audit_log(engine) -> None:
    bring(engine, CSV, source="ports.csv")
    bring(engine, CSV.replace("Oslo", "Moss"), source="ports.csv")
    with engine.connect() as connection:
        lines = [(entry.what, entry.detail) for entry in audit.latest(connection)]
    assert lines == [
        ("cameras imported", "ports.csv: 0 added, 1 changed"),
        ("camera changed", "1: city"),
        ("cameras imported", "ports.csv: 3 added, 0 changed"),
        ("camera added", "3: Phone"),
        ("camera added", "2: Lock"),
        ("camera added", "1: Pier"),
    ]


def test_all_or_nothing(engine) -> None:
    bring(engine, CSV)

    @event.listens_for(engine, "before_cursor_execute")
    def fail(conn, cursor, statement, *rest) -> None:
        if statement.startswith("INSERT INTO audit"):
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        bring(engine, CSV.replace("Oslo", "Moss").replace("2", "3"))
    assert [row["city"] for row in every(engine)] == ["Oslo", "Bergen", ""]


def test_many_are_known_again_by_parts(engine) -> None:
    many = "name,kind,url\n" + "".join(
        f"c{n},snapshot,https://x.example/{n}\n" for n in range(1001)
    )
    assert counts(bring(engine, many)) == (1001, 0, 0, 0)
    assert counts(bring(engine, many)) == (0, 0, 1001, 0)


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("='+-@\"',;\n"), max_size=12
).filter(lambda text: not set(text) & {"\n"})
CAMERAS = st.lists(
    st.builds(
        lambda name, text, place, flag: CameraFields(
            name=name, kind="push", city=text, attribution=text + "\nx", stores_pictures=flag,
            latitude=place and place[0], longitude=place and place[1],
        ),
        TEXT.filter(str.strip), TEXT,
        st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)), st.booleans(),
    ),
    max_size=4, unique_by=lambda camera: camera.name,
)  # fmt: skip


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(found=CAMERAS, form=st.sampled_from(FORMATS))
def test_what_is_exported_comes_back_as_it_was(engine, found, form: str) -> None:
    with engine.begin() as connection:
        connection.execute(delete(Camera))
        for fields in found:
            cameras.add(connection, fields, 1, "me")
    before = every(engine)
    content = exported(before, form)
    if not before and form == "csv":
        assert content.count(b"\n") == 1
    report = bring(engine, content)
    assert (report.added, report.changed, report.refused) == (0, 0, [])
    with engine.begin() as connection:
        connection.execute(delete(Camera))
    assert bring(engine, content).added == len(before)
    kept = [{name: row[name] for name in FIELDS} for row in every(engine)]
    assert kept == [{name: row[name] for name in FIELDS} for row in before]
