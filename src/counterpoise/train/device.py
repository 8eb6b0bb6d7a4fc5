"""Where a training runs: the one place that talks to Lightning Fabric about devices."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import Precision
from lightning_fabric.strategies.single_device import SingleDeviceStrategy
from torch import nn
from torch.optim import Optimizer

from counterpoise.devices import require_device_name
from counterpoise.errors import ArgumentError, DeviceError
from counterpoise.train import PRECISIONS

# How torch names what an optimizer asks before each step, the present name first.
CAPTURE_CHECKS = ("_accelerator_graph_capture_health_check", "_cuda_graph_capture_health_check")


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
    """A Fabric for one resolved device: the same one again where it keeps no state.

    Raises:
        ArgumentError: the precision is none of those that are known.
    """
    if precision not in PRECISIONS:
        raise ArgumentError(f"precision is one of {', '.join(PRECISIONS)}; got '{precision}'")
    # Making one reads the entry points of all installed packages. That of 16-mixed scales losses
    # by what it has seen.
    return _made(device, precision) if precision == "16-mixed" else _kept(device, precision)


def _made(device: str, precision: str) -> Fabric:
    kind, _, number = device.partition(":")
    devices: list[int] | int = [int(number or 0)] if kind == "cuda" else 1
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*GPU available but not used.*")
        return Fabric(accelerator=kind, devices=devices, precision=precision)  # type: ignore[arg-type]


_kept = cache(_made)


def set_up(
    fabric: Fabric, model: nn.Module, optimizers: Sequence[Optimizer]
) -> tuple[nn.Module, list[Optimizer]]:
    """Model and optimizers on the device of `fabric`, as a training calls them.

    One process in full precision gets its own back: Fabric's wrappers would add nothing there, and
    take a tenth of the time of a small head's update.
    """
    module, *wrapped = fabric.setup(model, *optimizers)
    if fabric.device.type == "cpu":
        for optimizer in optimizers:
            _never_captured(optimizer)
    alone = isinstance(fabric.strategy, SingleDeviceStrategy)
    if alone and type(fabric.strategy.precision) is Precision:
        return model, list(optimizers)
    return module, wrapped


def _never_captured(optimizer: Optimizer) -> None:
    """Spare an optimizer on the CPU the question whether a CUDA graph is being captured.

    Fabric lets torch look for GPUs through NVML, which opens its library anew at each question:
    some 50 us before each step of Adam, a third of what the step itself takes.
    """
    for name in CAPTURE_CHECKS:
        if hasattr(optimizer, name):
            setattr(optimizer, name, lambda: None)
            return
