"""One request a frame: what is asked, what is repeated, and what a server need not send again."""

import asyncio

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.device import EncodedFrame, Ending, Source, Unchanged
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.snapshot import Snapshot

HEAD = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s"


def answering(*answers: tuple[bytes, bytes, bytes]):
    left = list(answers)

    async def answer(reader, writer) -> None:
        status, headers, body = left.pop(0)
        writer.write(HEAD % (status, len(body), headers, body))
        await writer.drain()

    return answer


def test_the_same_bytes_again_are_repeated(frames_of) -> None:
    answer = answering(*[(b"200 OK", b"", body) for body in (b"a", b"a", b"b", b"a")])
    found = frames_of(Snapshot(), answer, 4)
    assert [frame.content for frame in found] == [b"a", b"a", b"b", b"a"]
    assert [frame.repeated for frame in found] == [False, True, False, False]


@pytest.mark.parametrize(
    ("told", "asked"),
    [(b'ETag: "x"', 'If-None-Match: "x"'), (b"Last-Modified: M", "If-Modified-Since: M")],
)
def test_a_server_that_knows_the_picture_sends_it_once(served, told, asked) -> None:
    answer = answering(
        (b"200 OK", told + b"\r\n", b"a"),
        (b"304 Not Modified", b"", b""),
        (b"200 OK", b"", b"b"),
        (b"200 OK", b"", b"c"),
    )

    async def run() -> tuple[list[object], list[str]]:
        found: list[object] = []
        async with served(answer) as server, Fetcher(server.guard) as fetcher:
            frames = Snapshot().frames(Source(server.url, 0.0), fetcher, Ending())
            while len(found) < 4:
                found.append(await anext(frames))
            await frames.aclose()
            return found, server.requests

    found, requests = asyncio.run(run())
    assert [isinstance(one, EncodedFrame) for one in found] == [True, False, True, True]
    assert found[1] == Unchanged()
    assert [asked in request for request in requests] == [False, True, True, False]


def test_not_modified_is_a_failure_where_nobody_asked(frames_of) -> None:
    with pytest.raises(DeviceError, match="304"):
        frames_of(Snapshot(), answering((b"304 Not Modified", b"", b"")), 1)


def test_frames_come_at_the_interval_and_the_wait_ends_when_told(served) -> None:
    async def run() -> int:
        ending, count = Ending(), 0
        async with (
            served(HEAD % (b"200 OK", 1, b"", b"x")) as server,
            Fetcher(server.guard) as fetcher,
        ):
            loop = asyncio.get_running_loop()
            begun = loop.time()
            async for _ in Snapshot().frames(Source(server.url, 0.05), fetcher, ending):
                count += 1
                if count == 4:
                    assert 0.14 <= loop.time() - begun < 2.0
                    loop.call_later(0.01, ending.begin)
            assert len(server.requests) == count
        return count

    assert asyncio.run(run()) == 4


def test_a_download_that_runs_is_finished_when_told_to_end(served) -> None:
    async def slow(reader, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(b"def")

    async def run() -> list[bytes]:
        ending = Ending()
        async with served(slow) as server, Fetcher(server.guard) as fetcher:
            asyncio.get_running_loop().call_later(0.05, ending.begin)
            frames = Snapshot().frames(Source(server.url, 0.0), fetcher, ending)
            return [frame.content async for frame in frames]

    assert asyncio.run(run()) == [b"abcdef"]


ODD = (
    b'ETag: "\xff\xfe"', b"ETag: " + b"x" * 9000, b"ETag:", b'ETag: W/"\xc3\xa9"',
    b"Last-Modified: \xff", b"Content-Type: image/\xff; charset=\xfe", b"Set-Cookie: \xff=\xfe",
    b"Content-Encoding: \xff", b"Retry-After: \xff", b"Date: \xff", b"Content-Language: \x80",
    b"Transfer-Encoding: \xff", b"Content-Length: \xd9\xa3", b"X-\xff: 1", b": none", b"\xff",
    b"ETag: a\r\nETag: b", b"Connection: \xff", b"Upgrade: \xff", b"Content-Disposition: \xff",
)  # fmt: skip


@pytest.mark.parametrize("line", ODD, ids=[repr(line[:25]) for line in ODD])
def test_odd_headers_give_frames_or_a_failure_with_a_name(frames_of, line: bytes) -> None:
    """And what was remembered of one answer does not spoil the next request."""
    answer = answering(*[(b"200 OK", line + b"\r\n", body) for body in (b"a", b"b")])
    failed = None
    try:
        found = [frame.content for frame in frames_of(Snapshot(), answer, 2)]
    except DeviceError as error:
        failed = error
    if failed is None:
        assert found == [b"a", b"b"]
    else:
        assert failed.reason in ("protocol", "truncated")
        assert failed.detail.isprintable()


@pytest.mark.parametrize("line", ODD[:5], ids=[repr(line[:25]) for line in ODD[:5]])
def test_a_validator_that_cannot_be_sent_back_is_left_out(frames_of, line: bytes) -> None:
    answer = answering(*[(b"200 OK", line + b"\r\n", body) for body in (b"a", b"b")])
    assert [frame.content for frame in frames_of(Snapshot(), answer, 2)] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("status", "line", "reason"),
    [
        (b"302 Found", b"Location: /\xff", "http"),  # to itself
        (b"302 Found", b"Location: http://\xff\xfe/", "blocked"),
        (b"302 Found", b"Location:", "http"),
        (b"401 No", b'WWW-Authenticate: Digest realm="\xff", nonce="\xfe"', "protocol"),
        (b"401 No", b"WWW-Authenticate: \xff", "auth"),
        (b"503 \xff", b"Retry-After: \xff", "http"),
    ],
)
def test_odd_headers_of_a_refusal(served, status, line, reason) -> None:
    async def run() -> DeviceError:
        answer = answering(*[(status, line + b"\r\n", b"")] * 9)
        async with served(answer) as server, Fetcher(server.guard) as fetcher:
            frames = Snapshot().frames(Source(server.url, 0.0, ("a", "b")), fetcher, Ending())
            with pytest.raises(DeviceError) as caught:
                await anext(frames)
        return caught.value

    error = asyncio.run(run())
    assert error.reason == reason
    assert str(error).isprintable()
