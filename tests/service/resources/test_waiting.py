"""Frames that wait: one of each camera, in turn, within their bytes."""

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.analyzer.analysis import Frame
from counterpoise.service.resources.waiting import FULL, NEWER, WaitingFrames


def frame(camera: int, size: int = 1, at: int = 0) -> Frame:
    return Frame(camera, bytes(size), at)


def test_cameras_take_turns_and_a_newer_frame_takes_the_older_ones_place() -> None:
    waiting = WaitingFrames(100)
    first = frame(1)
    assert waiting.put(first) == []
    assert waiting.put(frame(2)) == []
    newer = frame(1, at=5)
    assert waiting.put(newer) == [(first, NEWER)]
    assert [one.camera for one in waiting.take(5)] == [1, 2]
    assert len(waiting) == 0


def test_the_one_that_has_waited_longest_goes_when_they_are_too_many() -> None:
    waiting = WaitingFrames(10)
    old = frame(1, 6)
    waiting.put(old)
    assert waiting.put(frame(2, 6)) == [(old, FULL)]
    assert [one.camera for one in waiting.take(5)] == [2]


def test_a_frame_larger_than_all_that_may_wait_still_gets_its_turn() -> None:
    waiting = WaitingFrames(10)
    assert waiting.put(frame(1, 50)) == []
    assert len(waiting.take(1)) == 1


def test_take_waits_for_a_frame_and_ends_when_closed() -> None:
    waiting, taken = WaitingFrames(10), []

    def work() -> None:
        while frames := waiting.take(2):
            taken.append([one.camera for one in frames])

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.02)
    waiting.put(frame(1))
    while not taken:
        time.sleep(0.001)
    waiting.put(frame(2))
    waiting.close()
    thread.join(5)
    assert not thread.is_alive()
    assert taken == [[1], [2]], "what is left is given, then nothing"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)) | st.integers(1, 4), max_size=40))
def test_no_frame_is_lost_or_doubled_and_the_bytes_are_bounded(steps) -> None:
    waiting = WaitingFrames(12)
    kept: dict[int, Frame] = {}
    for step in steps:
        if isinstance(step, int):
            taken = waiting.take(step) if kept else []
            assert len(taken) == min(step, len(kept))
            for one in taken:
                assert kept.pop(id(one)) is one
        else:
            new = frame(*step)
            kept[id(new)] = new
            for gone, reason in waiting.put(new):
                assert kept.pop(id(gone)) is gone
                assert reason == FULL or gone.camera == new.camera
        assert len(waiting) == len(kept) == len({one.camera for one in kept.values()})
        assert len(kept) < 2 or sum(len(one.content) for one in kept.values()) <= 12
