"""What two people do at once comes out as if the one had waited for the other."""

from collections.abc import Callable

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select

from counterpoise.errors import ArgumentError
from counterpoise.service.database import (
    alerts,
    cameras,
    candidates,
    label_queue,
    labels,
    people,
    removal,
    tokens,
)
from counterpoise.service.database.alerts import RuleFields
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.candidate_tables import Candidate
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict


@pytest.fixture
def both(engine, in_turn) -> Callable:
    """Do one thing while somebody begins another one, in a transaction of its own."""

    def done(first: Callable, second: Callable):
        def other():
            with engine.begin() as connection:
                return second(connection)

        return in_turn(engine, first, other)

    return done


def user(connection, name: str) -> None:
    people.add_user(connection, name, "hash", "admin", 1, "me")


def camera(connection) -> int:
    fields = CameraFields(name="pier", kind="push", key="their 7")
    return cameras.add(connection, fields, 1, "me")


def rule(connection) -> None:
    alerts.add(connection, RuleFields(name="storing", kind="storing"), 1, "me")


def test_the_last_two_admins_do_not_remove_each_other(engine, both) -> None:
    with engine.begin() as connection:
        for name in ("ann", "bob"):
            user(connection, name)
    with pytest.raises(ArgumentError, match="'bob' is the only admin"):
        both(
            lambda one: people.remove_user(one, "ann", 2, "bob"),
            lambda one: people.remove_user(one, "bob", 2, "ann"),
        )


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda one: user(one, "ann"), "there is a user 'ann' already"),
        (camera, "camera 1 has the key 'their 7' already"),
        (rule, "there is a rule 'storing' already"),
    ],
)
def test_a_name_that_two_take_is_the_firsts_and_the_second_is_told(both, what, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        both(what, what)


def test_a_name_of_another_rule_is_not_taken_by_a_change(engine, both) -> None:
    with engine.begin() as connection:
        fields = RuleFields(name="disk", kind="storing")
        number = alerts.add(connection, fields, 1, "me").id
    same = RuleFields(name="storing", kind="storing")
    with pytest.raises(ArgumentError, match="there is a rule 'storing' already"):
        both(rule, lambda one: alerts.change(one, number, same, 2, "me"))


def test_a_user_has_no_more_tokens_than_there_may_be(engine, both, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    with engine.begin() as connection:
        user(connection, "ann")
    with pytest.raises(ArgumentError, match="at most 1 tokens"):
        both(*[lambda one: tokens.add_token(one, 1, "a", "viewer", 2, "ann")] * 2)


def test_a_camera_is_removed_once(engine, both) -> None:
    with engine.begin() as connection:
        number = camera(connection)
    with pytest.raises(ArgumentError, match=f"no camera {number}"):
        both(*[lambda one: cameras.remove(one, number, 2, "me")] * 2)


def test_no_camera_is_stopped_where_another_one_was_removed_meanwhile(engine, in_turn) -> None:
    with engine.begin() as connection:
        one = camera(connection)
        other = cameras.add(connection, CameraFields(name="quay", kind="push"), 1, "me")
    with pytest.raises(ArgumentError, match=f"no camera {one}"):
        in_turn(
            engine,
            lambda connection: cameras.remove(connection, one, 2, "me"),
            lambda: removal.remove(engine, [one, other], 3, "you"),
        )
    with engine.connect() as connection:
        assert [row["id"] for row in cameras.active(connection)] == [other]


def test_two_who_label_a_frame_at_once_and_differ_dispute_it(engine, frames, both) -> None:
    cat, dog = Verdict("class", "cat"), Verdict("class", "dog")
    state = both(
        lambda one: labels.give(one, frames[0], "ann", cat, 7),
        lambda one: labels.give(one, frames[0], "bob", dog, 7),
    )
    assert state == "disputed"
    with engine.begin() as connection:
        query = select(LabelFrame.num_labels).where(LabelFrame.result_id == frames[0])
        assert connection.scalar(query) == 2


def test_a_label_is_taken_back_once(engine, frames, both) -> None:
    with engine.begin() as connection:
        for at, frame in enumerate(frames[:2]):
            labels.give(connection, frame, "ann", Verdict("class", "cat"), at)
    found = both(
        lambda one: labels.undo(one, "ann", 9),
        lambda one: labels.undo(one, "ann", 9),
    )
    assert found == frames[0], "the one before, and not the same again"


def test_a_frame_that_two_put_into_the_queue_is_there_once(engine, frames, both) -> None:
    with engine.begin() as connection:
        connection.execute(LabelFrame.__table__.delete())
    queued = [Queued(frames[0], 1, "cat", "rare", "it is rare", False, 1, 1.0)]
    assert both(*[lambda one: label_queue.put(one, queued, 5, "me")] * 2) == 0


@pytest.fixture
def two(engine) -> list[int]:
    """Candidates."""
    with engine.begin() as connection:
        models = [candidates.model_of(connection, c * 64, c, ["a", "b"], 1) for c in "123"]
        return [candidates.add(connection, model, 1, "kim", "a test") for model in models[1:]]


def test_one_candidate_is_shadowed_at_a_time(engine, two, both) -> None:
    both(
        lambda one: candidates.shadow(one, two[0], True, 2, "ann"),
        lambda one: candidates.shadow(one, two[1], False, 2, "bob"),
    )
    with engine.connect() as connection:
        rows = connection.execute(select(Candidate.id, Candidate.state, Candidate.by_rule))
        assert sorted(map(tuple, rows)) == [
            (two[0], "waits", False), (two[1], "shadowed", False),
        ]  # fmt: skip


def test_a_candidate_that_broke_meanwhile_is_not_shadowed(engine, two, both) -> None:
    with pytest.raises(ArgumentError, match="cannot be run: a bad node"):
        both(
            lambda one: candidates.broke(one, two[0], "a bad node", 2),
            lambda one: candidates.shadow(one, two[0], False, 2, "bob"),
        )


def test_the_first_who_finds_a_candidate_broken_says_why(engine, two, both) -> None:
    both(
        lambda one: candidates.broke(one, two[0], "a bad node", 2),
        lambda one: candidates.broke(one, two[0], "another", 2),
    )
    with engine.connect() as connection:
        assert candidates.one(connection, two[0]).fault == "a bad node"


def test_a_candidate_is_stopped_removed_and_added_once(engine, two, both) -> None:
    with engine.begin() as connection:
        candidates.shadow(connection, two[0], True, 2, "ann")
        model = candidates.one(connection, two[0]).model
    both(
        lambda one: candidates.broke(one, two[0], "a bad node", 2),
        lambda one: candidates.stop(one, two[0], 2, "bob"),
    )
    with engine.connect() as connection:
        assert candidates.one(connection, two[0]).state == "broken"
    with pytest.raises(ArgumentError, match=f"there is no candidate {two[0]}"):
        both(*[lambda one: candidates.remove(one, two[0], 2, "bob")] * 2)
    with pytest.raises(ArgumentError, match="this model is candidate"):
        both(*[lambda one: candidates.add(one, model, 2, "bob", "a test")] * 2)
