"""What passes between FFmpeg and a camera by RTSP, and what does not."""

import asyncio

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.rtsp_relay import BODY, Relay

OK = b"RTSP/1.0 200 Fine\r\nCSeq: 1\r\nServer: WMServer/9\r\nLocation: rtsp://10.0.0.1/\r\n"


def spoken(answer: bytes, asked: bytes = b"OPTIONS {} RTSP/1.0\r\nCSeq: 1\r\n\r\n"):
    """What the camera heard, what FFmpeg heard, and what the relay says went wrong."""

    async def run():
        heard = b""

        async def camera(reader, writer) -> None:
            nonlocal heard
            heard += await reader.read(4096)
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.close()
            gone.set()

        gone = asyncio.Event()
        server = await asyncio.start_server(camera, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        guard = EgressGuard(emulator=("127.0.0.1", port))
        async with Relay(f"rtsp://127.0.0.1:{port}/a?b=1", ("kim", "p@ss"), guard) as relay:
            assert relay.url.startswith("rtsp://kim:p%40ss@127.0.0.1:")
            assert relay.url.endswith("/a?b=1")
            mine = int(relay.url.rpartition("@")[2].split("/")[0].split(":")[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", mine)
            base = f"rtsp://127.0.0.1:{mine}/a"
            writer.write(asked.replace(b"{}", base.encode()))
            async with asyncio.timeout(10):
                got = await reader.read()
            writer.close()
            failure = relay.failure
        server.close()
        await gone.wait()
        await asyncio.sleep(0.01)
        return heard, got, failure, port, base

    return asyncio.run(run())


def test_an_answer_passes_with_the_headers_that_are_needed_alone() -> None:
    heard, got, failure, port, _ = spoken(OK + b"Content-Length: 3\r\n\r\nv=0")
    assert heard == b"OPTIONS rtsp://127.0.0.1:%d/a RTSP/1.0\r\nCSeq: 1\r\n\r\n" % port
    assert got == b"RTSP/1.0 200 ok\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nv=0"
    assert failure is None


def test_what_is_signed_keeps_its_address() -> None:
    asked = b'DESCRIBE {} RTSP/1.0\r\nAuthorization: Digest uri="{}"\r\n\r\n'
    heard, _, _, _, base = spoken(OK + b"\r\n", asked)
    assert heard == asked.replace(b"{}", base.encode())


def test_packets_of_video_pass_both_ways() -> None:
    packet = b"$\x00\x00\x04\r\n\r\n"
    heard, got, failure, _, _ = spoken(packet * 3, packet)
    assert (heard, got, failure) == (packet, packet * 3, None)


@pytest.mark.parametrize("status", [b"300", b"301", b"302", b"303", b"305", b"399"])
def test_a_redirect_ends_it(status: bytes) -> None:
    answer = b"RTSP/1.0 " + status + b" Moved\r\nLocation: rtsp://169.254.169.254/x\r\n\r\n"
    _, got, failure, _, _ = spoken(answer)
    assert got == b""
    assert failure is not None
    assert failure.reason == "blocked"


@pytest.mark.parametrize(
    "answer",
    [
        b"REDIRECT rtsp://x/ RTSP/1.0\r\nCSeq: 9\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
        b"\r\nRTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
        b"RTSP/1.0 3020\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
        b"ANNOUNCE rtsp://x/ RTSP/1.0\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
def test_what_is_no_answer_does_not_pass(answer: bytes) -> None:
    _, got, _, _, _ = spoken(answer + OK + b"\r\n")
    assert got == b"RTSP/1.0 200 ok\r\nCSeq: 1\r\n\r\n"


@pytest.mark.parametrize(
    "told",
    [
        b"Content-Length: %d\r\nContent-Length: 0\r\n",  # of two, FFmpeg takes the last
        b"Content-Length: %d\r\ncontent-length: 0x1\r\n",
        b"CSeq: 1\n\r\nContent-Length: %d\r\n",  # a line feed alone ends the head for FFmpeg
        b"Content-Length: %d\n\r\nCSeq: 1\r\n",
    ],
)
def test_no_answer_hides_in_another(told: bytes) -> None:
    """A redirect in a body that FFmpeg would take for the next answer, and follow."""
    moved = b"RTSP/1.0 302 Moved\r\nLocation: rtsp://169.254.169.254/x\r\n\r\n"
    answer = b"RTSP/1.0 200 OK\r\n" + told % len(moved) + b"\r\n" + moved
    _, got, _, _, _ = spoken(answer)
    head, _, rest = got.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    lengths = [line for line in lines if line.lower().startswith(b"content-length")]
    assert lengths == ([b"Content-Length: %d" % len(rest)] if rest else [])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"x" * 200_000, "protocol"),
        (OK + b"Content-Length: %d\r\n\r\n" % (BODY + 1), "too big"),
    ],
)
def test_what_is_too_long_ends_it(answer: bytes, reason: str) -> None:
    _, got, failure, _, _ = spoken(answer)
    assert got == b""
    assert failure is not None
    assert failure.reason == reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("rtsp://127.0.0.1:554/", "blocked"),
        ("rtsp://localhost:554/", "blocked"),
        ("rtsp://169.254.169.254:554/", "blocked"),
        ("rtsp://10.1.2.3/", "blocked"),
        ("rtsp://[::ffff:127.0.0.1]:554/", "blocked"),
        ("rtsp://8.8.8.8:22/", "blocked"),
        ("rtsp://user:secret@8.8.8.8/", "blocked"),
        ("http://8.8.8.8/", "protocol"),
        ("rtsp://no-such-name.invalid/", "dns"),
    ],
)
def test_only_what_the_guard_admits_is_connected_to(url: str, reason: str) -> None:
    async def run() -> None:
        async with Relay(url, None, EgressGuard()):
            pass

    with pytest.raises(DeviceError) as caught:
        asyncio.run(run())
    assert caught.value.reason == reason


def test_a_second_one_of_this_machine_is_sent_away() -> None:
    async def run() -> bytes:
        async def camera(reader, writer) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(camera, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        guard = EgressGuard(emulator=("127.0.0.1", port))
        async with Relay(f"rtsp://127.0.0.1:{port}/", None, guard) as relay:
            place = ("127.0.0.1", int(relay.url.rpartition(":")[2].rstrip("/")))
            _, first = await asyncio.open_connection(*place)
            await asyncio.sleep(0.05)
            reader, second = await asyncio.open_connection(*place)
            async with asyncio.timeout(5):
                got = await reader.read()
            for writer in (first, second):
                writer.close()
        server.close()
        await asyncio.sleep(0.05)
        return got

    assert asyncio.run(run()) == b""
