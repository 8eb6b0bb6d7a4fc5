"""Every kind of device, by the name that the device database has for it."""

from __future__ import annotations

from collections.abc import Callable

from counterpoise.errors import ArgumentError
from counterpoise.service.runtime.device import Device
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.hls import HLS
from counterpoise.service.runtime.mjpeg import MJPEG
from counterpoise.service.runtime.push import Push
from counterpoise.service.runtime.replay import Replay
from counterpoise.service.runtime.rtsp import RTSP
from counterpoise.service.runtime.sensor import Sensor
from counterpoise.service.runtime.snapshot import Snapshot

KINDS: dict[str, Callable[[], Device]] = {
    "snapshot": Snapshot,
    "mjpeg": MJPEG,
    "hls": HLS,
    "rtsp": RTSP,
    "replay": Replay,
    "push": Push,
    "sensor": Sensor,
}
SENDS = ("push", "sensor")  # that send their frames themselves
MEASURES = ("sensor",)  # whose frames are samples; those of all others are pictures


def require_place(kind: str, url: str, guard: EgressGuard) -> None:
    """Refuse the address that a person typed for a device, if it cannot be one of its kind.

    Raises:
        ArgumentError: no such kind.
        DeviceError: it is not fetched from; nothing is looked up or connected to for that.
    """
    if kind not in KINDS:
        raise ArgumentError(f"no device is a {kind!r}; the kinds are {', '.join(KINDS)}")
    if kind == "replay":
        guard.require_folder(url)
    elif kind not in SENDS:  # such a device needs no address
        guard.require_url(url)
