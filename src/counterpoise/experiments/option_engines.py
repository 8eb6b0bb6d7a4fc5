"""The rules of options that say where trainings go on, and how many at once."""

from __future__ import annotations

import re

from pydantic import ValidationInfo

from counterpoise.devices import require_device_name
from counterpoise.errors import ArgumentError
from counterpoise.experiments.option_rules import whole, written


def device(value: object, info: ValidationInfo) -> object:
    """The name of a device; whether it is there, torch knows."""
    return require_device_name(value, written("device", info)) if isinstance(value, str) else value


def engine(value: object, info: ValidationInfo) -> object:
    """The name of an engine; whether an address answers, it says when it begins."""
    if isinstance(value, str) and not re.fullmatch(r"local|ray(://\S+:\d+)?", value):
        raise ArgumentError(
            f"{written('engine', info)} is local, ray, or ray://HOST:PORT of a Ray cluster; "
            f"got '{value}'"
        )
    return value


def engine_of_devices(value: str, info: ValidationInfo) -> str:
    """Several devices for one training are those of this machine."""
    if value != "local" and info.data.get("devices", 1) > 1:
        raise ArgumentError(
            f"{written('devices', info)} shares each training among devices of this machine; "
            f"{written('engine', info)} {value} has one for each training (leave one of them out)"
        )
    return value


def stack(value: object, info: ValidationInfo) -> object:
    """A number of trainings, 2 or more, "auto" or "off"; of engines and devices that take them."""
    own = written("stack", info)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if value in ("auto", "off"):
        return value
    number = whole(value)
    if isinstance(number, bool) or not isinstance(number, int) or number < 2:
        raise ArgumentError(
            f"{own} is auto, off, or how many trainings are one model, at least 2; got {value!r}"
        )
    if info.data.get("engine", "local") != "local":
        engine, name = written("engine", info), info.data["engine"]
        raise ArgumentError(
            f"{own} {number} is of this machine; {engine} {name} has a GPU or core for each "
            "training (leave one of them out)"
        )
    if info.data.get("devices", 1) > 1:
        devices = written("devices", info)
        raise ArgumentError(
            f"{devices} shares one training among devices, and {own} {number} trains several on "
            "one (leave one of them out)"
        )
    return number
