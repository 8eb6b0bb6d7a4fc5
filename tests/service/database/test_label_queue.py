"""Who is asked about which frame next."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select, text

from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict

CAT, DOG = Verdict("class", "cat"), Verdict("class", "dog")


def results(found) -> list[int]:
    return [one.result for one in found]


def test_the_largest_rank_comes_first_and_nothing_twice(engine, frames) -> None:
    with engine.begin() as connection:
        assert results(label_queue.next_for(connection, "ann", 3)) == [1, 2, 3]
        labels.give(connection, 1, "ann", CAT, 1)
        labels.give(connection, 2, "ann", Verdict("skipped"), 2)
        assert results(label_queue.next_for(connection, "ann", 9, [4])) == [3, 5, 6]
        assert results(label_queue.next_for(connection, "bob", 9)) == [2, 3, 4, 5, 6]


def test_what_others_dispute_comes_before(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 5, "ann", CAT, 1)
        labels.give(connection, 5, "bob", DOG, 1)
        assert results(label_queue.next_for(connection, "eve", 2)) == [5, 1]
        assert results(label_queue.disputed(connection, 9)) == [5]
        assert results(label_queue.next_for(connection, "ann", 1)) == [1]


def test_one_that_needs_two_people_stays_for_the_second(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 6, "ann", CAT, 1)
        assert 6 not in results(label_queue.next_for(connection, "ann", 9))
        assert 6 in results(label_queue.next_for(connection, "bob", 9))
        assert label_queue.waiting(connection) == 5


def test_a_frame_says_what_it_is(engine, frames) -> None:
    with engine.begin() as connection:
        found = label_queue.one(connection, 1)
        assert (found.camera_name, found.why, found.state) == ("camera 2", "it is rare", "open")
        assert found.shares == {"cat": 0.75, "dog": 0.25}
        assert label_queue.one(connection, 99) is None
        assert results(label_queue.of_class(connection, "ann", "cat", 2)) == [1, 2]
        assert label_queue.of_class(connection, "ann", "dog", 2) == []
        assert label_queue.classes_waiting(connection) == {"cat": 6}


def test_none_is_put_in_twice(engine, frames) -> None:
    again = Queued(1, 2, "cat", "rare", "x", False, 1, 9.0, b"abc")
    with engine.begin() as connection:
        assert label_queue.put(connection, [again], 6, "me") == 0
        assert label_queue.outlines(connection, [2]) == {2: []}
        said = connection.execute(text("SELECT detail FROM audit WHERE what = 'label queue'"))
        assert [row.detail for row in said] == ["6 frames added"]


def test_what_was_chosen_for_another_model_is_taken_out(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 2, "ann", CAT, 1)
        labels.give(connection, 3, "ann", Verdict("skipped"), 1)
        labels.give(connection, 6, "ann", CAT, 1)
        assert label_queue.forget_unlabelled(connection, 7, "me") == 2
        left = connection.scalars(select(LabelFrame.result_id).order_by(LabelFrame.result_id))
        assert left.all() == [1, 2, 3, 6]
