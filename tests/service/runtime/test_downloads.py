"""One bound for all downloads: the largest goes, the others go on."""

import asyncio

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.device import Ending, Source
from counterpoise.service.runtime.downloads import Downloads
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.mjpeg import MJPEG
from counterpoise.service.runtime.snapshot import Snapshot


def test_the_largest_is_given_up_and_the_others_go_on() -> None:
    downloads = Downloads(100)
    small, large = bytearray(), bytearray()
    with downloads.holding(small) as one, downloads.holding(large) as other:
        large += bytes(70)
        other.settle()
        small += bytes(20)
        one.settle()
        assert downloads.total == 90
        small += bytes(15)
        one.settle()
        assert (len(small), len(large), downloads.total) == (35, 0, 35)
        large += bytes(5)
        with pytest.raises(DeviceError, match="this was the largest") as caught:
            other.settle()
        assert caught.value.reason == "too big"
    assert downloads.total == 0


def test_one_that_is_larger_than_all_may_be_gives_itself_up() -> None:
    downloads, buffer = Downloads(10), bytearray(11)
    with downloads.holding(buffer) as held, pytest.raises(DeviceError):
        held.settle()
    assert (downloads.total, len(buffer)) == (0, 0)


def test_what_is_taken_out_of_a_buffer_is_free_again() -> None:
    downloads, buffer = Downloads(10), bytearray(9)
    with downloads.holding(buffer) as held:
        for _ in range(5):
            held.settle()
            del buffer[:9]
            held.settle()
            assert downloads.total == 0
            buffer += bytes(9)


@pytest.mark.parametrize(
    ("device", "kind"), [(Snapshot, "image/jpeg"), (MJPEG, "multipart/x-mixed-replace; boundary=x")]
)
def test_cameras_that_send_without_end_are_given_up_for_the_good_ones(served, device, kind) -> None:
    async def endless(reader, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind.encode() + b"\r\n\r\n--x\r\n\r\n")
        while True:
            writer.write(b"a" * 65536)
            await writer.drain()

    async def run() -> list[str]:
        async with served(endless) as server, Fetcher(server.guard, 4 << 20) as fetcher:

            async def one() -> str:
                try:
                    async for _ in device().frames(Source(server.url), fetcher, Ending()):
                        return "a picture"
                except DeviceError as error:
                    return error.detail
                return ""

            with fetcher.downloads.holding(bytearray(1000)) as good:
                found = await asyncio.gather(*(one() for _ in range(3)))
                good.settle()
                assert fetcher.downloads.total == 1000
        return found

    assert any("this was the largest" in said for said in asyncio.run(run()))
