"""RTSP against a camera of our own that sends MPEG-TS, and against a server of GStreamer."""

import asyncio
import contextlib
import io
import subprocess
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")
pytest.importorskip("av", reason="needs the extra serve-video: av")

import av
from PIL import Image

from counterpoise.service.runtime import rtsp
from counterpoise.service.runtime.device import Ending, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.rtsp import RTSP

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    b"m=video 0 RTP/AVP 33\r\na=control:track\r\n"
)


@pytest.fixture(scope="module")
def film() -> bytes:
    """Six seconds of noise that gets lighter, as MPEG-TS."""
    stream, draw = io.BytesIO(), np.random.default_rng(0)
    with av.open(stream, "w", format="mpegts") as file:
        track = file.add_stream("mpeg2video", rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for number in range(150):
            pixels = (draw.integers(0, 60, (48, 64, 3)) + number).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            file.mux(track.encode(frame))
        file.mux(track.encode())
    return stream.getvalue()


class Camera:
    """Speaks RTSP; sends the film in the time that it takes, or does what `fault` says."""

    def __init__(self, film: bytes, fault: str = "") -> None:
        self.film, self.fault, self.heard = film, fault, b""

    async def __call__(self, reader, writer) -> None:
        try:
            await self._speak(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _speak(self, reader, writer) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heard += head
            method, number = head.split()[0], head.split(b"CSeq: ")[1].split()[0]
            start = b"RTSP/1.0 200 OK\r\nCSeq: " + number + b"\r\n"
            if self.fault == "redirect" and method == b"DESCRIBE":
                start = start.replace(b"200 OK", b"302 Moved")
                writer.write(start + b"Location: rtsp://169.254.169.254/x\r\n\r\n")
            elif self.fault == "closed":
                return
            elif self.fault == "silent":
                await asyncio.sleep(60)
            elif self.fault == "locked" and b"Authorization: Basic a2ltOnBAc3M=" not in head:
                start = start.replace(b"200 OK", b"401 Unauthorized")
                writer.write(start + b'WWW-Authenticate: Basic realm="x"\r\n\r\n')
            elif self.fault == "missing" and method == b"DESCRIBE":
                writer.write(start.replace(b"200 OK", b"404 Not Found") + b"\r\n")
            elif method == b"DESCRIBE":
                about = b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(SDP)
                writer.write(start + about + SDP)
            elif method == b"SETUP":
                way = b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7\r\n\r\n"
                writer.write(start + way)
            elif method == b"PLAY":
                writer.write(start + b"Session: 7\r\n\r\n")
                await self._play(writer)
                return
            else:
                writer.write(start + b"Public: DESCRIBE, SETUP, PLAY\r\n\r\n")
            await writer.drain()

    async def _play(self, writer) -> None:
        size, begun = 7 * 188, time.monotonic()
        for number, start in enumerate(range(0, len(self.film), size)):
            piece = self.film[start : start + size]
            clock = int(90_000 * 6 * start / len(self.film))
            header = b"\x80\x21" + number.to_bytes(2) + clock.to_bytes(4) + b"\0\0\0\7"
            packet = header + piece
            writer.write(b"$\0" + len(packet).to_bytes(2) + packet)
            await writer.drain()
            if self.fault == "stops" and start > len(self.film) / 3:
                await asyncio.sleep(60)
            await asyncio.sleep(max(0.0, begun + 6 * start / len(self.film) - time.monotonic()))


@asynccontextmanager
async def served(camera: Camera):
    running = set()

    async def handle(reader, writer) -> None:
        running.add(asyncio.current_task())
        with contextlib.suppress(asyncio.CancelledError):
            await camera(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.sleep(0.01)


async def read(port: int, number: int, interval: float, auth=None) -> list:
    """The first frames, and then an orderly end."""
    found: list = []
    async with Fetcher(EgressGuard(emulator=("127.0.0.1", port))) as fetcher:
        ending = Ending()
        device = RTSP().frames(
            Source(f"rtsp://127.0.0.1:{port}/live", interval, auth), fetcher, ending
        )
        async with asyncio.timeout(40):
            while len(found) < number:
                found.append(await anext(device))
        begun = time.monotonic()
        asyncio.get_running_loop().call_later(0.05, ending.begin)
        found += [frame async for frame in device]
        assert time.monotonic() - begun < 10
    return found


def frames(camera: Camera, number: int, interval: float = 0.5, auth=None) -> list:
    async def run() -> list:
        async with served(camera) as port:
            return await read(port, number, interval, auth)

    return asyncio.run(run())


def test_pictures_come_once_an_interval(film) -> None:
    for _ in range(5):  # on a busy machine one that comes late shortens the gap behind it
        found = frames(Camera(film), 4)
        gaps = np.diff([frame.at for frame in found[1:4]])
        if (gaps > 300_000).all():
            break
    assert (gaps > 300_000).all()
    assert [Image.open(io.BytesIO(frame.content)).size for frame in found[:4]] == [(64, 48)] * 4
    greys = [np.asarray(Image.open(io.BytesIO(f.content)).convert("L")).mean() for f in found]
    assert (np.diff(greys) >= 0).all(), "they are newer and newer ones"
    assert greys[-1] > greys[0] + 10


def test_the_camera_hears_its_own_address_and_is_asked_for_tcp(film) -> None:
    camera = Camera(film)
    frames(camera, 1)
    assert b"SETUP rtsp://127.0.0.1:" in camera.heard
    assert b"RTP/AVP/TCP" in camera.heard
    assert b"RTP/AVP;" not in camera.heard


def test_a_password_is_answered_with(film) -> None:
    assert len(frames(Camera(film, "locked"), 1, auth=("kim", "p@ss"))) >= 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("redirect", "blocked"),
        ("locked", "auth"),
        ("missing", "http"),
        ("closed", "connect"),
        ("silent", "timeout"),
        ("stops", "timeout"),
    ],
)
def test_what_goes_wrong_has_a_name(film, fault: str, reason: str, monkeypatch) -> None:
    monkeypatch.setattr(rtsp, "SILENCE", 3.0)
    begun = time.monotonic()
    with pytest.raises(DeviceError) as caught:
        frames(Camera(film, fault), 999, auth=("kim", "wrong") if fault == "locked" else None)
    assert caught.value.reason == reason
    assert "wrong" not in str(caught.value)
    assert time.monotonic() - begun < 12


def test_a_process_that_dies_is_a_failure_and_none_is_left(film, monkeypatch) -> None:
    made = []

    class Noted(rtsp.Child):
        def __init__(self, module: str) -> None:
            super().__init__(module)
            made.append(self)

    monkeypatch.setattr(rtsp, "Child", Noted)

    async def run() -> None:
        async with (
            served(Camera(film)) as port,
            Fetcher(EgressGuard(emulator=("127.0.0.1", port))) as fetcher,
        ):
            source = Source(f"rtsp://127.0.0.1:{port}/live", 0.1)
            device = RTSP().frames(source, fetcher, Ending())
            await anext(device)
            made[0]._process.kill()
            with pytest.raises(DeviceError, match="crashed"):
                [frame async for frame in device]
            device = RTSP().frames(source, fetcher, Ending())
            await anext(device)
            await device.aclose()

    asyncio.run(run())
    assert [child._process.poll() for child in made] == [-9, -9]


PYTHON = Path("/usr/bin/python3")
JPEG = "jpegenc ! rtpjpegpay name=pay0 pt=26"
H264 = "x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96"


@asynccontextmanager
async def gstreamer(*asked: str):
    script = Path(__file__).with_name("rtsp_server.py")
    process = subprocess.Popen(
        [PYTHON, str(script), *asked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    late = threading.Timer(60, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
        late.cancel()
        assert line, "GStreamer's server ended, or did not start within 60 s"
        yield int(line)
    finally:
        late.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def has_gstreamer() -> bool:
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    return (
        PYTHON.is_file()
        and not subprocess.run(
            [PYTHON, "-c", code], capture_output=True, check=False, timeout=120
        ).returncode
    )


@pytest.mark.system
@pytest.mark.skipif(
    not has_gstreamer(), reason="needs the Debian packages gir1.2-gst-rtsp-server-1.0, python3-gi"
)
@pytest.mark.parametrize("coded", [H264, JPEG], ids=["h264", "jpeg"])
@pytest.mark.parametrize("auth", [None, ("kim", "p@ss")], ids=["open", "digest"])
def test_a_server_of_gstreamer(coded: str, auth) -> None:
    async def run(auth, number: int) -> list:
        async with gstreamer(coded, *(("kim", "p@ss") if auth else ())) as port:
            return await read(port, number, 0.4, auth)

    found = asyncio.run(run(auth, 4))
    pictures = [np.asarray(Image.open(io.BytesIO(frame.content))) for frame in found]
    assert pictures[0].shape == (120, 160, 3)
    assert (pictures[1] != pictures[-1]).any(), "the ball moves"
    if auth:
        with pytest.raises(DeviceError) as caught:
            asyncio.run(run(("kim", "other"), 1))
        assert caught.value.reason == "auth"
