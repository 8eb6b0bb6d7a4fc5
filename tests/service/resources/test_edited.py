"""Where a camera is fetched from while an edit gives it another shard, whoever dies meanwhile."""

from collections.abc import Callable

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from sqlalchemy import insert

from counterpoise.service.database import cameras, shards
from counterpoise.service.database.account import LOST, balance
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Camera
from counterpoise.service.resources.leases import Leases

LEASE = 6.0
CAMERA = 2


class Clock:
    """Time that all processes of a test share."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("counterpoise.service.resources.leases.monotonic", clock)
    return clock


@pytest.fixture
def joined(engine, clock) -> Callable[..., Leases]:
    """A process of a role, which looks when a test says so."""

    def made(role: str) -> Leases:
        leases = Leases(engine, role, lambda: int(clock.at * 1e6), LEASE)
        leases._liveness._clock = clock
        leases.join()
        return leases

    return made


def pass_time(clock: Clock, looking: list[Leases], seconds: float = LEASE + 3) -> None:
    for _ in range(int(seconds)):
        clock.at += 1
        for leases in looking:
            leases.look()


def fields(kind: str) -> CameraFields:
    url = "" if kind == "push" else "https://cameras.example.org/7.jpg"
    return CameraFields(name="c", kind=kind, url=url)


def edit(engine, kind: str) -> None:
    with engine.begin() as connection:
        cameras.change(connection, CAMERA, fields(kind), 1, "kim")


def fetches(engine, one: Leases) -> bool:
    with engine.connect() as connection:
        return bool(one.mine(cameras.active(connection)))


@pytest.fixture
def camera(engine) -> Callable[[str], None]:
    def made(kind: str) -> None:
        with engine.begin() as connection:
            values = fields(kind).model_dump() | {"id": CAMERA, "last_label": ""}
            connection.execute(insert(Camera).values(values))

    return made


def work(engine, one: Leases, fetched: int, recorded: int, at: int = 1) -> None:
    """Have a process record that so many frames arrived, and the results of some."""
    recorder = Recorder(engine, lambda: 5, admit=one.admit)
    model = recorder.model("d", "m", ["a"])
    recorder.start()
    for _ in range(fetched):
        recorder.fetched(CAMERA)
    for k in range(recorded):
        recorder.analysed([Analysed(CAMERA, model, at + k, "a", 0.75, None, None, 1, 1, 1)])
    recorder.stop()


def account(engine) -> tuple[int, int, dict[str, int], int]:
    with engine.connect() as connection:
        now = balance(connection, CAMERA)
    return now.fetched, now.analysed, dict(now.dropped), now.in_flight


@pytest.mark.parametrize("is_killed", [True, False])
@pytest.mark.parametrize("others", [1, 0])
def test_a_worker_that_is_gone_before_it_drained_one_that_sends_now_leaves_nothing_in_flight(
    engine, joined, clock, camera, others, is_killed
) -> None:
    """It was killed, or paused until others took its shards; perhaps nobody is there to."""
    camera("snapshot")
    web, one = joined("web"), joined("worker")
    assert [fetches(engine, leases) for leases in (web, one)] == [False, True]
    two = [joined("worker") for _ in range(others)]
    one._is_done = lambda is_meant: not is_meant(CAMERA)
    work(engine, one, fetched=3, recorded=1)
    edit(engine, "push")
    assert [fetches(engine, leases) for leases in (web, one)] == [False, False]
    pass_time(clock, [web, one, *two], 3)
    assert not fetches(engine, web), "one has frames of it"
    assert account(engine) == (3, 1, {}, 2)
    pass_time(clock, [web, *two], 12)
    assert account(engine) == (3, 1, {LOST: 2}, 0)
    assert fetches(engine, web)
    work(engine, web, fetched=2, recorded=1, at=10)
    if not is_killed:  # it wakes with its results
        work(engine, one, fetched=0, recorded=2, at=20)
    pass_time(clock, [web, *two], 12)
    assert account(engine) == (5, 2, {LOST: 2}, 1), "and no frame of the new one is lost"


def test_and_so_does_a_server_with_pages_and_one_that_is_fetched_from_now(
    engine, joined, clock, camera
) -> None:
    camera("push")
    web, worker = joined("web"), joined("worker")
    assert [fetches(engine, leases) for leases in (web, worker)] == [True, False]
    web._is_done = lambda is_meant: not is_meant(CAMERA)
    work(engine, web, fetched=3, recorded=1)
    edit(engine, "snapshot")
    assert [fetches(engine, leases) for leases in (web, worker)] == [False, False]
    pass_time(clock, [web, worker], 3)
    assert not fetches(engine, worker)
    after = joined("web")
    assert account(engine) == (3, 1, {LOST: 2}, 0)
    pass_time(clock, [after, worker], 2)
    assert [fetches(engine, leases) for leases in (after, worker)] == [False, True]


def test_it_changes_hands_when_it_is_drained(engine, joined, clock, camera) -> None:
    camera("snapshot")
    web, one = joined("web"), joined("worker")
    fetches(engine, one)
    in_flight = True
    one._is_done = lambda is_meant: not (in_flight and is_meant(CAMERA))
    work(engine, one, fetched=3, recorded=1)
    edit(engine, "push")
    fetches(engine, web)
    fetches(engine, one)
    work(engine, one, fetched=0, recorded=2, at=5)
    pass_time(clock, [web, one], 3)
    assert not fetches(engine, web)
    in_flight = False
    pass_time(clock, [one], 2)
    assert web._to_assign is False
    pass_time(clock, [web], 1)
    assert fetches(engine, web)
    assert account(engine) == (3, 3, {}, 0)
    with engine.connect() as connection:
        assert shards.moving(connection) == {}


def test_one_process_that_has_both_shards_drains_it_first(engine, joined, clock, camera) -> None:
    camera("snapshot")
    one = joined("all")
    assert fetches(engine, one)
    one._is_done = lambda is_meant: False
    edit(engine, "push")
    assert not fetches(engine, one)
    pass_time(clock, [one], 3)
    assert not fetches(engine, one)
    one._is_done = lambda is_meant: True
    pass_time(clock, [one], 2)
    assert fetches(engine, one)


def test_one_that_is_edited_back_before_it_is_drained_goes_on(
    engine, joined, clock, camera
) -> None:
    camera("snapshot")
    web, one = joined("web"), joined("worker")
    assert fetches(engine, one)
    one._is_done = lambda is_meant: not is_meant(CAMERA)
    for kind in ("push", "snapshot"):
        edit(engine, kind)
        assert not fetches(engine, web)
    assert fetches(engine, one)
    with engine.connect() as connection:
        assert shards.moving(connection) == {}


def test_an_edit_that_leaves_the_shard_moves_nothing(engine, camera) -> None:
    camera("snapshot")
    for kind in ("mjpeg", "snapshot"):
        edit(engine, kind)
    with engine.connect() as connection:
        assert shards.moving(connection) == {}


def test_a_shard_that_nobody_holds_holds_up_nobody(engine, joined, clock, camera) -> None:
    """Its worker ended in order, with nothing in flight, and none came since."""
    camera("snapshot")
    web = joined("web")
    edit(engine, "push")
    assert not fetches(engine, web)
    pass_time(clock, [web], 1)
    assert fetches(engine, web)
