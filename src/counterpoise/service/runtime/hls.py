"""A stream by HLS: playlist and segments come through the guard, and only bytes reach FFmpeg."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import urlsplit

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Source
from counterpoise.service.runtime.downloads import Held
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.playlist import Playlist, Segment, read
from counterpoise.service.runtime.video import require_video

LARGEST = 1 << 20  # bytes of a playlist
SEGMENT = 32 << 20  # bytes of a segment
HEADING = 1 << 20  # bytes of the head of its file, which is kept while the stream is followed
BEHIND = 3  # segments that it may be behind, before it goes on with the newest
STILL = 60.0  # seconds without a new segment
PAUSE = (0.2, 10.0)  # seconds between two looks at the playlist, at least and at most


class HLS:
    """Pictures of the newest segments, one every `source.interval` seconds."""

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """Pictures of a live stream, from its newest segment on, as fast as it plays."""
        require_video()
        url, playlist = await _playlist(source, fetcher, source.url)
        if playlist.variant is not None:
            url, playlist = await _playlist(source, fetcher, playlist.variant)
        with fetcher.downloads.holding(bytearray()) as kept:
            head = _Head(kept)
            done, skip, changed = -1, 0.0, time.monotonic()
            while not ending.begun:
                new = [segment for segment in playlist.segments if segment.number > done]
                if done < 0 or len(new) > BEHIND:
                    new, skip = new[-1:], 0.0
                for segment in new:
                    changed, done = time.monotonic(), segment.number
                    if skip >= segment.seconds:  # no picture of it is wanted
                        skip -= segment.seconds
                        if await ending.sleep(segment.seconds):
                            return
                        continue
                    # Counted as a download until its last picture is given.
                    with fetcher.downloads.holding(bytearray()) as held:
                        await _read(source, fetcher, segment, head, held)
                        begun, last = time.monotonic(), skip
                        pictures = await fetcher.decoders.pictures(
                            held.buffer, segment.seconds, skip, source.interval, held.settle
                        )
                        times = [at for at, _ in pictures]
                        ends = [0, *accumulate(len(picture) for _, picture in pictures)]
                        held.buffer[:] = b"".join(picture for _, picture in pictures)
                        del pictures
                        held.settle()
                        for at, start, end in zip(times, ends[:-1], ends[1:], strict=True):
                            if await ending.sleep(max(0.0, begun + at - last - time.monotonic())):
                                return
                            held.settle()
                            yield EncodedFrame(bytes(held.buffer[start:end]), now())
                            skip = max(skip, at) + source.interval
                    skip = max(0.0, skip - segment.seconds)
                if playlist.ended:
                    raise DeviceError("truncated", "the stream ended")
                if time.monotonic() - changed > max(STILL, 3 * playlist.target):
                    raise DeviceError("frozen", f"no new segment for {STILL:.0f} s")
                if await ending.sleep(min(PAUSE[1], max(PAUSE[0], playlist.target / 2))):
                    return
                url, playlist = await _playlist(source, fetcher, url)
                if playlist.segments and playlist.segments[-1].number < done:
                    done = -1  # the stream began anew


async def _playlist(source: Source, fetcher: Fetcher, url: str) -> tuple[str, Playlist]:
    """The playlist, and the address that it has after redirects."""
    async with fetcher.open(url, _auth(source, url)) as response:
        content = await fetcher.read(response, LARGEST)
        found = read(content, str(response.url))
    return url, found


@dataclass
class _Head:
    """The head of the file of segments, which is kept, and counted, while a stream is followed."""

    held: Held
    url: str | None = None  # where what is held is from


async def _read(
    source: Source, fetcher: Fetcher, segment: Segment, head: _Head, held: Held
) -> None:
    """Its bytes, behind the head of its file."""
    if segment.head is not None:
        if segment.head != head.url:
            head.url = None
            head.held.buffer.clear()
            async with fetcher.open(segment.head, _auth(source, segment.head)) as response:
                await fetcher.read_into(head.held, response, HEADING)
            head.url = segment.head
        head.held.settle()  # it may have been given up
        held.buffer += head.held.buffer
    async with fetcher.open(segment.url, _auth(source, segment.url)) as response:
        await fetcher.read_into(held, response, SEGMENT)


def _auth(source: Source, url: str) -> tuple[str, str] | None:
    """User name and password, for the host of the playlist alone."""
    here, there = urlsplit(source.url), urlsplit(url)
    return source.auth if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None
