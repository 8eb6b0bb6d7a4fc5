"""Labelled frames that no training saw, and that are unlike any that one did."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select, update

from counterpoise.service.database import label_contrast, labels, model_choices, retrainings
from counterpoise.service.database.label_contrast import HOUR, cameras_seen, unseen
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Model, Result

CAT, DOG = Verdict("class", "cat"), Verdict("class", "dog")


@pytest.fixture
def said(engine, frames) -> None:
    """Five are settled as a class, hours apart; 1 is random, and the odd ones of one camera."""
    with engine.begin() as connection:
        for frame, verdict in ((1, DOG), (2, CAT), (3, CAT), (4, DOG), (5, DOG)):
            labels.give(connection, frame, "ann", verdict, 10 + frame)
        labels.give(connection, 6, "ann", Verdict("bad"), 16)
        for frame in frames:
            move(connection, frame, 2 * frame * HOUR)


def move(connection, frame: int, at: int) -> None:
    connection.execute(update(Result).where(Result.id == frame).values(at=at))


def found(engine, most: int = label_contrast.MOST) -> list[int]:
    with engine.connect() as connection:
        return [one.result for one in unseen(connection, 1, most)]


def use(connection, frame: int) -> None:
    connection.execute(update(LabelFrame).where(LabelFrame.result_id == frame).values(used=20))


def test_all_that_are_settled_as_a_class_the_newest_first(engine, said) -> None:
    assert found(engine) == [5, 4, 3, 2, 1]
    assert found(engine, 2) == [5, 4]
    with engine.connect() as connection:
        one = unseen(connection, 1)[0]
    assert (one.label, one.predicted, one.model) == ("dog", "cat", 1)


def test_what_a_training_saw_is_left_out_and_what_is_near_it(engine, said) -> None:
    """Of the same camera, in its hour or the hours beside it."""
    with engine.begin() as connection:
        use(connection, 3)
    assert found(engine) == [5, 4, 2, 1], "others of the camera are hours away"
    with engine.begin() as connection:
        move(connection, 5, 8 * HOUR - 1)  # the end of the hour after
        move(connection, 1, 5 * HOUR)  # the begin of the hour before
        move(connection, 4, 6 * HOUR)  # of another camera, at the same time
    assert found(engine) == [4, 2]
    with engine.begin() as connection:
        move(connection, 5, 8 * HOUR)
        move(connection, 1, 5 * HOUR - 1)
    assert found(engine) == [5, 4, 2, 1]


def test_what_was_settled_before_the_model_came_may_have_been_trained_on_elsewhere(
    engine, said
) -> None:
    """But for the random tenth, which is in no training; frames 2 and 3 came before, as 1 did."""
    with engine.begin() as connection:
        connection.execute(update(Model).values(since=13))
    assert found(engine) == [5, 4, 1]
    with engine.begin() as connection:
        move(connection, 5, 6 * HOUR)  # when frame 3 was seen by the same camera
    assert found(engine) == [4, 1]


def test_what_is_said_again_when_the_model_is_there_was_settled_before(engine, said) -> None:
    """It may have been exported, and is not apart because somebody agrees, or corrects it, now."""
    with engine.begin() as connection:
        connection.execute(update(Model).values(since=13))
        model_choices.choose(connection, 13, "the server", "started", 1, 1)
        labels.give(connection, 2, "bob", CAT, 30)
        labels.give(connection, 3, "ann", DOG, 30)
    assert found(engine) == [5, 4, 1]
    with engine.connect() as connection:
        of = dict(connection.execute(select(LabelFrame.result_id, LabelFrame.camera_id)).all())
    assert seen(engine) == {of[2], of[3]}


def seen(engine) -> set[int]:
    with engine.connect() as connection:
        return cameras_seen(connection)


def test_cameras_that_a_training_here_saw(engine, said) -> None:
    assert seen(engine) == set()
    with engine.begin() as connection:
        use(connection, 3)
        mine = select(LabelFrame.camera_id).where(LabelFrame.result_id == 3)
        expected = {connection.scalar(mine)}
    assert seen(engine) == expected


def test_cameras_that_the_model_of_the_start_may_have_seen(engine, said) -> None:
    """Its labels may have been exported and trained on before this server was started with it."""
    with engine.begin() as connection:
        model_choices.choose(connection, 1, "the server", "started", 1, 1)
        of = dict(connection.execute(select(LabelFrame.result_id, LabelFrame.camera_id)).all())
        connection.execute(update(Model).values(since=11))
    assert seen(engine) == set(), "frame 1 is of the random tenth, which nobody trains on"
    with engine.begin() as connection:
        connection.execute(update(Model).values(since=12))
    assert seen(engine) == {of[2]}
    with engine.begin() as connection:
        number = retrainings.begin(connection, 5, "op", "tlc")
        retrainings.end(connection, number, 8, "done", "{}", model=1)
    assert seen(engine) == set(), "it was made here, so what it saw is known"
