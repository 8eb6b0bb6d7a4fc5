"""Parts are the same however they come in pieces, and no stream fills the memory."""

import asyncio
import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime import mjpeg
from counterpoise.service.runtime.device import Ending, Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.mjpeg import HEAD, MJPEG, PartSplitter

BOUNDARY = b"cut-here"
HEADER = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut-here\r\n\r\n"
# Bytes that look like the ends and begins of parts more often than chance has it.
CONTENT = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", b"cut", b"\r\n\r\n", b"Content-Length: 3\r\n"])
    | st.binary(max_size=20),
    max_size=12,
).map(b"".join)


def body(parts, with_lengths: bool, line: bytes = b"\r\n", lead: bytes = b"") -> bytes:
    whole = lead + b"--" + BOUNDARY + line
    for part in parts:
        length = b"Content-Length: %d" % len(part) + line if with_lengths else b""
        whole += b"Content-Type: image/jpeg" + line + length + line + part
        whole += line + b"--" + BOUNDARY + line
    return whole


def cut(whole: bytes, places) -> list[bytes]:
    ends = sorted({min(place, len(whole)) for place in places} | {0, len(whole)})
    return [whole[a:b] for a, b in itertools.pairwise(ends)]


def split(pieces, boundary: bytes = BOUNDARY, most: int = 1 << 20) -> tuple[list[bytes], str]:
    """Parts that came, and the failure at which it ended."""
    return feed(PartSplitter(boundary, most), pieces)


def feed(splitter: PartSplitter, pieces) -> tuple[list[bytes], str]:
    found = []
    try:
        for piece in pieces:
            found += splitter.feed(piece)
    except DeviceError as error:
        return found, error.reason
    return found, ""


@given(
    st.lists(CONTENT, max_size=5),
    st.booleans(),
    st.sampled_from([b"\r\n", b"\n"]),
    st.sampled_from([b"", b"\r\n", b"a preamble\r\n"]),
    st.sampled_from([BOUNDARY, b"--" + BOUNDARY, b""]),
    st.lists(st.integers(0, 500), max_size=30),
)
@example([b""], False, b"\n", b"", BOUNDARY, [])
def test_parts_are_those_that_were_sent(parts, with_lengths, line, lead, boundary, places) -> None:
    if not with_lengths:  # then a part cannot hold what ends it
        parts = [part.replace(b"--" + BOUNDARY, b"") for part in parts]
        parts = [part.rstrip(b"\r\n") for part in parts]
    whole = body(parts, with_lengths, line, lead)
    assert split(cut(whole, places), boundary) == (parts, "")
    assert split([bytes([byte]) for byte in whole], boundary) == (parts, "")


@given(
    st.lists(
        st.sampled_from(
            [b"--cut-here", b"--cut", b"\r\n", b"\n", b"\r", b"--", b"Content-Length: 4\r\n",
             b"Content-Length: 99999\r\n", b"Content-Length: -4\r\n", b"\r\n\r\n", b"\n\n", b"abcd",
             b"x" * 60]
        ),
        max_size=40,
    ).map(b"".join),
    st.lists(st.integers(0, 800), max_size=40),
    st.sampled_from([BOUNDARY, b""]),
)  # fmt: skip
def test_rubbish_gives_the_same_parts_and_failure_however_it_is_cut(
    whole, places, boundary
) -> None:
    expected = split([whole], boundary, most=50)
    assert split(cut(whole, places), boundary, most=50) == expected
    assert split([bytes([byte]) for byte in whole], boundary, most=50) == expected


def test_a_part_between_two_boundaries_that_follow_each_other_is_empty() -> None:
    whole = b"--cut-here\r\n\r\n--cut-here\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n--cut-here"
    assert split([whole]) == ([b"", b"abc"], "")


@pytest.mark.parametrize("with_length", [True, False])
def test_a_part_has_at_most_so_many_bytes(with_length) -> None:
    assert split([body([b"x" * 100], with_length)], most=100) == ([b"x" * 100], "")
    for size in (101, 102, 103, 150):
        assert split([body([b"x" * size], with_length)], most=100) == ([], "too big")
    whole = body([b"ok", b"x" * 150], with_length)
    assert split([whole], most=100) == ([b"ok"], "too big"), "what came before has come"


def test_memory_is_bounded_whatever_comes() -> None:
    endless = {
        "part": b"--cut-here\r\n\r\n",
        "head": b"--cut-here\r\n",
        "preamble": b"",
        "after a length": b"--cut-here\r\nContent-Length: 1\r\n\r\n",
    }
    for name, begin in endless.items():
        splitter = PartSplitter(BOUNDARY, 1 << 16)
        _, reason = feed(splitter, [begin, *[b"x" * 1000] * ((1 << 16) // 1000 + 2)])
        assert reason in ("too big", "protocol"), name
        assert len(splitter._buffer) <= (1 << 16) + HEAD


def test_searching_an_unfinished_part_does_not_begin_from_its_start_again() -> None:
    splitter = PartSplitter(BOUNDARY)
    list(splitter.feed(b"--cut-here\r\n\r\n"))
    begun = time.process_time()
    for _ in range(8000):
        list(splitter.feed(b"x" * 1000))
    assert time.process_time() - begun < 2.0


def test_frames_of_a_stream_are_marked(frames_of) -> None:
    parts = [b"a", b"a", b"b"]
    answer = HEADER + body(parts, with_lengths=True)
    found = frames_of(MJPEG(), answer, 3)
    assert [frame.content for frame in found] == parts
    assert [frame.repeated for frame in found] == [False, True, False]
    assert not any(frame.surplus for frame in found)
    found = frames_of(MJPEG(), answer, 3, interval=60.0)
    assert [frame.surplus for frame in found] == [False, True, True]


def test_a_stream_without_a_boundary_in_its_header_names_it_itself(frames_of) -> None:
    header = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n"
    found = frames_of(MJPEG(), header + body([b"abc"], with_lengths=False), 1)
    assert found[0].content == b"abc"


@pytest.mark.parametrize("written", ['"cut-here"', "--cut-here", "cut-here; charset=x", "CUT"])
def test_a_boundary_is_written_in_many_ways(frames_of, written) -> None:
    header = HEADER.replace(b"boundary=cut-here", b"Boundary = " + written.encode())
    answer = header + body([b"abc"], with_lengths=False)
    if written == "CUT":
        with pytest.raises(DeviceError, match="the stream ended"):
            frames_of(MJPEG(), answer, 1)
    else:
        assert frames_of(MJPEG(), answer, 1)[0].content == b"abc"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\nabc", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "protocol"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "protocol"),
        (HEADER, "truncated"),
        (HEADER + b"--cut-here\r\n\r\nabc", "truncated"),
        (HEADER + b"--cut-here\r\nContent-Length: 99999999999\r\n\r\n", "too big"),
        (HEADER + b"--cut-here\r\nX: " + b"x" * (HEAD + 1), "too big"),
        (HEADER + b"x" * (HEAD + 100), "protocol"),
    ],
)
def test_what_is_no_stream_of_pictures_is_named(frames_of, answer, reason) -> None:
    with pytest.raises(DeviceError) as caught:
        frames_of(MJPEG(), answer, 1)
    assert caught.value.reason == reason


def test_an_endless_part_ends_at_the_largest_frame(frames_of) -> None:
    async def endless(reader, writer) -> None:
        writer.write(HEADER + b"--cut-here\r\n\r\n")
        while True:
            writer.write(bytes(1 << 20))
            await writer.drain()

    with pytest.raises(DeviceError) as caught:
        frames_of(MJPEG(), endless, 1)
    assert caught.value.reason == "too big"


def test_a_stream_that_drips_is_left(frames_of, monkeypatch) -> None:
    monkeypatch.setattr(mjpeg, "WHOLE", 0.2)

    async def drip(reader, writer) -> None:
        writer.write(HEADER + b"--cut-here\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    with pytest.raises(DeviceError) as caught:
        frames_of(MJPEG(), drip, 1)
    assert caught.value.reason == "timeout"


def test_a_stream_that_is_told_to_end_gives_the_picture_that_is_on_its_way(served) -> None:
    async def halves(reader, writer) -> None:
        writer.write(HEADER + b"--cut-here\r\n\r\nfirst\r\n--cut-here\r\n\r\nsec")
        await writer.drain()
        await reader.read(1)  # until it is told to end, below
        await asyncio.sleep(60)

    async def run() -> list[bytes]:
        ending, found = Ending(), []
        writers: list[asyncio.StreamWriter] = []

        async def remembered(reader, writer) -> None:
            writers.append(writer)
            await halves(reader, writer)

        async with served(remembered) as server, Fetcher(server.guard) as fetcher:
            async for frame in MJPEG().frames(Source(server.url, 0.0), fetcher, ending):
                found.append(frame.content)
                if len(found) == 1:
                    ending.begin()
                    writers[0].write(b"ond\r\n--cut-here\r\n\r\nthird")
        return found

    assert asyncio.run(run()) == [b"first", b"second"]


def test_all_that_a_camera_has_sent_when_it_hears_of_the_end_is_given(served, monkeypatch) -> None:
    """It counts what it sent; what is on its way then is in nobody's hands."""
    monkeypatch.setattr(mjpeg, "LINGER", 60.0)
    sent: list[bytes] = []

    async def camera(reader, writer) -> None:
        writer.write(HEADER + b"--cut-here\r\n\r\nfirst\r\n--cut-here\r\n\r\n")
        await reader.read(1)  # until it hears of it
        for number in range(3):
            sent.append(b"late %d" % number)
            writer.write(sent[-1] + b"\r\n--cut-here\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def run() -> list[bytes]:
        ending, found = Ending(), []
        async with served(camera) as server, Fetcher(server.guard) as fetcher:
            begun = time.monotonic()
            async for frame in MJPEG().frames(Source(server.url, 0.0), fetcher, ending):
                found.append(frame.content)
                ending.begin()
            assert time.monotonic() - begun < 30, "nobody waits for one that has ended"
        return found

    assert asyncio.run(run()) == [b"first", *sent]
    assert len(sent) == 3


def test_a_camera_that_does_not_hear_of_the_end_is_left_after_a_while(served, monkeypatch) -> None:
    monkeypatch.setattr(mjpeg, "LINGER", 0.1)
    is_gone: list[bool] = []

    async def deaf(reader, writer) -> None:
        writer.write(HEADER + b"--cut-here\r\n\r\n")
        try:
            while True:
                writer.write(b"picture\r\n--cut-here\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            is_gone.append(True)

    async def run() -> int:
        ending, number = Ending(), 0
        async with served(deaf) as server, Fetcher(server.guard) as fetcher:
            async for _ in MJPEG().frames(Source(server.url, 0.0), fetcher, ending):
                number += 1
                if number == 3:
                    ending.begin()
            async with asyncio.timeout(10):
                while not is_gone:
                    await asyncio.sleep(0.01)
        return number

    assert asyncio.run(run()) > 3
