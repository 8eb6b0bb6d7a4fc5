"""How many runs fit on this machine, found out without loading torch where that is possible."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from counterpoise.errors import ArgumentError

MOST_IMAGES = 4 << 30


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def image_memory(gib: float | None = None) -> int:
    """Bytes of decoded images that one training may hold; by default a quarter of all memory.

    At most 4 GiB are held when nobody says so: as many trainings run as there are cores.
    """
    if gib is not None:
        return int(gib * 2**30)
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # not every system tells
        return MOST_IMAGES
    return min(MOST_IMAGES, whole // 4)


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


def require_devices(device: str, number: int) -> None:
    """Refuse more devices of a kind than there are; processes of a CPU share its cores.

    Args:
        device: resolved.
        number: that are to share a training.

    Raises:
        ArgumentError: there are not so many, or `device` names a single one.
    """
    if ":" in device:
        raise ArgumentError(
            f"device '{device}' is a single one, and {number} are to share each training (use "
            "--device cuda, or leave --devices out)"
        )
    if device == "cpu":
        there, what = cores(), "cores"
    else:
        import torch

        there, what = torch.cuda.device_count(), "CUDA devices"
    if number > there:
        raise ArgumentError(
            f"{number} devices are to share each training, and there are {there} {what} here "
            f"(--devices {there}, or leave it out)"
        )
