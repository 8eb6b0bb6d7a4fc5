"""Frames that a device sends itself: from any thread, none lost that was taken."""

import asyncio
import threading
from collections.abc import Callable

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.device import EncodedFrame, Ending, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import LARGEST, Fetcher
from counterpoise.service.runtime.push import WAITING, Push


def frames(device: Push, during: Callable[[Ending], None], interval=0.0) -> list[EncodedFrame]:
    """Frames that come while a thread does `during`, which has to begin the ending."""

    async def run() -> list[EncodedFrame]:
        ending, loop = Ending(), asyncio.get_running_loop()
        found = []

        def work() -> None:
            try:
                during(ending)
            finally:
                loop.call_soon_threadsafe(ending.begin)

        thread = threading.Thread(target=work)
        fetcher = Fetcher(EgressGuard())
        thread.start()
        async for frame in device.frames(Source("", interval), fetcher, ending):
            found.append(frame)
        await asyncio.to_thread(thread.join)
        return found

    return asyncio.run(run())


def test_frames_come_in_order_from_another_thread() -> None:
    device, sent, refused = Push(), [], 0

    def work(ending: Ending) -> None:
        nonlocal refused
        for number in range(500):
            try:
                device.put(b"%d" % number)
                sent.append(b"%d" % number)
            except DeviceError as error:
                assert error.reason == "too fast"  # noqa: PT017
                refused += 1

    found = frames(device, work)
    assert [frame.content for frame in found] == sent
    assert len(sent) + refused == 500
    assert found[0].at > 1_600_000_000_000_000
    with pytest.raises(DeviceError, match="does not take frames"):
        device.put(b"late")


def test_frames_that_came_before_it_began_are_not_lost() -> None:
    device = Push()
    for number in range(WAITING):
        device.put(b"%d" % number)
    with pytest.raises(DeviceError, match="8 frames wait") as caught:
        device.put(b"one more")
    assert caught.value.reason == "too fast"
    assert len(frames(device, lambda ending: None)) == WAITING


def test_the_same_again_is_repeated_and_a_fast_one_surplus() -> None:
    device = Push()
    for content in (b"a", b"a", b"b"):
        device.put(content)
    assert [f.repeated for f in frames(device, lambda ending: None)] == [False, True, False]
    device = Push()
    for content in (b"a", b"b", b"c"):
        device.put(content)
    found = frames(device, lambda ending: None, interval=60.0)
    assert [frame.surplus for frame in found] == [False, True, True]


def test_the_same_picture_from_elsewhere_is_not_the_same_again() -> None:
    device = Push()
    for position in ((1.0, 2.0), (1.0, 2.0), (1.0, 2.5), None):
        device.put(b"a", position)
    found = frames(device, lambda ending: None)
    assert [frame.repeated for frame in found] == [False, True, False, False]
    assert [frame.position for frame in found] == [(1.0, 2.0), (1.0, 2.0), (1.0, 2.5), None]


def test_a_frame_that_is_too_big_is_refused() -> None:
    with pytest.raises(DeviceError) as caught:
        Push().put(bytes(LARGEST + 1))
    assert caught.value.reason == "too big"


def test_a_device_that_is_cancelled_takes_no_more() -> None:
    device = Push()

    async def run() -> None:
        async def follow() -> None:
            async for _ in device.frames(Source(""), Fetcher(EgressGuard()), Ending()):
                pass

        task = asyncio.create_task(follow())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    with pytest.raises(DeviceError):
        device.put(b"late")
