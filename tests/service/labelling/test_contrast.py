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
from counterpoise.service.labelling.contrast import contrast


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
    return dict(contrast(system.engine, system.pictures, system.model, number))


def test_what_the_running_model_said_is_counted(system, number) -> None:
    assert counted(system, number) == {("dark", "dark"): 5, ("dark", "light"): 1}


def test_of_frames_of_another_model_the_running_one_is_asked(system, number, pictured) -> None:
    """Whatever the other said; one whose picture is gone is left out."""
    with system.engine.begin() as connection:
        classes = json.dumps(["dark", "light"])
        values = {"id": 9, "digest": "9" * 64, "name": "old", "classes": classes, "since": 1}
        connection.execute(insert(Model).values(values))
        connection.execute(update(Result).values(model_id=9, label="light"))
        gone = connection.scalar(select(Result.picture).where(Result.id == pictured[0]))
    system.pictures.drop(gone)
    assert counted(system, number) == {("dark", "dark"): 4, ("dark", "light"): 1}


def test_frames_that_a_training_saw_are_not_there(system, number, pictured) -> None:
    """Nor are others of their cameras within the hour, as these all are."""
    with system.engine.begin() as connection:
        frames = LabelFrame.result_id.in_(pictured[:2])
        connection.execute(update(LabelFrame).where(frames).values(used=3))
    assert counted(system, number) == {}
