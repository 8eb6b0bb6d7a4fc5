"""The process that decodes video: FFmpeg may hang, or take memory without end, and is killed.

Run by `video.py` as ``python -m counterpoise.service.runtime.video_process SOCKET``. It reads bytes
that it is sent, or a stream from the relay on this machine, and opens nothing else.
"""

from __future__ import annotations

import io
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import av
import av.error
from av.container import InputContainer, OutputContainer

from counterpoise.service.runtime.messages import Head, receive, send

MEMORY = 2 << 30  # bytes of address space
PIXELS = 25_000_000
QUALITY = 90  # of JPEG
FRAMES = 100  # of one segment
OPEN, READ = 15.0, 25.0  # seconds that a stream may take to open, and between two packets


class _RefusedError(Exception):
    """A reason of `failure.REASONS`, and a detail."""


def main(connection: socket.socket) -> None:
    """Answer messages until none comes."""
    while True:
        try:
            head, body = receive(connection)
        except EOFError:
            return
        try:
            if "url" in head:
                _stream(connection, head)
            else:
                send(connection, *_segment(head, body))
        except _RefusedError as error:
            send(connection, {"failed": list(error.args)})
        except (av.error.FFmpegError, MemoryError, ValueError, OSError) as error:
            reason = "protocol" if "url" in head else "not an image"
            send(connection, {"failed": list(_named(error, reason))})


def _segment(head: Head, body: bytes) -> tuple[Head, bytes]:
    """Pictures of a segment: the first at or after `skip` seconds, then one every `interval`."""
    found, times, due = [], [], float(head["skip"])
    with av.open(
        io.BytesIO(body), format=_format(body), options={"protocol_whitelist": ""}
    ) as file:
        start: float | None = None
        for frame in _frames(file):
            at = float(frame.time or 0.0)
            start = at if start is None else start
            if at - start + 1e-3 < due:
                continue
            found.append(_jpeg(frame))
            times.append(at - start)
            due += head["interval"]
            if len(found) == FRAMES or due >= head["seconds"]:
                break
    return {"times": times, "sizes": [len(one) for one in found]}, b"".join(found)


def _format(body: bytes) -> str:
    """Named rather than found out: what looks like a playlist would open what it lists."""
    if body[:1] == b"G":
        return "mpegts"
    if body[4:8] in (b"ftyp", b"styp", b"moof", b"sidx", b"moov"):
        return "mp4"
    raise _RefusedError("not an image", "a segment is MPEG-TS or fragmented MP4")


def _stream(connection: socket.socket, head: Head) -> None:
    """Pictures of a stream, one every `interval` seconds, until it ends."""
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "protocol_whitelist": "rtsp,tcp",
        "fflags": "nobuffer",
    }
    with av.open(head["url"], "r", format="rtsp", options=options, timeout=(OPEN, READ)) as stream:
        due = time.monotonic()
        for frame in _frames(stream):
            now = time.monotonic()
            if now >= due:
                due = max(due, now - head["interval"]) + head["interval"]
                send(connection, {"frame": True}, _jpeg(frame))
    raise _RefusedError("truncated", "the stream ended")


def _frames(container: InputContainer | OutputContainer) -> Iterator[Any]:
    assert isinstance(container, InputContainer)
    if not container.streams.video:
        raise _RefusedError("not an image", "the stream has no video")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    if stream.codec_context.width * stream.codec_context.height > PIXELS:
        raise _RefusedError("bomb", f"{stream.width} x {stream.height}")
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:  # a damaged packet, such as the first of a stream
            continue


def _jpeg(frame: Any) -> bytes:
    if frame.width * frame.height > PIXELS:
        raise _RefusedError("bomb", f"{frame.width} x {frame.height}")
    stream = io.BytesIO()
    frame.to_image().save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def _named(error: BaseException, otherwise: str) -> tuple[str, str]:
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return "auth", type(error).__name__
    if isinstance(error, av.error.HTTPClientError | av.error.HTTPServerError):
        return "http", type(error).__name__
    if isinstance(error, MemoryError):
        return "bomb", f"its decoding takes more than {MEMORY >> 30} GiB"
    if isinstance(error, TimeoutError | av.error.ExitError):
        return "timeout", "the stream stands still"
    if isinstance(error, av.error.InvalidDataError):
        return "not an image", "FFmpeg finds no video in it"
    return otherwise, f"FFmpeg: {type(error).__name__}"  # its text may hold the address


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    av.logging.set_level(None)
    with socket.socket(fileno=int(sys.argv[1])) as mine, suppress(BrokenPipeError):
        main(mine)
