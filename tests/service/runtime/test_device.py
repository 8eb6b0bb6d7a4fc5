"""Waits that end early, and frames that come faster than wanted."""

import asyncio
import time

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.device import EncodedFrame, Ending, Pace, Source


def kept(interval: float, times: list[float]) -> list[float]:
    clock = iter([0.0, *times])
    pace = Pace(interval, lambda: next(clock))
    return [at for at in times if pace.wants()]


def test_one_frame_is_left_for_each_interval() -> None:
    assert kept(1.0, [n / 10 for n in range(50)]) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_stream_of_the_interval_itself_loses_nothing_to_unsteady_times() -> None:
    times = [n + (0.0, 0.2, 0.1)[n % 3] for n in range(30)]
    assert len(kept(1.0, times)) >= 29


def test_after_a_gap_frames_do_not_come_in_a_burst() -> None:
    assert len(kept(1.0, [0.0, *[100 + n / 10 for n in range(20)]])) <= 4


def test_every_frame_is_wanted_without_an_interval() -> None:
    assert len(kept(0.0, [1.0] * 5)) == 5


def asked_at(late: dict[int, float], takes: float = 0.1, begin: float = 0.0) -> list[float]:
    """When each of ten frames is asked for, of a process that wakes up late for some of them."""
    now = begin
    pace = Pace(1.0, lambda: now)
    times = []
    for number in range(10):
        times.append(round(now, 6))
        now += takes
        now += pace.pause() + late.get(number + 1, 0.0)
    return times


def test_one_late_frame_does_not_move_those_after_it() -> None:
    assert asked_at({4: 0.3, 7: 0.2}) == [0, 1, 2, 3, 4.3, 5, 6, 7.2, 8, 9]


def test_cameras_that_were_late_together_part_again() -> None:
    first, second = asked_at({5: 0.5}), asked_at({5: 0.2}, begin=0.3)
    assert first[5] == second[5] == 5.5
    assert (first[6:], second[6:]) == ([6, 7, 8, 9], [6.3, 7.3, 8.3, 9.3])


def test_a_camera_slower_than_its_interval_is_asked_as_fast_as_it_answers() -> None:
    assert asked_at({}, takes=1.5)[:4] == [0, 1.5, 3, 4.5]


def test_a_wait_ends_with_its_time_or_as_soon_as_it_is_told() -> None:
    async def run() -> None:
        ending, heard = Ending(), []
        ending.then(lambda: heard.append(1))
        assert not ending.begun
        assert await ending.sleep(0.01) is False
        asyncio.get_running_loop().call_later(0.01, ending.begin)
        begun = time.monotonic()
        assert await ending.sleep(60.0) is True
        assert time.monotonic() - begun < 5.0
        assert ending.begun
        assert heard == [1]
        assert await ending.sleep(60.0) is True

    asyncio.run(run())


def test_who_no_longer_listens_is_not_told_and_not_kept() -> None:
    """A camera that connects anew for months would else keep all its connections."""
    ending, heard = Ending(), []
    for _ in range(3):
        with ending.heard_by(lambda: heard.append("early")):
            pass
    assert ending._callbacks == []
    with ending.heard_by(lambda: heard.append("in time")):
        ending.begin()
    with ending.heard_by(lambda: heard.append("late")):
        pass
    assert heard == ["in time", "late"]


def test_neither_a_password_nor_a_picture_is_shown() -> None:
    shown = repr(Source("http://camera.example/", auth=("user", "secret")))
    assert "secret" not in shown
    assert "camera.example" in shown
    assert "bytes" not in repr(EncodedFrame(b"some bytes", 0))
