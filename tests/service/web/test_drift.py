"""Where what is seen differs, on its page and by REST."""

import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.records import MemberPart
from counterpoise.service.database import alerts, cameras
from counterpoise.service.database.alerts import RuleFields
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.cameras import CameraFields


@pytest.fixture
def system(serving):
    """Trained with as many dark as light; two cameras in a town, of which one sees light alone."""
    now = int(time.time())
    with serving.engine.begin() as connection:
        results = []
        for name, light in (("<b>Pier</b>", 20), ("Lock", 10)):
            fields = CameraFields(name=name, kind="push", url="", city="Oslo", country="Norway")
            number = cameras.add(connection, fields, 1, "the test")
            for hour in (*range(20), *range(28, 38)):  # none near the edge of the 24 hours
                for k in range(20):
                    label = "light" if k < light else "dark"
                    sure = 0.9 if hour < 24 else 0.6
                    at = (now - 3600 * hour - k) * 1_000_000
                    picture = f"{number}/2026-01-01/00/{at}.jpg" if hour == 0 else None
                    results.append(Analysed(number, 1, at, label, sure, None, picture, 1, 1, 1))
        record(connection, Batch(results=results[::-1]), 1)
    return serving


def test_by_camera_and_by_place(browse, system) -> None:
    client = browse("viewer")
    text = client.get("/models/drift").text
    assert "1 of 2 cameras see other classes than the training by more than chance, 1 of" in text
    assert "&lt;b&gt;Pier&lt;/b&gt;" in text
    assert "By place" in text
    assert "Oslo, Norway" in text
    assert "Mean probability, 24 hours less 7 days before" in text
    assert "+30.0 (+30.0 to +30.0)" in text
    found = client.get("/api/models/drift").json()
    first, second = found["cameras"]
    assert (first["name"], first["label"], first["more_than_chance"]) == (
        "<b>Pier</b>",
        "light",
        True,
    )
    assert first["share"] == 1.0
    assert first["low"] > 0.4
    assert first["index"] > 0.25 > second["index"]
    assert not second["more_than_chance"]
    assert found["places"][0]["number"] == first["number"] + second["number"]
    assert "A correction takes 100 results" in found["correction"]
    assert '/models/drift">' in client.get("/models").text


def test_a_model_that_says_nothing_of_its_training(browse, system) -> None:
    system.model.described = system.model.described.model_copy(update={"metadata": {}})
    assert "nothing can be compared" in browse("viewer").get("/models/drift").text


def test_how_features_are_come_by(browse, system) -> None:
    """A mean of runs has none, and `counterpoise export --features` refuses it."""
    assert "counterpoise export RUN --features" in browse("viewer").get("/models/drift").text
    described = system.model.described
    member = MemberPart(
        model=described.model, preprocess=described.preprocess, posthoc=(), prior=None,
        metadata={}, weight=0.5, factor=None,
    )  # fmt: skip
    system.model.described = described.model_copy(update={"members": (member, member)})
    text = browse("viewer").get("/models/drift").text
    assert "a mean has no features. A single run has" in text
    assert "--features" not in text


def test_an_alert_of_drift_shows_six_frames(browse, system) -> None:
    with system.engine.begin() as connection:
        alerts.add(connection, RuleFields(name="drift", kind="drift"), 1, "me")
    system.watch.look()
    text = browse("viewer").get("/alerts").text
    assert "“light” is 100% of" in text
    assert "What &lt;b&gt;Pier&lt;/b&gt; sees" in text
    assert text.count("/picture?result=") == 6
