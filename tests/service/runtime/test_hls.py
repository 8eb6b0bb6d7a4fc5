"""HLS against a server of files that PyAV itself made."""

import asyncio
import io
import time
from collections import Counter
from contextlib import ExitStack, asynccontextmanager

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")
pytest.importorskip("av", reason="needs the extra serve-video: av")

import av
from aiohttp import web
from PIL import Image

from counterpoise.service.runtime import hls, video
from counterpoise.service.runtime.device import Ending, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.hls import HLS

SECONDS, RATE = 1, 10


def segment(
    grey: int,
    form: str = "mpegts",
    size: tuple[int, int] = (64, 48),
    number: int = 10,
    comment: str = "",
) -> bytes:
    """One second of one grey."""
    stream = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"} if form == "mp4" else {}
    with av.open(stream, "w", format=form, options=options) as file:
        file.metadata["comment"] = comment
        track = file.add_stream("mpeg4" if form == "mp4" else "mpeg2video", rate=RATE)
        track.width, track.height, track.pix_fmt = *size, "yuv420p"
        if form != "mp4":
            track.codec_context.framerate = 25
        for at in range(number):
            pixels = np.full((size[1], size[0], 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = at
            file.mux(track.encode(frame))
        file.mux(track.encode())
    return stream.getvalue()


class Live:
    """A stream that goes on by one segment each time its playlist is asked for."""

    def __init__(self, segments: list[bytes], window: int = 2, **lines: str) -> None:
        self.segments, self.window = segments, window
        self.asked: Counter[str] = Counter()
        self.newest, self.ended, self.steps = window, False, True
        self.before = lines.get("before", "")

    async def playlist(self, request: web.Request) -> web.Response:
        self.asked["playlist"] += 1
        first = self.newest - self.window
        listed = "".join(f"#EXTINF:{SECONDS},\n{n}.ts\n" for n in range(first, self.newest))
        self.newest = min(self.newest + self.steps, len(self.segments))
        end = "#EXT-X-ENDLIST\n" if self.ended and self.newest == len(self.segments) else ""
        text = (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:{SECONDS}\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
            f"{self.before}{listed}{end}"
        )
        return web.Response(text=text)

    async def piece(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        self.asked[str(number)] += 1
        return web.Response(body=self.segments[number])


@asynccontextmanager
async def served(live: Live, **more):
    app = web.Application()
    app.router.add_get("/live.m3u8", live.playlist)
    app.router.add_get(r"/{number:\d+}.ts", live.piece)
    for path, body in more.items():
        app.router.add_get(f"/{path}", _answering(body))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _answering(body: bytes):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body)

    return answer


def frames(live: Live, number: int, interval: float = 1.0, path: str = "live.m3u8", **more) -> list:
    """The first frames, each with its grey."""

    async def run() -> list:
        found: list = []
        async with served(live, **more) as port:
            async with Fetcher(EgressGuard(emulator=("127.0.0.1", port))) as fetcher:
                ending = Ending()
                source = Source(f"http://127.0.0.1:{port}/{path}", interval)
                device = HLS().frames(source, fetcher, ending)
                async with asyncio.timeout(30):
                    while len(found) < number:
                        found.append(await anext(device))
                begun = time.monotonic()
                ending.begin()
                assert [frame async for frame in device] == []
                assert time.monotonic() - begun < 10
            assert not fetcher.decoders._idle
        return found

    return asyncio.run(run())


def greys(found: list) -> list[int]:
    return [
        round(float(np.asarray(Image.open(io.BytesIO(frame.content)).convert("L")).mean()), -1)
        for frame in found
    ]


def test_pictures_come_once_an_interval_from_the_newest_segment_on(monkeypatch) -> None:
    monkeypatch.setattr(hls, "PAUSE", (0.01, 0.05))
    live = Live([segment(20 * n) for n in range(1, 9)])
    found = frames(live, 3)
    assert greys(found) == [40, 60, 80]
    assert live.asked["0"] == 0, "the stream is taken up at its newest segment"
    assert Image.open(io.BytesIO(found[0].content)).size == (64, 48)


def test_several_pictures_of_one_segment_come_as_it_plays() -> None:
    for _ in range(5):  # on a busy machine one that comes late shortens the gap behind it
        live = Live([segment(100)] * 8)
        found = frames(live, 3, interval=0.4)
        assert live.asked["1"] == 1
        gaps = np.diff([frame.at for frame in found]) / 1e6
        if (gaps > 0.25).all():
            break
    assert (gaps > 0.25).all()


def test_segments_of_which_no_picture_is_wanted_are_not_fetched(monkeypatch) -> None:
    monkeypatch.setattr(hls, "PAUSE", (0.01, 0.05))
    live = Live([segment(20 * n) for n in range(1, 9)])
    assert greys(frames(live, 2, interval=2.0)) == [40, 80]
    assert live.asked["2"] == 0


def test_fragmented_mp4_is_read_with_its_head(monkeypatch) -> None:
    whole = segment(120, "mp4")
    cut = whole.index(b"moof") - 4
    live = Live([whole[cut:]] * 4, before='#EXT-X-MAP:URI="init.mp4"\n')
    (found,) = frames(live, 1, **{"init.mp4": whole[:cut]})
    assert greys([found]) == [120]


def test_a_playlist_of_variants_leads_to_one() -> None:
    text = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=64x48\nlive.m3u8\n"
    live = Live([segment(60)] * 4)
    assert greys(frames(live, 1, path="all.m3u8", **{"all.m3u8": text})) == [60]


def failure(live: Live, **options) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        frames(live, 99, **options)
    return caught.value


def test_a_head_that_would_be_kept_is_small() -> None:
    """A thousand cameras with heads of 32 MiB each would fill the memory."""
    live = Live([b"x"] * 4, before='#EXT-X-MAP:URI="init.mp4"\n')
    assert failure(live, **{"init.mp4": bytes(hls.HEADING + 1)}).reason == "too big"


LOCAL = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LOCAL, "not an image"),  # FFmpeg would open what it lists
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not an image"),
        (b"<!doctype html>", "not an image"),
        (b"", "not an image"),
        (b"G" + bytes(5000), "not an image"),
        (b"\0\0\0\x18ftypisom" + bytes(5000), "not an image"),
    ],
    ids=["playlist", "concat", "page", "empty", "ts", "mp4"],
)
def test_what_is_no_segment_is_named_and_opens_nothing(body: bytes, reason: str) -> None:
    assert failure(Live([body] * 3)).reason == reason


def test_addresses_of_a_playlist_go_through_the_guard() -> None:
    for address in ("file:///etc/passwd", "http://169.254.169.254/a.ts", "http://127.0.0.1:1/a.ts"):
        text = f"#EXTM3U\n#EXTINF:1,\n{address}\n".encode()
        error = failure(Live([]), path="evil.m3u8", **{"evil.m3u8": text})
        assert error.reason == "blocked", address
        text = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{address}\n".encode()
        assert failure(Live([]), path="v.m3u8", **{"v.m3u8": text}).reason == "blocked"


def test_the_end_and_stillness_are_failures(monkeypatch) -> None:
    monkeypatch.setattr(hls, "PAUSE", (0.01, 0.05))
    live = Live([segment(60)] * 3)
    live.ended = True
    assert failure(live).reason == "truncated"
    monkeypatch.setattr(hls, "STILL", 0.2)
    monkeypatch.setattr("counterpoise.service.runtime.playlist.SIDE", 720)
    still = Live([segment(60)] * 2, before="#EXT-X-TARGETDURATION:0.01\n")
    begun = time.monotonic()
    assert failure(still).reason == "frozen"
    assert time.monotonic() - begun < 10


def test_a_huge_picture_is_not_decoded() -> None:
    assert failure(Live([segment(60, "mp4", (6000, 4500), 1)] * 2)).reason == "bomb"


def test_a_segment_is_counted_as_a_download_until_its_last_picture_is_given() -> None:
    """While it waits for its turn to be decoded, and while its pictures wait for their time."""
    body = segment(60)

    async def run() -> list[int]:
        totals = []
        async with (
            served(Live([body] * 9)) as port,
            Fetcher(EgressGuard(emulator=("127.0.0.1", port))) as fetcher,
        ):
            fetcher.decoders = video.Decoders(1)
            source = Source(f"http://127.0.0.1:{port}/live.m3u8", 0.1)
            device = HLS().frames(source, fetcher, Ending())
            await fetcher.decoders._turn.acquire()  # somebody else's segment is being decoded
            first = asyncio.ensure_future(anext(device))
            async with asyncio.timeout(20):
                while fetcher.downloads.total != len(body):
                    await asyncio.sleep(0.01)
            fetcher.decoders._turn.release()
            frame = await first
            totals.append(fetcher.downloads.total)
            await anext(device)
            await device.aclose()
            totals.append(fetcher.downloads.total)
        return [*totals, len(frame.content)]

    held, at_the_end, size = asyncio.run(run())
    assert held >= 2 * size, "two pictures of one segment"
    assert at_the_end == 0


def test_the_largest_that_waits_to_be_decoded_is_given_up() -> None:
    body = segment(60)

    async def run() -> DeviceError:
        async with (
            served(Live([body] * 9)) as port,
            Fetcher(EgressGuard(emulator=("127.0.0.1", port)), len(body) + 10) as fetcher,
        ):
            fetcher.decoders = video.Decoders(1)
            source = Source(f"http://127.0.0.1:{port}/live.m3u8", 0.5)
            device = HLS().frames(source, fetcher, Ending())
            await fetcher.decoders._turn.acquire()
            first = asyncio.ensure_future(anext(device))
            async with asyncio.timeout(20):
                while fetcher.downloads.total != len(body):
                    await asyncio.sleep(0.01)
            with fetcher.downloads.holding(bytearray(20)) as another:
                another.settle()  # a good camera's picture, which goes on
                assert fetcher.downloads.total == 20
                fetcher.decoders._turn.release()
                with pytest.raises(DeviceError) as caught:
                    await first
                another.settle()
            assert len(fetcher.decoders._idle) == 1, "its process serves the next"
        return caught.value

    error = asyncio.run(run())
    assert error.reason == "too big"
    assert "this was the largest" in error.detail


def test_the_head_of_a_stream_counts_as_long_as_it_is_followed(monkeypatch) -> None:
    """And may be given up as any download, though nothing of it is arriving any more."""
    monkeypatch.setattr(hls, "PAUSE", (0.01, 0.05))
    whole = segment(120, "mp4", comment="x" * (1 << 16))
    cut = whole.index(b"moof") - 4
    head = whole[:cut]
    assert len(head) > 1 << 16
    live = Live([whole[cut:]] * 9, before='#EXT-X-MAP:URI="init.mp4"\n')

    async def run() -> tuple[int, DeviceError, int]:
        async with (
            served(live, **{"init.mp4": head}) as port,
            Fetcher(EgressGuard(emulator=("127.0.0.1", port)), 4 * len(head)) as fetcher,
        ):
            source = Source(f"http://127.0.0.1:{port}/live.m3u8", 1.0)
            device = HLS().frames(source, fetcher, Ending())
            await anext(device)
            held = fetcher.downloads.total
            less = len(head) // 8
            assert held < len(head) + less, "with the head and a picture there is room for three"
            with ExitStack() as stack:
                others = [
                    stack.enter_context(fetcher.downloads.holding(bytearray(len(head) - less)))
                    for _ in range(4)
                ]
                for other in others:
                    other.settle()
                with pytest.raises(DeviceError) as caught:
                    await anext(device)
                for other in others:
                    other.settle()  # none of these was given up
            return held, caught.value, fetcher.downloads.total

    held, error, at_the_end = asyncio.run(run())
    assert held > len(head)
    assert error.reason == "too big"
    assert "this was the largest" in error.detail
    assert at_the_end == 0


def test_a_decoder_that_hangs_or_dies_is_killed_and_another_takes_its_place(monkeypatch) -> None:
    async def run() -> list[str]:
        decoders, found = video.Decoders(1), []
        good = segment(60)
        for body, signalled in ((good, False), (good, True), (good, False)):
            if signalled:
                decoders._idle[0]._process.send_signal(19)  # stopped
                monkeypatch.setattr(video, "SECONDS", 0.3)
            try:
                pictures = await decoders.pictures(body, 1.0, 0.0, 1.0)
                found.append(f"{len(pictures)} pictures")
            except DeviceError as error:
                found.append(error.reason)
            monkeypatch.setattr(video, "SECONDS", 20.0)
        child = decoders._idle[0]
        child._process.kill()
        child._process.wait()
        with pytest.raises(DeviceError, match="crashed"):
            await decoders.pictures(good, 1.0, 0.0, 1.0)
        decoders.close()
        return found

    assert asyncio.run(run()) == ["1 pictures", "timeout", "1 pictures"]


def test_without_the_extra_it_is_named(monkeypatch) -> None:
    monkeypatch.setattr(video.importlib.util, "find_spec", lambda name: None)
    error = failure(Live([b""]))
    assert error.reason == "missing"
    assert "counterpoise[serve-video]" in str(error)
