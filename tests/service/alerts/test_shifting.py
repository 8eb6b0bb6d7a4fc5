"""The shift of a camera's features, out of its pictures."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.predict.feature_summary import summary
from counterpoise.service.alerts.shifting import BUSY, NOT_RECORDED, PLACES, TOO_LITTLE, Shifting
from counterpoise.service.analyzer.feature_shift import Shift
from counterpoise.service.runtime.clock import now


@pytest.fixture
def shifting(system, pictured) -> Shifting:
    """Over forty frames of two cameras, whose features are their grey."""
    draw = np.random.default_rng(0)
    training = draw.normal(200, 5, size=(300, 1)) + np.zeros((1, 3))
    system.model.described = SimpleNamespace(training_features=summary(training))
    asked: list[int] = []

    def features(samples):
        asked.append(len(samples))
        return samples.reshape(len(samples), -1).mean(1, keepdims=True).repeat(3, 1)

    system.model.features = features
    made = Shifting(system.engine, system.pictures, lambda: system.model, now)
    made.asked = asked  # type: ignore[attr-defined]
    return made


def test_frames_of_two_minutes_are_too_few(shifting, camera) -> None:
    assert shifting.of(camera) == TOO_LITTLE
    assert shifting.said(camera).startswith("shift of features: too few pictures yet")


def test_a_camera_is_compared_once_in_a_while(shifting, camera, system) -> None:
    from sqlalchemy import text

    with system.engine.begin() as connection:  # 40 frames, a minute apart
        connection.execute(text("UPDATE results SET at = at - (139 - id) * 55000000"))
    found = shifting.of(camera)
    assert isinstance(found, Shift)
    assert found.is_more_than_chance
    assert found.unit == "minutes"
    looked = len(shifting.asked)
    assert shifting.said(camera) == found.said
    assert len(shifting.asked) == looked, "it is remembered"
    system.model.digest = "3" * 64
    shifting.of(camera)
    assert len(shifting.asked) > looked, "another model is another question"


def test_an_old_export_says_so(shifting, camera, system, browse) -> None:
    system.model.described.training_features = None
    assert shifting.why_not() == NOT_RECORDED == "not recorded in this export"
    assert shifting.of(camera) == NOT_RECORDED
    assert shifting.said(camera) == "shift of features: not recorded in this export"


def test_an_alert_is_raised_though_nothing_can_be_measured(shifting, camera, system) -> None:
    system.model.features = lambda samples: 1 / 0
    assert shifting.said(camera) == ""


def test_who_asks_for_many_at_once_leaves_threads_for_others(shifting, camera) -> None:
    """A viewer may ask for as many as there are cameras, each of which takes a second."""
    with shifting._lock, ThreadPoolExecutor(PLACES + 1) as pool:
        asked = [pool.submit(shifting.said, camera) for _ in range(PLACES + 1)]
        said = next(as_completed(asked, timeout=30)).result()
        assert said == f"shift of features: {BUSY}"
        assert sum(one.done() for one in asked) == 1
        shifting._lock.release()
        try:
            rest = [one.result(30) for one in asked if not one.done() or one.result() != said]
        finally:
            shifting._lock.acquire()
    assert len(rest) == PLACES
    assert all("too few pictures" in one for one in rest)
