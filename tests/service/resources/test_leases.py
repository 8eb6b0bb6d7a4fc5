"""Processes share cameras, take over what a dead one held, and write nothing once they lost it."""

import time
from collections.abc import Callable

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from counterpoise.service.database import reports, shards
from counterpoise.service.database.account import LOST, balance
from counterpoise.service.database.batch import Analysed, Changed
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.shards import SENT, SHARDS, Process
from counterpoise.service.database.tables import Camera, Result, Total
from counterpoise.service.resources.leases import Leases

LEASE = 6.0


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
    """A process of a role that joined; its thread never runs, so that a test says when it looks."""

    def made(role: str) -> Leases:
        leases = Leases(engine, role, lambda: int(clock.at * 1e6), LEASE)
        leases._liveness._clock = clock
        leases.join()
        return leases

    return made


def pass_time(clock: Clock, looking: list[Leases], seconds: float = LEASE + 2) -> None:
    for _ in range(int(seconds)):
        clock.at += 1
        for leases in looking:
            leases.look()


def numbers(leases: Leases) -> set[int]:
    return set(leases.held)


def test_alone_it_holds_everything_from_the_start(joined) -> None:
    assert numbers(joined("all")) == set(range(SHARDS + 1))


def test_pages_hold_those_that_send_and_workers_share_the_rest(joined, clock) -> None:
    web, one = joined("web"), joined("worker")
    assert numbers(web) == {SENT}
    assert len(one.held) == SHARDS
    two = joined("worker")
    assert two.held == {}
    pass_time(clock, [web, one, two], 5)
    assert len(one.held) == len(two.held) == SHARDS // 2
    assert numbers(one) | numbers(two) == set(range(1, SHARDS + 1))
    three = joined("worker")
    pass_time(clock, [web, one, two, three], 8)
    assert sorted(len(leases.held) for leases in (one, two, three)) == [20, 22, 22]
    one.leave()
    pass_time(clock, [web, two, three], 2)
    assert len(two.held) == len(three.held) == SHARDS // 2


def test_a_worker_beside_the_only_server_takes_half(joined, clock) -> None:
    alone = joined("all")
    other = joined("worker")
    pass_time(clock, [alone, other], 5)
    assert SENT in alone.held
    assert len(alone.held) - 1 == len(other.held) == SHARDS // 2


def test_what_a_dead_one_held_is_taken_in_time_and_not_before(joined, clock) -> None:
    joined("web")
    dead = joined("worker")
    other = joined("worker")
    pass_time(clock, [other], LEASE)
    assert other.held == {}
    pass_time(clock, [other], 2)
    assert len(other.held) == SHARDS
    assert {other.held[n] - dead.held[n] for n in dead.held} == {1}


def test_what_a_dead_one_held_waits_for_none_that_came_since(joined, clock) -> None:
    """As one that is started again at once: it would see only after a lease who is dead."""
    web, dead, other = joined("web"), joined("worker"), joined("worker")
    pass_time(clock, [web, dead, other], 5)
    assert len(other.held) == SHARDS // 2
    pass_time(clock, [web, other], 3)
    again = joined("worker")
    pass_time(clock, [web, other, again], 4)
    assert numbers(other) | numbers(again) == set(range(1, SHARDS + 1))
    pass_time(clock, [web, other, again], 4)
    assert len(other.held) == len(again.held) == SHARDS // 2


def test_what_one_held_that_is_known_to_have_ended_is_taken_at_the_next_look(
    engine, joined, clock, cameras
) -> None:
    web, ended, other = joined("web"), joined("worker"), joined("worker")
    fences = dict(ended.held)
    recorder = Recorder(engine, lambda: 5, admit=ended.admit)
    recorder.start()
    for camera in cameras:
        recorder.fetched(camera)
    recorder.stop()
    assert web.died(ended.me)
    with engine.connect() as connection:
        now = balance(connection)
        (report,) = (one for one in reports.every(connection) if one.id == ended.me)
    assert (now.dropped, now.in_flight) == ({LOST: CAMERAS}, 0)
    assert report.ended is not None
    pass_time(clock, [web, other], 1)
    assert numbers(other) == set(range(1, SHARDS + 1))
    assert all(other.held[number] > fence for number, fence in fences.items())
    assert not web.died(ended.me), "it is not known any more"
    assert not web.died(web.me), "it lives"


def test_one_that_comes_takes_at_once_what_an_ended_one_held(joined) -> None:
    web, ended = joined("web"), joined("worker")
    web.died(ended.me)
    assert numbers(joined("worker")) == set(range(1, SHARDS + 1))


def test_one_that_lives_though_it_was_said_to_have_ended_begins_anew(
    engine, joined, clock, cameras
) -> None:
    """As one whose machine was cut off: nothing counts that it has under its old fences."""
    web, paused, other = joined("web"), joined("worker"), joined("worker")
    refused: list[Analysed] = []
    late = Recorder(engine, lambda: 5, refused=refused.append, admit=paused.admit)
    model = late.model("d", "m", ["a"])
    late.start()
    before, name = dict(paused.held), paused.me
    web.died(paused.me)
    recorded(late, model, 1, 2)
    mark = late.mark()
    while not late.is_past(mark):
        time.sleep(0.01)
    assert [result.picture for result in refused] == ["1/2"]
    late.stop()
    other.look()
    paused.look()
    assert paused.me != name
    pass_time(clock, [web, paused, other], 8)
    assert len(paused.held) == len(other.held) == SHARDS // 2
    assert all(paused.held[n] > fence for n, fence in before.items() if n in paused.held)


def test_the_pages_that_start_again_take_over_at_once_and_leave_workers_alone(joined, clock):
    joined("all")
    worker = joined("worker")
    again = joined("all")
    assert SENT in again.held
    pass_time(clock, [worker, again], 6)
    assert len(worker.held) == len(again.held) - 1 == SHARDS // 2


def test_one_that_was_paused_begins_anew_when_it_wakes(joined, clock, caplog) -> None:
    joined("web")
    paused, other = joined("worker"), joined("worker")
    assigned: list[int] = []
    paused._changed = lambda: assigned.append(len(paused.mine(
        [{"id": n, "kind": "snapshot"} for n in range(SHARDS)]
    )))  # fmt: skip
    pass_time(clock, [other])
    name = paused.me
    paused.look()
    assert paused.me != name
    assert assigned[0] == 0, "it lets go of every camera before it takes any"
    assert "begins anew" in caplog.text
    pass_time(clock, [other, paused], 5)
    assert len(paused.held) == len(other.held) == SHARDS // 2


def test_of_two_servers_on_a_database_the_first_ends_its_work(joined, clock, caplog) -> None:
    first = joined("web")
    second = joined("web")
    first.look()
    assert "another server has this database" in caplog.text
    assert "another server has this database" in first.error
    assert second.error == ""
    second.look()
    assert numbers(second) == {SENT}


def test_a_database_that_fails_once_leaves_no_shard_that_nobody_fetches(joined, clock) -> None:
    joined("web")
    _, other = joined("worker"), joined("worker")
    rows = [{"id": n, "kind": "snapshot"} for n in range(SHARDS)]
    assigned: list[int] = []
    fails = True

    def changed() -> None:
        nonlocal fails
        if fails:
            fails = False
            raise OperationalError("SELECT", {}, Exception("locked"))
        assigned.append(len(other.mine(rows)))

    other._changed = changed
    with pytest.raises(OperationalError):
        pass_time(clock, [other])
    assert (len(other.held), assigned) == (SHARDS, [])
    other.look()
    assert assigned == [SHARDS]
    third, fails = joined("worker"), True
    with pytest.raises(OperationalError):
        pass_time(clock, [third, other], 3)  # it lets go of half
    other.look()
    assert assigned == [SHARDS, SHARDS // 2]


def test_one_that_fails_while_it_begins_anew_does_so_at_the_next_look(joined, clock) -> None:
    joined("web")
    paused, other = joined("worker"), joined("worker")
    pass_time(clock, [other])
    join, name = paused.join, paused.me

    def fail() -> None:
        raise OperationalError("INSERT", {}, Exception("locked"))

    paused.join = fail
    with pytest.raises(OperationalError):
        paused.look()
    assert paused.mine([{"id": n, "kind": "snapshot"} for n in range(SHARDS)]) == []
    paused.join = join
    pass_time(clock, [paused, other], 6)
    assert paused.me != name
    assert paused.error == ""
    assert len(paused.held) == len(other.held) == SHARDS // 2


def test_shards_are_given_when_nothing_is_in_flight(joined, clock) -> None:
    joined("web")
    one, two = joined("worker"), joined("worker")
    is_done, is_past = False, False
    one._is_done = lambda is_meant: is_done
    one._is_past = lambda mark: is_past
    pass_time(clock, [one, two], 3)
    rows = [{"id": n, "kind": "snapshot"} for n in range(SHARDS)]
    assert len(one.mine(rows)) == SHARDS // 2
    assert (len(one.held), two.held) == (SHARDS, {})
    is_done = True
    pass_time(clock, [one, two], 2)
    assert (len(one.held), two.held) == (SHARDS, {})
    is_past = True
    pass_time(clock, [one, two], 2)
    assert len(one.held) == len(two.held) == SHARDS // 2


def told(engine) -> dict[str, tuple[str, float | None]]:
    """Of each report: the role, and when its process was heard of last if it died."""
    with engine.connect() as connection:
        return {
            one.id: (one.role, None if one.ended is None else one.ended / 1e6)
            for one in reports.every(connection)
        }


def report(engine, leases: Leases) -> None:
    process = Process(leases.me, leases.name, leases.role, 1, 0, 0)
    with engine.begin() as connection:
        reports.tell(connection, process, leases.held, 2, Numbers(fetched=7))


def test_a_dead_process_is_known_by_its_age_and_one_that_ends_is_forgotten(
    engine, joined, clock
) -> None:
    web, one, two = joined("web"), joined("worker"), joined("worker")
    for leases in (web, one, two):
        report(engine, leases)
    pass_time(clock, [web, one, two], 5)
    assert web.silence(one.me) is None
    beat = clock.at
    pass_time(clock, [web], 8)
    assert web.silence(one.me) == 7, "the pages look first, and saw its last beat a second later"
    pass_time(clock, [web, two], 10)
    assert told(engine) == {
        web.me: ("web", None), one.me: ("worker", beat), two.me: ("worker", None),
    }  # fmt: skip
    two.leave()
    web.leave()
    assert told(engine) == {one.me: ("worker", beat)}


def test_a_server_that_was_killed_is_known_by_the_next_one(engine, joined, clock) -> None:
    before = joined("all")
    clock.at = 5.0
    before.look()
    clock.at = 100.0
    after = joined("all")
    assert told(engine) == {before.me: ("all", 5.0)}, "though it never said how it did"
    clock.at += 3600
    joined("all")
    assert set(told(engine)) == {before.me, after.me}
    clock.at += 2 * 86_400
    joined("all")
    assert told(engine) == {}, "for a day"


def test_a_process_that_was_only_paused_did_not_die(engine, joined, clock) -> None:
    web, one, two = joined("web"), joined("worker"), joined("worker")
    for leases in (web, one, two):
        report(engine, leases)
    pass_time(clock, [web, two], 20)
    first = one.me
    assert told(engine)[first][1] is not None
    one.look()
    assert one.me != first
    assert first not in told(engine)


CAMERAS = 4


@pytest.fixture
def cameras(engine) -> range:
    with engine.begin() as connection:
        for number in range(1, CAMERAS + 1):
            values = {"id": number, "name": "", "kind": "snapshot", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
    return range(1, CAMERAS + 1)


def recorded(recorder: Recorder, model: int, camera: int, at: int) -> None:
    recorder.analysed([Analysed(camera, model, at, "a", 0.75, None, f"{camera}/{at}", 1, 1, 1)])


def test_a_stale_batch_is_refused_and_the_account_adds_up(engine, joined, clock, cameras) -> None:
    """A worker fetches, is paused, loses its cameras, and wakes with its results."""
    joined("web")
    refused: list[Analysed] = []
    paused, other = joined("worker"), joined("worker")
    late = Recorder(engine, lambda: 5, refused=refused.append, admit=paused.admit)
    new = Recorder(engine, lambda: 5, admit=other.admit)
    model = late.model("d", "m", ["a"])
    late.start()
    for camera in cameras:
        late.fetched(camera)
        late.fetched(camera)
        recorded(late, model, camera, 1)
    mark = late.mark()
    while not late.is_past(mark):
        time.sleep(0.01)
    pass_time(clock, [other])
    new.start()
    for camera in cameras:
        new.fetched(camera)
        recorded(new, model, camera, 3)
        recorded(late, model, camera, 2)
        late.changed(Changed(camera, 9, "offline", "dns", ""))
    late.stop()
    new.stop()
    with engine.connect() as connection:
        now = balance(connection)
        results = connection.scalar(select(func.count()).select_from(Result))
        total = connection.scalar(select(func.sum(Total.number)).where(Total.seconds == 60))
        health = set(connection.scalars(select(Camera.health)))
    assert (now.fetched, now.analysed, now.dropped) == (12, 8, {LOST: 4})
    assert (now.in_flight, results, total, health) == (0, 8, 8, {"new"})
    assert [result.picture for result in refused] == [f"{camera}/2" for camera in cameras]


def test_of_a_batch_only_what_was_lost_is_refused(engine, joined, clock, cameras) -> None:
    joined("web")
    one = joined("worker")
    recorder = Recorder(engine, lambda: 5, admit=one.admit)
    model = recorder.model("d", "m", ["a"])
    with engine.begin() as connection:
        thief = shards.join(connection, "t:1", "worker", 1)
        shards.claim(connection, thief, {shards.shard_of(2, sends=False): 1})
    recorder.start()
    for camera in cameras:
        recorder.fetched(camera)
        recorded(recorder, model, camera, 1)
    recorder.stop()
    with engine.connect() as connection:
        found = set(connection.scalars(select(Result.camera_id)))
        now = balance(connection)
    assert found == {1, 3, 4}
    assert (now.fetched, now.analysed, now.in_flight) == (3, 3, 0)


@pytest.mark.parametrize(("before", "after"), [("push", "snapshot"), ("snapshot", "push")])
@pytest.mark.parametrize("roles", [("all",), ("web", "worker")])
def test_a_camera_whose_kind_is_edited_is_let_go_drained_and_recorded_under_its_new_shard(
    engine, joined, clock, cameras, before: str, after: str, roles
) -> None:
    processes = {role: joined(role) for role in roles}
    camera, in_flight = 2, True

    def fetching(kind: str) -> list[str]:
        return [role for role, one in processes.items() if one.mine([{"id": camera, "kind": kind}])]

    def stands_for(role: str, at: int) -> bool:
        """Whether a result that this process has is written."""
        recorder = Recorder(engine, lambda: 5, admit=processes[role].admit)
        model = recorder.model("d", "m", ["a"])
        recorder.start()
        recorder.fetched(camera)
        recorded(recorder, model, camera, at)
        recorder.stop()
        with engine.connect() as connection:
            return at in set(connection.scalars(select(Result.at)))

    for one in processes.values():
        one._is_done = lambda is_meant: not (in_flight and is_meant(camera))
    (first,) = fetching(before)
    assert stands_for(first, 1)
    then = fetching(after)
    assert first not in then, "it is let go first"
    pass_time(clock, list(processes.values()), 1)
    assert stands_for(first, 2), "what was in flight is written"
    in_flight = False
    pass_time(clock, list(processes.values()), 1)
    (last,) = fetching(after)
    assert (last == first) == (len(roles) == 1)
    one = processes[last]
    thief = shards.shard_of(camera, sends=before == "push")
    with engine.begin() as connection:
        other = shards.join(connection, "t:1", "worker", 1)
        _, found = shards.look(connection)
        shards.claim(connection, other, {thief: found[thief].fence})
    assert stands_for(last, 3), "the shard that it had before is no matter"
    assert one._edited.under == {camera: shards.shard_of(camera, sends=after == "push")}
