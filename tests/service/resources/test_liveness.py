"""A beat that stands still is a dead process, unless whoever looks could not look."""

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.service.resources.liveness import Liveness


class Clock:
    """Says what it is told."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def liveness(clock) -> Liveness:
    return Liveness(6.0, clock)


def test_a_beat_that_stands_still_is_dead_after_the_lease(liveness, clock) -> None:
    assert liveness.dead({"a": 1, "b": 1}) == set()
    clock.at = 6.0
    assert liveness.dead({"a": 1, "b": 2}) == set()
    clock.at = 6.1
    assert liveness.dead({"a": 1, "b": 2}) == {"a"}
    clock.at = 12.2
    assert liveness.dead({"a": 2, "b": 2, "c": 9}) == {"b"}


def test_a_process_is_young_until_it_can_tell_who_is_dead(liveness, clock) -> None:
    liveness.dead({"a": 1})
    clock.at = 4.0
    liveness.dead({"a": 2, "b": 1})
    liveness.forget()
    clock.at = 6.1
    liveness.dead({"a": 3, "b": 2})
    assert liveness.young == {"b"}
    clock.at = 10.1
    liveness.dead({"a": 3})
    assert liveness.young == set()


def test_a_process_is_dead_only_once_it_was_seen_that_long(liveness, clock) -> None:
    clock.at = 100.0
    assert liveness.dead({"a": 1}) == set()


def test_after_a_pause_of_its_own_everybody_has_all_of_the_time(liveness, clock) -> None:
    liveness.looked(0.0)
    liveness.dead({"a": 1})
    clock.at = 60.0
    liveness.looked(60.0)
    assert liveness.dead({"a": 1}) == set()
    clock.at = 61.0
    liveness.looked(61.0)
    assert liveness.dead({"a": 1}) == set()
    clock.at = 66.1
    liveness.looked(63.5)
    liveness.looked(66.1)
    assert liveness.dead({"a": 1}) == {"a"}


@pytest.mark.parametrize(("seconds", "dead"), [(1.9, {"a"}), (2.1, set())])
def test_where_the_database_made_it_wait_it_made_others_wait_too(
    liveness, clock, seconds, dead
) -> None:
    liveness.dead({"a": 1})
    clock.at = 6.1
    liveness.waited(seconds)
    assert liveness.dead({"a": 1}) == dead
