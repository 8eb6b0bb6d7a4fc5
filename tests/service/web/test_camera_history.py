"""What a camera saw beside the training and its own past, and over time."""

import random
import re
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select, update

from counterpoise.service.database import cameras, totals
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.tables import Camera, Model
from counterpoise.service.web import camera_history

HOUR = 3600


@pytest.fixture
def fill(system, camera):
    """Makes results of a camera; `light` says how often it is seen so many hours ago."""

    def made(number: int, hours: int, light, per_hour: int = 30) -> None:
        draw = random.Random(number)
        now = int(time.time())
        with system.engine.begin() as connection:
            model = connection.scalar(select(Model.id))
            results = []
            for hour in range(hours):
                for _ in range(per_hour):
                    at = (now - hour * HOUR - draw.randrange(HOUR)) * 1_000_000
                    label = "light" if draw.random() < light(hour) else "dark"
                    results.append(Analysed(number, model, at, label, 0.8, None, None, 1, 1, 1))
            totals.add(connection, results)

    system.model.described = SimpleNamespace(metadata={"counts": [500, 500]})
    return made


def drift(system, number: int) -> dict:
    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
        assert row is not None
        return camera_history.drift(connection, system, row)


def test_it_is_of_this_camera_alone(system, camera, fill) -> None:
    with system.engine.begin() as connection:
        other = cameras.add(connection, CameraFields(name="B", kind="push"), 1, "the test")
    fill(camera, 8 * 24, lambda hour: 0.9)
    fill(other, 8 * 24, lambda hour: 0.5)
    assert "“light” is more frequent than in the training" in drift(system, camera)["said"]
    said = drift(system, other)["said"]
    assert said == (
        "In the last 24 hours no class's share differs from that of the training by more than "
        "chance. In the last 24 hours no class's share differs from that of its 7 days before by "
        "more than chance."
    )


def test_it_is_compared_with_its_own_past(system, camera, fill) -> None:
    fill(camera, 8 * 24, lambda hour: 0.5 if hour < 24 else 0.9)
    found = drift(system, camera)
    assert "“dark” is more frequent than in its 7 days before" in found["said"]
    assert "“light” 49" in found["said"] or "“light” 50" in found["said"]
    row = next(one for one in found["rows"] if one["label"] == "light")
    assert row["is_more"]
    assert float(row["then"].rstrip(" %")) == pytest.approx(90, abs=3)
    low, high = map(float, row["against_past"]["interval"].split(" to "))
    assert low < -40 < high < 0


def test_in_the_first_hours_minutes_are_compared(system, camera, fill) -> None:
    fill(camera, 1, lambda hour: 0.95, 300)
    found = drift(system, camera)
    assert found["said"].startswith("In the last 60 minutes “light” is more frequent than in the")
    assert found["said"].endswith("too few earlier results to compare with its own past.")


def test_a_few_minutes_are_too_few(system, camera, fill) -> None:
    fill(camera, 1, lambda hour: 0.95, 4)
    found = drift(system, camera)
    assert found["said"].startswith("There are too few results yet to compare with the training")
    assert found["watched"].drift == ()


def test_what_differs_most_comes_first(system, camera, fill) -> None:
    system.model.classes = ("rare", "dark", "light")
    system.model.described.metadata["counts"] = [300, 400, 300]
    fill(camera, 48, lambda hour: 0.9)
    rows = drift(system, camera)["rows"]
    assert [row["label"] for row in rows] == ["light", "dark", "rare"]
    assert all(row["is_more"] for row in rows)


def test_a_camera_that_saw_nothing_or_a_model_that_says_nothing(system, camera, fill) -> None:
    assert drift(system, camera)["said"] == "It saw nothing in the last 24 hours."
    fill(camera, 10, lambda hour: 0.5)
    system.model.described = None
    assert drift(system, camera)["said"].startswith("The model does not say what it was trained")
    system.model.classes = ()
    assert drift(system, camera)["said"].startswith("The program declares no classes")


def test_the_page_shows_both_and_links_the_analysis(browse, system, camera, fill) -> None:
    fill(camera, 50, lambda hour: 0.9)
    with system.engine.begin() as connection:
        connection.execute(update(Camera).values(timezone="Asia/Kolkata"))
    text = browse("viewer").get(f"/cameras/{camera}?per=hour").text
    assert "“light” is more frequent than in the training" in text
    assert f'href="/analysis?camera={camera}&amp;zone=Asia/Kolkata"' in text
    (first, *_) = re.findall(r'<tr data-at="(\d+)"><th scope="row">([^<]+)', text)[1:]
    there = time.strftime("%Y-%m-%d %H:%M", time.gmtime(int(first[0]) + 5.5 * HOUR))
    assert first[1] == there
    (total,) = re.findall(r'<tr class="total">.*"All">(\d+)', text)
    assert 47 * 30 < int(total) <= 49 * 30


def test_a_zone_that_is_none_is_utc(system, camera) -> None:
    with system.engine.connect() as connection:
        row = cameras.get(connection, camera) or {}
        found = camera_history.over_time(connection, row | {"timezone": "../etc"}, "day")
    assert found["zone"] == "UTC"
