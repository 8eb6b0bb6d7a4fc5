"""How many runs fit on this machine, found out without loading torch where that is possible."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resolve_device(device: str) -> str:
    """ "auto" -> "cuda" where torch sees one, else "cpu"; anything else is checked.

    Torch is loaded only when a driver is there or a CUDA device was asked for.

    Raises:
        DeviceError: the device is not there.
    """
    driver = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi")
    if device == "cpu" or (device == "auto" and not driver):
        return "cpu"
    from counterpoise.train.device import resolve

    return resolve(device)


@dataclass(frozen=True)
class Conditions:
    """Where and how runs are carried out."""

    device: str
    threads: int
    jobs: int
