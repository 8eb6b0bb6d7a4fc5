"""Playlists of HLS, well-formed ones and others."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.playlist import KEPT, LINE, LINES, read

BASE = "https://cameras.example.org/7/live.m3u8"
LIVE = b"""#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:17
#EXTINF:4.0,
17.ts
#EXTINF:3.5,a title
../other/18.ts?key=1
"""
VARIANTS = b"""#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,CODECS="avc1.4d,mp4a"
high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=1280x720
middle.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x180
low.m3u8
"""


def test_segments_have_numbers_addresses_and_lengths() -> None:
    found = read(LIVE, BASE)
    assert [(s.number, s.url, s.seconds) for s in found.segments] == [
        (17, "https://cameras.example.org/7/17.ts", 4.0),
        (18, "https://cameras.example.org/other/18.ts?key=1", 3.5),
    ]
    assert (found.target, found.ended, found.variant) == (4.0, False, None)
    assert read(LIVE + b"#EXT-X-ENDLIST\n", BASE).ended


def test_a_head_of_the_file_goes_with_the_segments_after_it() -> None:
    text = b'#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2,\na.m4s\n'
    assert read(text, BASE).segments[0].head == "https://cameras.example.org/7/init.mp4"


def test_the_variant_is_the_largest_that_is_not_too_large() -> None:
    assert read(VARIANTS, BASE).variant == "https://cameras.example.org/7/middle.m3u8"
    only = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=3840x2160\nhuge.m3u8\n"
    assert read(only, BASE).variant == "https://cameras.example.org/7/huge.m3u8"
    bare = (
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nb.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"
    )
    assert read(bare, BASE).variant == "https://cameras.example.org/7/a.m3u8"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "begins with #EXTM3U"),
        (b"<!doctype html>", "begins with #EXTM3U"),
        (b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=k\n", "encrypted"),
        (b"#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:9@0\na.ts\n", "ranges of a file"),
        (b"#EXTM3U\n#EXT-X-MAP:URI=a,BYTERANGE=1@2\n", "ranges of a file"),
        (b"#EXTM3U\n#EXTINF:long,\na.ts\n", "'long' where a number is"),
        (b"#EXTM3U\n#EXTINF:-1,\na.ts\n", "where a number is"),
        (b"#EXTM3U\n#EXTINF:nan,\na.ts\n", "where a number is"),
        (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1e400\n", "where a number is"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://[a.ts\n", "an address that is none"),
    ],
)
def test_what_cannot_be_played_is_said(text: bytes, said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        read(text, BASE)


def test_of_a_long_one_the_newest_segments_are_kept() -> None:
    """A hundred cameras with a playlist of a MiB each would else have gigabytes of addresses."""
    number = LINES // 2 - 1
    text = b"#EXTM3U\n#EXT-X-MAP:URI=i\n" + b"".join(b"#EXTINF:2,\n%d\n" % n for n in range(number))
    found = read(text, BASE)
    assert [one.number for one in found.segments] == list(range(number - KEPT, number))
    assert found.segments[-1].url == f"https://cameras.example.org/7/{number - 1}"


HOSTILE = {
    "lines": b"#EXTM3U\n" + b"x\n" * (LINES + 1),
    "an address": b"#EXTM3U\n" + b"x" * (LINE + 1),
    "one attribute": b"#EXTM3U\n#EXT-X-STREAM-INF:" + b"A" * (1 << 20),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_list_that_would_take_memory_or_hours_is_refused(name: str) -> None:
    with pytest.raises(DeviceError) as caught:
        read(HOSTILE[name], BASE)
    assert caught.value.reason == "too big"


def test_attributes_take_time_by_their_length_alone() -> None:
    text = b"#EXTM3U\n" + (b"#EXT-X-STREAM-INF:" + b"A" * (LINE - 20) + b"\n") * 250
    begun = time.process_time()
    read(text, BASE)
    assert time.process_time() - begun < 2.0, "each would take a twentieth of a second"


PIECES = st.sampled_from(
    b"#EXTM3U|#EXTINF:|#EXT-X-STREAM-INF:BANDWIDTH=|#EXT-X-MAP:URI=|x.ts|\n|#EXT-X-MEDIA-SEQUENCE:|9"
    b'|,|"|http://|[|\xff|=|//'.split(b"|")
)


@given(st.lists(PIECES, max_size=30))
def test_anything_is_a_playlist_or_refused(pieces: list[bytes]) -> None:
    try:
        found = read(b"#EXTM3U\n" + b"".join(pieces), BASE)
    except DeviceError as error:
        assert error.reason == "protocol"  # noqa: PT017
    else:
        assert all(0 <= segment.seconds <= 60 for segment in found.segments)
