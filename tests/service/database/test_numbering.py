"""No number of a result or a camera is given twice, so what refers to one that is gone is none."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import create_engine, insert, select, text

from counterpoise.service.database import cameras, label_queue, removal, retrainings
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.engine import migrate
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.tables import Camera, Model, Result
from counterpoise.service.exchange.importing import import_file
from counterpoise.service.runtime.egress import EgressGuard

MODEL = {"id": 1, "digest": "x", "name": "m", "classes": '["a", "b"]', "since": 1}


def added(connection, name: str) -> int:
    return cameras.add(connection, CameraFields(name=name, kind="push", url=""), 1, "me")


def recorded(connection, camera: int, number: int = 1) -> list[int]:
    """New results of a camera; their numbers."""
    before = set(connection.scalars(select(Result.id)))
    results = [Analysed(camera, 1, k, "a", 0.5, None, "p", 1, 1, 1) for k in range(number)]
    record(connection, Batch(results=results), 1)
    return [n for n in connection.scalars(select(Result.id).order_by(Result.id)) if n not in before]


def queued(connection, frame: int, camera: int) -> None:
    asked = Queued(frame, camera, "a", "rare", "", False, 1, 1.0)
    assert label_queue.put(connection, [asked], 1, "me") == 1


def test_a_training_marks_no_frame_of_another_camera(engine) -> None:
    """The camera whose frame it was trained on is removed meanwhile, and another one comes."""
    with engine.begin() as connection:
        connection.execute(insert(Model).values(MODEL))
        first = added(connection, "first")
        (frame,) = recorded(connection, first)
        queued(connection, frame, first)
        training = retrainings.begin(connection, 1, "me", "tlc")
    removal.remove(engine, [first], 2, "me")
    with engine.begin() as connection:
        second = added(connection, "second")
        (other,) = recorded(connection, second)
        assert second > first
        assert other > frame
        queued(connection, other, second)
        retrainings.end(connection, training, 3, retrainings.DONE, "", frames=[frame])
        assert connection.scalars(select(LabelFrame.used)).all() == [None]


def test_rows_that_come_together_have_numbers_one_after_the_other(engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(Model).values(MODEL))
        camera = added(connection, "c")
        first = recorded(connection, camera, 3)
        connection.execute(insert(Result).values(_by_hand(camera, first[-1] + 5)))
        more = recorded(connection, camera, 2)
    assert first == [*range(first[0], first[0] + 3)]
    assert len(more) == 2
    assert more[1] == more[0] + 1


def _by_hand(camera: int, number: int) -> dict[str, object]:
    """A row that was written by other means, with a number of its own."""
    return {
        "id": number + 1000, "camera_id": camera, "model_id": 1, "at": 9, "recorded": 1,
        "label": "a", "width": 1, "height": 1, "size": 1,
    }  # fmt: skip


def test_cameras_of_a_list_have_numbers_of_their_own(engine) -> None:
    found = []
    for name in ("a", "b"):
        content = f"name,kind,url\n{name},snapshot,https://camera.example/{name}.jpg\n".encode()
        assert import_file(engine, EgressGuard(), content, 1, "me").added == 1
        with engine.connect() as connection:
            (number,) = connection.scalars(select(Camera.id))
        found.append(number)
        removal.remove(engine, [number], 1, "me")
    assert found[1] > found[0]


def test_a_file_of_before_goes_on_after_its_largest_numbers(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    migrate(engine, "moving_cameras")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO cameras (id, name, kind, url, interval, city, state, country, timezone, "
            "source, attribution, industry, brand, key, catalogue, stores_pictures, is_active, "
            "health, reason, last_label, last_picture) VALUES "
            + ", ".join(
                f"({n}, 'c', 'push', '', 1, '', '', '', '', '', '', '', '', '', '', 1, 1, 'new', "
                "'', '', '')"
                for n in (3, 7)
            ),
            "INSERT INTO models VALUES (1, 'd', 'm', '[\"a\"]', 0)",
            "INSERT INTO results (id, camera_id, model_id, at, recorded, label, picture, width, "
            "height, size) VALUES (5, 3, 1, 1, 1, 'a', 'p', 1, 1, 1), "
            "(90, 7, 1, 1, 1, 'a', 'p', 1, 1, 1)",
            "INSERT INTO label_frames (result_id, camera_id, predicted, reason, why, is_random, "
            "needed, rank, queued, state, verdict, label, num_labels) VALUES "
            "(90, 7, 'a', 'rare', '', 0, 1, 1, 1, 'open', '', '', 0)",
        ):
            connection.execute(text(statement))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalars(select(LabelFrame.result_id)).all() == [90], "nothing is lost"
        assert connection.scalars(select(Result.id)).all() == [5, 90]
    removal.remove(engine, [7], 1, "me")
    with engine.begin() as connection:
        assert added(connection, "new") == 8
        assert recorded(connection, 3) == [91]
    engine.dispose()
