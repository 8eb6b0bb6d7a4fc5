"""Playlists of HLS (RFC 8216): which segments a stream has now, and which variants."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from urllib.parse import urljoin

from counterpoise.service.runtime.failure import DeviceError

# It begins at a comma alone and gives nothing back, else a line of one letter takes hours.
_ATTRIBUTE = re.compile(r'(?:^|,) *([A-Z0-9-]++)=("[^"]*"|[^,]*)')
SIDE = 720  # lines of the variant that is taken, at most, where there is one
LONGEST = 60.0  # seconds of one segment
LINES, LINE = 20_000, 4096  # of a playlist, and characters of one of them
KEPT = 8  # segments, the newest ones: who follows a stream wants no others
VARIANTS = 100  # that are compared


@dataclass(frozen=True)
class Segment:
    """A piece of the stream.

    Args:
        number: it has in the stream.
        url: where it is.
        seconds: that it lasts.
        head: where the head of its file is, for fragmented MP4.
    """

    number: int
    url: str
    seconds: float
    head: str | None


@dataclass(frozen=True)
class Playlist:
    """What a playlist says.

    Args:
        segments: the newest `KEPT` in order; none in a playlist of variants.
        variant: address of the playlist to take, in one of variants.
        target: seconds that no segment is longer than.
        ended: whether no segment comes any more.
    """

    segments: tuple[Segment, ...] = ()
    variant: str | None = None
    target: float = 6.0
    ended: bool = False


def read(content: bytes, base: str) -> Playlist:
    """The playlist at the address `base`.

    Raises:
        DeviceError: it is none, or what it says cannot be played here.
    """
    lines = _lines(content)
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise DeviceError("protocol", "a playlist of HLS begins with #EXTM3U")
    variants: list[tuple[int, int, str]] = []  # lines, bits per second, address
    segments: deque[tuple[int, str, float, str | None]] = deque(maxlen=KEPT)
    number, seconds, head, target, pending = 0, 0.0, None, 6.0, None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name == "#EXT-X-STREAM-INF":
            pending = _attributes(value)
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            number = int(_number(value))
        elif name == "#EXT-X-TARGETDURATION":
            target = min(LONGEST, max(0.5, _number(value)))
        elif name == "#EXTINF":
            seconds = min(LONGEST, _number(value.partition(",")[0]))
        elif name == "#EXT-X-KEY" and _attributes(value).get("METHOD") != "NONE":
            raise DeviceError("protocol", "the stream is encrypted")
        elif name == "#EXT-X-MAP":
            found = _attributes(value)
            if "BYTERANGE" in found:
                raise DeviceError("protocol", "segments are ranges of a file, which is not read")
            head = found.get("URI", "")
        elif name == "#EXT-X-BYTERANGE":
            raise DeviceError("protocol", "segments are ranges of a file, which is not read")
        elif not line.startswith("#"):
            if pending is not None:
                size = pending.get("RESOLUTION", "0x0").lower().rpartition("x")[2]
                rate = int(_number(pending["BANDWIDTH"]))
                if len(variants) < VARIANTS:
                    variants.append((int(_number(size)), rate, _joined(base, line)))
                pending = None
            else:
                segments.append((number, line, seconds or target, head))
                number += 1
    if variants:
        return Playlist(variant=_chosen(variants))
    whole = tuple(
        Segment(n, _joined(base, url), seconds, None if head is None else _joined(base, head))
        for n, url, seconds, head in segments
    )
    return Playlist(whole, None, target, "#EXT-X-ENDLIST" in lines)


def _lines(content: bytes) -> list[str]:
    """Those that say something."""
    lines = [line.strip() for line in content.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > LINES:
        raise DeviceError("too big", f"a playlist of {len(lines)} lines; {LINES} are the most")
    if any(len(line) > LINE for line in lines):
        raise DeviceError("too big", f"a line of a playlist has at most {LINE} characters")
    return lines


def _chosen(variants: list[tuple[int, int, str]]) -> str:
    """The largest that is not above `SIDE`, else the smallest; of equals the slowest."""
    within = [one for one in variants if one[0] <= SIDE]
    if within:
        most = max(size for size, _, _ in within)
        return min((rate, url) for size, rate, url in within if size == most)[1]
    return min(variants)[2]


def _attributes(text: str) -> dict[str, str]:
    found = {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}
    return {"BANDWIDTH": "0"} | found


def _number(text: str) -> float:
    try:
        value = float(text.strip())
    except ValueError:
        value = math.nan
    if not 0 <= value < 2**53:
        raise DeviceError("protocol", f"the playlist has {text.strip()[:20]!r} where a number is")
    return value


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        raise DeviceError("protocol", "the playlist has an address that is none") from None
