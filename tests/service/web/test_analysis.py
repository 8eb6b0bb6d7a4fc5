"""The page of analysis, its files, and its REST twin: the same counts, whatever is asked."""

import csv
import io
import json
import random
import time
import tracemalloc
from collections import Counter

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import insert

from counterpoise.service.database import cameras, totals
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.recorder import Analysed
from counterpoise.service.database.tables import Camera, Model, Result

EVIL = "=cmd|' /C calc'!A0<script>"
HOUR = 3600
PLACES = (("Portugal", "Lisbon"), ("Kenya", "Nairobi"), ("Portugal", "Porto"))


@pytest.fixture
def filled(system):
    """Three cameras; 300 results of the last two days, in the second of which there is more b."""
    draw = random.Random(0)
    now = int(time.time())
    with system.engine.begin() as connection:
        for country, city in PLACES:
            fields = CameraFields(name=EVIL, kind="push", country=country, city=city, latitude=1,
                                  longitude=2, is_active=False)  # fmt: skip
            cameras.add(connection, fields, 1, "the test")
        model = connection.execute(
            insert(Model).values(digest="d", name="m", classes='["a", "b"]', since=1)
        ).inserted_primary_key[0]
        results = []
        for n in range(300):
            age = draw.uniform(600, 46 * HOUR)
            is_b = draw.random() < (0.8 if age < 23 * HOUR else 0.2)
            results.append(Analysed(
                n % 3 + 1, model, int((now - age) * 1e6), "b" if is_b else "a", 0.75, None, None,
                1, 1, 1,
            ))  # fmt: skip
        connection.execute(insert(Result), [
            {"camera_id": r.camera, "model_id": r.model, "at": r.at, "recorded": r.at,
             "label": r.label, "probability": r.probability, "width": 1, "height": 1, "size": 1}
            for r in results
        ])  # fmt: skip
        totals.add(connection, results)
        connection.execute(Camera.__table__.update().values(last_frame=now * 1_000_000))
    return results


def test_the_page_begins_with_what_changed(browse, filled) -> None:
    text = browse("viewer").get("/analysis?zone=Europe/Berlin").text
    assert "“b” is more frequent than in the 24 hours before: " in text
    assert "<script>" not in text.replace("<script src", "")
    assert "Mean probability" in text
    for country in ("Portugal", "Kenya"):
        assert f"country={country}&amp;by=state" in text


def test_page_and_program_count_the_same(browse, filled) -> None:
    client = browse("viewer")
    begin = int(time.time()) - 40 * HOUR
    query = f"period=chosen&begin={begin}&against=nothing&by=city&country=Portugal"
    found = client.get(f"/api/analysis?{query}").json()
    begin -= begin % 60
    expected = Counter(r.label for r in filled if r.at / 1e6 >= begin and r.camera != 2)
    assert {one["label"]: one["number"] for one in found["classes"]} == dict(expected)
    assert found["number"] == expected.total()
    assert {label: sum(counts) for label, counts in found["counts"].items()} == dict(expected)
    assert {group["city"] for group in found["groups"]} == {"Lisbon", "Porto"}
    assert sum(group["number"] for group in found["groups"]) == expected.total()
    assert {one["mean_probability"] for one in found["classes"]} == {0.75}
    text = client.get(f"/analysis?{query}").text
    assert f"{expected.total()} results of 2 cameras" in text
    assert found["said"] in text


def test_what_is_more_than_chance(browse, filled) -> None:
    found = browse("viewer").get("/api/analysis").json()
    b = next(one for one in found["classes"] if one["label"] == "b")
    assert b["more_than_chance"]
    assert b["low"] < b["difference"] < b["high"]
    assert b["difference"] == pytest.approx(0.6, abs=0.15)


def test_a_search_by_circle_and_by_words(browse, filled) -> None:
    client = browse("viewer")
    assert client.get("/api/analysis?words=nairobi").json()["cameras"] == 1
    assert client.get("/api/analysis?latitude=1&longitude=2&km=5").json()["cameras"] == 3
    nothing = client.get("/analysis?latitude=50&longitude=2&km=5")
    assert "There is no result in this time, of these cameras." in nothing.text
    answer = client.get("/api/analysis?place=Lafayette,+Indiana&km=20000")
    assert answer.json().get("cameras") == 3, answer.text
    assert client.get("/api/analysis?place=Nowhereville").status_code == 422
    box = "south=0&west=1&north=2&east=3"
    assert client.get(f"/api/analysis?{box}&city=porto").json()["cameras"] == 1
    assert "a circle has" in client.get("/analysis?latitude=50").text


def test_one_camera_alone(browse, filled) -> None:
    client = browse("viewer")
    found = client.get("/api/analysis?camera=2&period=week&against=nothing").json()
    assert found["cameras"] == 1
    expected = sum(r.camera == 2 for r in filled if r.at / 1e6 > time.time() - 6 * 24 * HOUR)
    assert found["number"] == expected > 0
    text = client.get("/analysis?camera=2").text
    assert 'Of <a href="/cameras/2">' in text
    assert '<option value="2" selected>' in text
    assert "<h2>By " not in text
    assert client.get("/api/analysis?camera=2&words=lisbon").json()["number"] == 0
    rows = client.get("/analysis/results.csv?camera=2&period=week").text.splitlines()
    assert {row.split(",")[2] for row in rows[1:]} <= {"2"}
    assert "there is no camera 99" in client.get("/analysis?camera=99").text
    assert client.get("/api/analysis?camera=99").status_code == 422


def test_no_result_at_all(browse) -> None:
    assert "There is no result in this time" in browse("viewer").get("/analysis").text


def test_faults_are_said(browse) -> None:
    client = browse("viewer")
    answer = client.get("/analysis?zone=Nowhere/Land")
    assert answer.status_code == 422
    assert "is no time zone" in answer.text
    assert client.get("/api/analysis?zone=x").status_code == 422
    assert client.get("/analysis/results.csv?period=chosen").status_code == 422
    assert client.get("/analysis/results.exe").status_code == 422


QUERY = "period=week&zone=Asia/Kolkata"


@pytest.mark.parametrize("what", ["counts", "results"])
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_files_hold_every_result_and_no_formula(browse, filled, what, prefix) -> None:
    client = browse("viewer")
    sent = client.get(f"{prefix}/analysis/{what}.csv?{QUERY}")
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(sent.text)))
    whole = client.get(f"{prefix}/analysis/{what}.json?{QUERY}").json()
    assert len(whole) == len(lines)
    assert {line["name"] for line in lines} == {"'" + EVIL}
    assert {line["name"] for line in whole} == {EVIL}
    numbers: Counter[tuple[str, str]] = Counter()
    for line in lines:
        numbers[line["camera"], line["class"]] += int(line.get("number", 1))
    assert numbers == Counter((str(r.camera), r.label) for r in filled)
    at = "begin" if what == "counts" else "at"
    assert all(line[f"{at}_utc"].endswith("Z") for line in lines)
    assert all(line[f"{at}_local"].endswith("+05:30") for line in lines)


def test_a_model_s_results_alone(browse, filled) -> None:
    client = browse("viewer")
    assert client.get("/api/analysis?model=99").json()["number"] == 0
    assert json.loads(client.get("/analysis/results.json?model=99").text) == []


@pytest.mark.system
def test_a_long_file_fills_no_memory(system) -> None:
    """120 000 results are read with less memory than a third of the file."""
    from counterpoise.service.web import analysis_export
    from counterpoise.service.web.analysis_query import from_form, question

    now = int(time.time())
    with system.engine.begin() as connection:
        cameras.add(connection, CameraFields(name="x", kind="push", is_active=False), 1, "me")
        connection.execute(Camera.__table__.update().values(last_frame=now * 1_000_000))
        connection.execute(insert(Model).values(id=7, digest="d", name="m", classes="[]", since=1))
        row = {"camera_id": 1, "model_id": 7, "recorded": 1, "label": "a", "width": 1,
               "height": 1, "size": 1}  # fmt: skip
        for start in range(0, 120_000, 10_000):
            connection.execute(
                insert(Result),
                [row | {"at": (now - 3600) * 1_000_000 + start + n} for n in range(10_000)],
            )
    asked = question(from_form({}), now)
    written = analysis_export._csv(
        analysis_export._results(system.engine, asked, None), analysis_export.COLUMNS["results"]
    )
    tracemalloc.start()
    length = sum(len(piece) for piece in analysis_export._pieces(written))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 8_000_000
    assert peak < length / 3


def test_hours_stand_in_for_minutes_that_are_not_kept_any_more(browse, system, filled) -> None:
    from counterpoise.service.resources.thinning import Thinning

    now, client = int(time.time()), browse("viewer")
    begin = (now - 40 * HOUR) // HOUR * HOUR
    query = f"period=chosen&begin={begin + 600}&end={begin + 5 * HOUR + 60}&per=minute&by=camera"
    wide = f"period=chosen&begin={begin}&end={begin + 6 * HOUR}&per=hour&by=camera"
    expected = client.get(f"/api/analysis?{wide}&against=nothing").json()
    assert "full hours" not in client.get(f"/analysis?{query}").text
    Thinning(system.engine, 1, lambda: False).look(now)
    found = client.get(f"/api/analysis?{query}&against=nothing").json()
    assert found["number"] > 0
    assert found == expected
    text = client.get(f"/analysis?{query}").text
    assert "Counts by minute are not kept so long: those from then begin and end with full" in text
    rows = client.get(f"/api/analysis/counts.json?{query}&against=nothing").json()
    assert sum(row["number"] for row in rows) == found["number"]
    assert "full hours" not in client.get("/analysis?period=hour").text
