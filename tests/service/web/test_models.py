"""The page of models: what runs, what it sees beside its training, and what ran before."""

import random
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import insert, select

from counterpoise.service.analyzer.drift import counts_of
from counterpoise.service.database import totals
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.tables import Model
from counterpoise.service.web.model_drift import watched

HOUR = 3600


def trained_with(system, counts) -> None:
    system.model.described = SimpleNamespace(metadata={"counts": counts, "method": "weighted"})


@pytest.fixture
def filled(system, camera):
    """8 days of results: 30 % light, and surer on the last day."""
    draw = random.Random(0)
    now = int(time.time())
    with system.engine.begin() as connection:
        model = connection.scalar(select(Model.id))
        results = []
        for hour in range(8 * 24):
            for _ in range(30):
                at = now - hour * HOUR - draw.randrange(HOUR)
                sure = draw.uniform(0.8, 0.9) if hour < 23 else draw.uniform(0.6, 0.7)
                label = "light" if draw.random() < 0.3 else "dark"
                results.append(
                    Analysed(camera, model, at * 1_000_000, label, sure, None, None, 1, 1, 1)
                )
        totals.add(connection, results)
    return results


def test_what_it_sees_beside_its_training(browse, filled, system) -> None:
    trained_with(system, [500, 500])
    client = browse("viewer")
    text = client.get("/models").text
    assert "is more frequent than in its training: " in text or "is less frequent than in" in text
    assert "<td>1000 samples</td>" in text
    assert "more than in the 7 days before" in text
    found = client.get("/api/models").json()
    light = next(one for one in found["classes"] if one["label"] == "light")
    assert light["more_than_chance"]
    assert light["low"] < -0.2 < light["high"] < 0
    assert found["mean_probability"] > 0.75 > found["mean_probability_before"]
    now = time.time()
    assert found["per_hour"] == pytest.approx(
        sum(now - HOUR <= one.at / 1e6 for one in filled), abs=3
    )


def test_what_it_was_trained_with_is_no_drift(browse, filled, system) -> None:
    trained_with(system, [700, 300])
    text = browse("viewer").get("/models").text
    assert (
        "In the last 24 hours no class&#39;s share differs from that of its training by more than"
        in text
    )


def test_a_model_that_does_not_say_what_it_was_trained_with(browse, filled) -> None:
    text = browse("viewer").get("/models").text
    assert "does not say what it was trained with" in text


def test_the_hour_that_runs_counts_from_its_first_minute(camera, system) -> None:
    trained_with(system, [500, 500])
    hour = 500_000 * HOUR
    with system.engine.begin() as connection:
        model = connection.scalar(select(Model.id))
        ats = (hour + 10, hour + 20, hour - 23 * HOUR, hour - 23 * HOUR - 1)
        totals.add(connection, [
            Analysed(camera, model, at * 1_000_000, "light", 0.9, None, None, 1, 1, 1)
            for at in ats
        ])  # fmt: skip
        found = watched(connection, system.model, model, hour + 30)
    assert found.day == (0, 3)  # not the one of more than 23 hours before this hour


def test_a_new_model_has_too_few_results(browse, seen, system) -> None:
    trained_with(system, [700, 300])
    client = browse("viewer")
    assert "There are too few results yet" in client.get("/models").text
    assert "Frames of a batch" in client.get("/models/now").text


def test_earlier_models_with_their_results(browse, filled, system) -> None:
    with system.engine.begin() as connection:
        values = {"id": 9, "digest": "x", "name": "<b>older</b>", "classes": "[]", "since": 5}
        connection.execute(insert(Model).values(values))
        at = int(time.time() - 10 * HOUR) * 1_000_000
        totals.add(connection, [Analysed(1, 9, at, "a", None, None, None, 1, 1, 1)] * 3)
    client = browse("viewer")
    text = client.get("/models").text
    assert "&lt;b&gt;older&lt;/b&gt;" in text
    assert "1970-01-01 00:00:00 UTC" in text
    listed = client.get("/api/models").json()["models"]
    assert [(one["runs"], one["number"]) for one in listed] == [(True, len(filled)), (False, 3)]


@pytest.mark.parametrize(
    "counts", [None, "12", [1], [1, -1], [1, 2.5], {"a": 1}, [1, 2, 3], [[1], [2]]]
)
def test_counts_that_are_none(stub, counts) -> None:
    stub.described = SimpleNamespace(metadata={"counts": counts})
    assert counts_of(stub) is None
    stub.described.metadata = {}
    assert counts_of(stub) is None
