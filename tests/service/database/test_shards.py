"""A shard is one process's at a time, and what another one still has of it is refused."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert

from counterpoise.service.database import shards
from counterpoise.service.database.account import ANALYSED, FETCHED, LOST, balance
from counterpoise.service.database.batch import Batch, record
from counterpoise.service.database.shards import SENDERS, SENT, SHARDS, Held, shard_of
from counterpoise.service.database.tables import Camera
from counterpoise.service.runtime.kinds import SENDS


@pytest.fixture
def two(engine) -> tuple[str, str]:
    """Two processes, and shards that nobody holds."""
    with engine.begin() as connection:
        shards.seed(connection)
        return tuple(shards.join(connection, name, "worker", 1) for name in ("a:1", "b:1"))


def test_every_camera_is_of_one_shard_and_those_that_send_of_one_of_their_own() -> None:
    found = {shard_of(number, sends=False) for number in range(1, 1000)}
    assert found == set(range(1, SHARDS + 1))
    assert {shard_of(number, sends=True) for number in range(100)} == {SENT}
    assert SENDERS == SENDS


def test_shards_are_made_once(engine, two) -> None:
    with engine.begin() as connection:
        shards.claim(connection, two[0], {5: 0})
        shards.seed(connection)
        _, found = shards.look(connection)
    assert list(found) == list(range(SHARDS + 1))
    assert found[5] == Held(1, two[0])


def test_of_two_that_saw_the_same_fence_one_gets_the_shard(engine, two) -> None:
    with engine.begin() as connection:
        assert shards.claim(connection, two[0], {1: 0, 2: 0}) == {1: 1, 2: 1}
        assert shards.claim(connection, two[1], {2: 0, 3: 0}) == {3: 1}
        assert shards.fences(connection, two[0]) == {1: 1, 2: 1}
        assert shards.claim(connection, two[1], {2: 1}) == {2: 2}
        assert shards.fences(connection, two[0]) == {1: 1}


def test_a_claim_closes_the_account_of_its_cameras_and_of_no_other(engine, two) -> None:
    rows = [(3, "snapshot"), (4, "snapshot"), (5, "push"), (SHARDS + 3, "mjpeg")]
    with engine.begin() as connection:
        for number, kind in rows:
            values = {"id": number, "name": "", "kind": kind, "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
        for number, _ in rows:
            account = Batch()
            account.account.update({(number, FETCHED): 5, (number, ANALYSED): 3})
            record(connection, account, 1)
        shards.claim(connection, two[0], {shard_of(3, sends=False): 0})
        left = {number: balance(connection, number).in_flight for number, _ in rows}
        lost = balance(connection, 3).dropped
        assert left == {3: 0, 4: 2, 5: 2, SHARDS + 3: 0}
        assert lost == {LOST: 2}
        shards.claim(connection, two[0], {SENT: 0})
        assert balance(connection, 5).in_flight == 0
        assert balance(connection).in_flight == 2


def test_who_leaves_holds_nothing_and_its_beat_is_not_taken(engine, two) -> None:
    with engine.begin() as connection:
        shards.claim(connection, two[0], {1: 0})
        assert shards.beat(connection, two[0], 2)
        shards.leave(connection, [two[0]])
        assert not shards.beat(connection, two[0], 3)
        processes, found = shards.look(connection)
    assert list(processes) == [two[1]]
    assert found[1] == Held(1, None)


def test_what_is_released_keeps_its_fence(engine, two) -> None:
    with engine.begin() as connection:
        shards.claim(connection, two[0], {1: 0, 2: 0})
        shards.release(connection, two[0], [2])
        shards.release(connection, two[1], [1])  # which is not its own
        _, found = shards.look(connection)
    assert (found[1], found[2]) == (Held(1, two[0]), Held(1, None))
