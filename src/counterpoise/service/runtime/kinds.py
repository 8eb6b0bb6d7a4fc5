"""Every kind of device, by the name that the device database has for it."""

from __future__ import annotations

from collections.abc import Callable

from counterpoise.service.runtime.device import Device
from counterpoise.service.runtime.mjpeg import MJPEG
from counterpoise.service.runtime.push import Push
from counterpoise.service.runtime.replay import Replay
from counterpoise.service.runtime.snapshot import Snapshot

KINDS: dict[str, Callable[[], Device]] = {
    "snapshot": Snapshot,
    "mjpeg": MJPEG,
    "replay": Replay,
    "push": Push,
}
