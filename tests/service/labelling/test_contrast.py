"""What the running model says of frames that it never saw."""

import json

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import insert, select, update

from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Model, Result
from counterpoise.service.labelling.contrast import Contrast
from counterpoise.service.labelling.looking import EndedError, Looking


@pytest.fixture
def number(system, pictured) -> int:
    """Of the model that runs; six frames are labelled "dark", of which it sees the last as light.

    The dark ones have greys of 3 to 33, and the light one 237.
    """
    labelled = [*pictured[:5], pictured[39]]
    with system.engine.begin() as connection:
        for frame in labelled:
            queued = Queued(frame, 1, "dark", "rare", "x", False, 1, 1.0)
            label_queue.put(connection, [queued], 1, "t")
            connection.execute(update(Model).values(since=1))
            labels.give(connection, frame, "ann", Verdict("class", "dark"), 2)
        return connection.scalar(select(Result.model_id).limit(1))


def counted(system, number: int) -> dict[tuple[str, str], int]:
    contrast = Contrast(system.engine, Looking(system.pictures))
    return dict(contrast.counted(system.model, number))


def test_what_the_running_model_said_is_counted(system, number) -> None:
    assert counted(system, number) == {("dark", "dark"): 5, ("dark", "light"): 1}


def test_of_frames_of_another_model_the_running_one_is_asked(system, number, pictured) -> None:
    """Whatever the other said; one whose picture is gone is left out."""
    of_another(system)
    with system.engine.begin() as connection:
        gone = connection.scalar(select(Result.picture).where(Result.id == pictured[0]))
    system.pictures.drop(gone)
    assert counted(system, number) == {("dark", "dark"): 4, ("dark", "light"): 1}


def of_another(system) -> None:
    """Have all results be of another model, which says "light" of each."""
    with system.engine.begin() as connection:
        classes = json.dumps(["dark", "light"])
        values = {"id": 9, "digest": "9" * 64, "name": "old", "classes": classes, "since": 1}
        connection.execute(insert(Model).values(values))
        connection.execute(update(Result).values(model_id=9, label="light"))


def test_it_is_asked_once_of_each_for_a_model(system, number, pictured, monkeypatch) -> None:
    """All of them were predicted anew whenever the queue was filled."""
    of_another(system)
    asked, own = [], system.model.predict
    system.model.predict = lambda samples: asked.append(len(samples)) or own(samples)
    contrast = Contrast(system.engine, Looking(system.pictures))
    first = contrast.counted(system.model, number)
    assert contrast.counted(system.model, number) == first
    assert asked == [6]
    with system.engine.begin() as connection:
        queued = Queued(pictured[7], 1, "dark", "rare", "x", False, 1, 1.0)
        label_queue.put(connection, [queued], 1, "t")
        labels.give(connection, pictured[7], "ann", Verdict("class", "light"), 2)
        labels.give(connection, pictured[0], "ann", Verdict("class", "light"), 3)
    second = contrast.counted(system.model, number)
    assert dict(second) == {("dark", "dark"): 4, ("dark", "light"): 1, ("light", "dark"): 2}
    assert asked == [6, 1], "a label that was changed asks nothing of the model"
    system.model.digest = "1" * 64
    contrast.counted(system.model, number)
    assert asked == [6, 1, 7]


def test_what_it_said_is_kept_when_the_server_ends(system, number, monkeypatch) -> None:
    of_another(system)
    monkeypatch.setattr("counterpoise.service.labelling.contrast.PART", 2)
    ended, own = [], system.model.predict
    system.model.predict = lambda samples: ended.append(1) or own(samples)
    contrast = Contrast(system.engine, Looking(system.pictures, lambda: len(ended) == 2))
    with pytest.raises(EndedError):
        contrast.counted(system.model, number)
    ended.append(1)
    assert sum(contrast.counted(system.model, number).values()) == 6
    assert len(ended) == 4, "two before the end, and one after it"


def test_frames_that_a_training_saw_are_not_there(system, number, pictured) -> None:
    """Nor are others of their cameras within the hour, as these all are."""
    with system.engine.begin() as connection:
        frames = LabelFrame.result_id.in_(pictured[:2])
        connection.execute(update(LabelFrame).where(frames).values(used=3))
    assert counted(system, number) == {}
