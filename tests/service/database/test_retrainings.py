"""Trainings with labels, in the database."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from counterpoise.service.database import labels, retrainings
from counterpoise.service.database.labels import Verdict


def test_what_was_trained_on_is_in_no_contrast_set(engine, frames) -> None:
    with engine.begin() as connection:
        for frame in (2, 3, 4):
            labels.give(connection, frame, "ann", Verdict("class", "cat"), 1)
        failed = retrainings.begin(connection, 5, "op", "tlc")
        retrainings.end(connection, failed, 6, "failed", "it diverged", frames=[2, 3])
        assert len(labels.settled(connection, unused=True)) == 3
        number = retrainings.begin(connection, 7, "op", "tlc")
        retrainings.end(connection, number, 8, "done", "{}", model=1, frames=[2, 3])
        assert [row.result for row in labels.settled(connection, unused=True)] == [4]
        first, second = retrainings.latest(connection)
        assert (first.id, first.state, first.num_labels, first.model_id) == (number, "done", 2, 1)
        assert (second.state, second.detail, second.ended) == ("failed", "it diverged", 6)


def test_what_judged_it_may_judge_again(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 2, "ann", Verdict("class", "cat"), 1)
        number = retrainings.begin(connection, 7, "op", "tlc")
        assert retrainings.is_running(connection, number)
        retrainings.end(connection, number, 8, "done", "{}", model=1, frames=[], held=1)
        assert not retrainings.is_running(connection, number)
        assert [row.result for row in labels.settled(connection, unused=True)] == [2]
        assert retrainings.latest(connection)[0].num_labels == 1


def test_what_ran_when_the_server_ended_has_failed(engine) -> None:
    with engine.begin() as connection:
        retrainings.begin(connection, 5, "op", "tlc")
        retrainings.abandon(connection, 9)
        (found,) = retrainings.latest(connection)
        assert (found.state, found.detail) == ("failed", "the server ended while it ran")
