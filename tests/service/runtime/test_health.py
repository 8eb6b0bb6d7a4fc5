"""The states of a device, with a clock that is set by hand."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.runtime.health import LINES, LONGEST, OFFLINE, STILL, STILL_FOR, Health


def state(health: Health) -> tuple[str, str]:
    return health.state, health.reason


def test_it_is_new_until_a_frame_of_it_was_analysed() -> None:
    health = Health(0.0)
    assert state(health) == ("new", "")
    assert not health.frame(1.0, repeated=False)
    assert state(health) == ("new", "")
    assert health.verdict("")
    assert state(health) == ("live", "")
    assert not health.verdict(""), "nothing changes"


@pytest.mark.parametrize("reason", ["not an image", "truncated", "bomb"])
def test_a_device_whose_frames_cannot_be_used_is_never_live(reason) -> None:
    health = Health(0.0)
    for second in range(300):
        health.frame(float(second), repeated=second % 2 == 1)
        if second % 2 == 0:
            health.verdict(reason)
        assert health.state != "live"
    assert state(health) == ("degraded", reason)
    health.frame(300.0, repeated=False)
    assert health.verdict("")
    assert state(health) == ("live", "")


def test_failures_lead_from_degraded_to_back_off_and_offline() -> None:
    health = Health(0.0)
    health.frame(0.0, repeated=False)
    health.verdict("")
    seen = []
    for second in (1.0, 2.0, 3.0, 4.0, OFFLINE - 0.1, OFFLINE, OFFLINE + 1000):
        health.failure(second, "timeout")
        seen.append(health.state)
    assert seen == ["degraded"] * 2 + ["back-off"] * 3 + ["offline"] * 2
    health.frame(OFFLINE + 2000, repeated=False)
    assert health.state == "offline", "a frame arrived, and nobody has looked at it yet"
    assert health.verdict("")
    assert state(health) == ("live", "")
    health.failure(OFFLINE + 2001, "dns")
    assert state(health) == ("degraded", "dns"), "failures are counted from the start again"


def test_a_late_verdict_does_not_hide_a_failure() -> None:
    health = Health(0.0)
    health.frame(0.0, repeated=False)
    health.failure(0.1, "connect")
    assert not health.verdict("")
    assert state(health) == ("degraded", "connect")


def test_the_same_picture_for_long_is_frozen_and_another_one_ends_it() -> None:
    health = Health(0.0)
    health.frame(0.0, repeated=False)
    health.verdict("")
    for second in range(1, int(STILL_FOR)):
        assert not health.frame(float(second), repeated=True)
    assert health.frame(STILL_FOR, repeated=True)
    assert state(health) == ("degraded", "frozen")
    assert not health.frame(STILL_FOR + 1, repeated=True)
    health.frame(STILL_FOR + 2, repeated=False)
    health.verdict("")
    assert state(health) == ("live", "")


def test_a_slow_device_is_not_frozen_for_a_few_repeats() -> None:
    health = Health(0.0)
    health.frame(0.0, repeated=False)
    health.verdict("")
    for number in range(1, STILL):
        health.frame(number * 100.0, repeated=True)
    assert health.state == "live"


def test_a_frozen_device_that_fails_and_comes_back_is_frozen_still() -> None:
    health = Health(0.0)
    health.frame(0.0, repeated=False)
    health.verdict("")
    for second in range(1, 100):
        health.frame(float(second), repeated=True)
    health.failure(100.0, "timeout")
    assert state(health) == ("degraded", "timeout")
    health.frame(101.0, repeated=True)
    assert state(health) == ("degraded", "frozen")


def test_waits_grow_to_a_quarter_of_an_hour_and_are_drawn_from_zero_on() -> None:
    health = Health(0.0, random.Random(0))
    drawn = []
    for _ in range(20):
        health.failure(0.0, "dns")
        drawn.append([health.wait() for _ in range(400)])
    largest = [max(waits) for waits in drawn]
    bounds = [min(LONGEST, 2.0**n) for n in range(20)]
    assert all(0.95 * b < most <= b for b, most in zip(bounds, largest, strict=True))
    assert all(min(waits) < 0.05 * b for b, waits in zip(bounds, drawn, strict=True))
    health.frame(0.0, repeated=False)
    assert health.wait() <= 1.0


def test_a_device_that_asks_to_be_left_alone_is() -> None:
    health = Health(0.0)
    health.failure(0.0, "http", after=120.0)
    assert 120.0 <= health.wait() <= 121.0
    health.failure(0.0, "http", after=1e9)
    assert health.wait() == LONGEST, "never given up"
    health.failure(0.0, "http")
    assert health.wait() <= 4.0, "only as long as it asks"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["frame", "repeated", "good", "bad", "failure"]), st.floats(0, 100)
        ),
        max_size=60,
    )
)
def test_whatever_happens_its_state_has_a_reason_exactly_when_it_is_troubled(events) -> None:
    health, at, told = Health(0.0), 0.0, [("new", "")]
    good = False
    for event, later in events:
        at += later
        changed = {
            "frame": lambda at=at: health.frame(at, repeated=False),
            "repeated": lambda at=at: health.frame(at, repeated=True),
            "good": lambda: health.verdict(""),
            "bad": lambda: health.verdict("truncated"),
            "failure": lambda at=at: health.failure(at, "timeout"),
        }[event]()
        good = good or event == "good"
        if changed:
            told.append(state(health))
        assert state(health) == told[-1], "every change is told"
        assert (health.reason == "") == (health.state in ("new", "live"))
        assert health.state != "live" or good
        assert 0.0 <= health.wait() <= LONGEST
    assert all(one != other for one, other in pairwise(told)), "and only changes"


def test_a_device_that_falls_silent_is_offline_until_it_sends_again() -> None:
    health = Health(0.0)
    health.frame(1.0, repeated=False)
    health.verdict("")
    assert not health.silence(60.9, 60.0)
    assert health.silence(61.0, 60.0)
    assert state(health) == ("offline", "silent")
    assert not health.silence(62.0, 60.0), "told once"
    health.frame(63.0, repeated=False)
    assert health.verdict("")
    assert state(health) == ("live", "")
    assert not health.silence(64.0, 60.0)


def test_a_picture_that_is_renewed_every_two_minutes_is_not_frozen_in_between() -> None:
    health, seen = Health(0.0), set()
    for second in range(0, 1200, 4):
        is_new = second % 120 == 0
        health.frame(float(second), repeated=not is_new)
        if is_new:
            health.verdict("")
        if second > 124:
            seen.add(state(health))
    assert seen == {("live", "")}
    for second in range(1200, 1200 + 400, 4):
        health.frame(float(second), repeated=True)
    assert state(health) == ("degraded", "frozen"), "three times as long as usual"


def test_one_long_freeze_does_not_hide_the_next_one() -> None:
    health = Health(0.0)
    at = 0.0
    for gap in (8, 8, 8, 36_000, 8, 8):
        health.frame(at, repeated=False)
        health.verdict("")
        health.frame(at + 4, repeated=True)
        at += gap
    health.frame(at, repeated=False)
    health.verdict("")
    for second in range(4, 80, 4):
        health.frame(at + second, repeated=True)
    assert state(health) == ("degraded", "frozen")


def test_a_device_of_a_long_interval_is_not_offline_at_its_first_failure() -> None:
    health = Health(0.0, interval=600.0)
    health.frame(0.0, repeated=False)
    health.verdict("")
    health.failure(600.0, "timeout")
    assert health.state == "degraded"
    health.failure(1200.0, "timeout")
    assert health.state == "offline"


def test_the_log_of_a_device_that_comes_and_goes_is_bounded() -> None:
    health = Health(0.0)
    listed = [health.listed(second / 10) for second in range(36_000)]  # an hour
    assert len([one for one in listed if one is not None]) == LINES + 59
    assert listed[:LINES] == [0] * LINES
    assert max(one or 0 for one in listed) == pytest.approx(600, abs=2)
