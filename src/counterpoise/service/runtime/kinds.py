"""Every kind of device, by the name that the device database has for it."""

from __future__ import annotations

from counterpoise.service.runtime.device import Device
from counterpoise.service.runtime.mjpeg import MJPEG
from counterpoise.service.runtime.snapshot import Snapshot

KINDS: dict[str, Device] = {"snapshot": Snapshot(), "mjpeg": MJPEG()}
