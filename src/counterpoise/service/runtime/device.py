"""What every device is to the rest: a place that gives encoded frames, or says why not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from counterpoise.service.runtime.fetch import Fetcher


@dataclass(frozen=True)
class Source:
    """Where a device's frames are, as the device database says it.

    Args:
        url: address of the picture or stream.
        interval: seconds between two frames that are wanted.
        auth: user name and password, if it asks for them.
        options: further settings of its kind.
    """

    url: str
    interval: float = 4.0
    auth: tuple[str, str] | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EncodedFrame:
    """A frame as it arrived.

    Args:
        content: bytes of an image file.
        at: when its last byte arrived, microseconds since 1970, UTC.
        repeated: whether it is the same picture, to the byte, as the one before.
    """

    content: bytes = field(repr=False)
    at: int
    repeated: bool = False


class Device(Protocol):
    """One kind of device. A new kind is one file that has this, and a line in `kinds.py`."""

    def frames(self, source: Source, fetcher: Fetcher) -> AsyncIterator[EncodedFrame]:
        """Frames as they come, for ever.

        Raises:
            DeviceError: it stopped giving them; the caller asks again, later.
        """
        ...
