"""Where a training runs: the one place that talks to Lightning Fabric about devices."""

from __future__ import annotations

import warnings

import torch
from lightning_fabric import Fabric

from counterpoise.devices import require_device_name
from counterpoise.errors import ArgumentError, DeviceError
from counterpoise.train import PRECISIONS


def resolve(device: str) -> str:
    """ "auto", "cpu", "cuda" or "cuda:1" -> a device that is there.

    Raises:
        DeviceError: a CUDA device was asked for and there is none, or not that many.
        ArgumentError: the word is none of those.
    """
    kind, _, number = require_device_name(device).partition(":")
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda":
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if found <= int(number or 0):
            raise DeviceError(
                f"device '{device}' was asked for; torch {torch.__version__} sees {found} CUDA "
                "devices here (use --device cpu or auto)"
            )
    return device


def fabric(device: str, precision: str = "32-true") -> Fabric:
    """A Fabric for one resolved device."""
    if precision not in PRECISIONS:
        raise ArgumentError(f"precision is one of {', '.join(PRECISIONS)}; got '{precision}'")
    kind, _, number = device.partition(":")
    devices: list[int] | int = [int(number or 0)] if kind == "cuda" else 1
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*GPU available but not used.*")
        return Fabric(accelerator=kind, devices=devices, precision=precision)
