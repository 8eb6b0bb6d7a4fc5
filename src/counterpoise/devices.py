"""Names of devices. Whether a device is there, torch knows, which need not be loaded for this."""

from __future__ import annotations

import re

from counterpoise.errors import ArgumentError

NAMES = re.compile(r"auto|cpu|cuda(:\d+)?")


def require_device_name(name: str, argument: str = "device") -> str:
    """Return the name if it is one that counterpoise computes on.

    Args:
        name: "auto", "cpu", "cuda" or "cuda:1".
        argument: how the caller writes the argument, for the message.

    Raises:
        ArgumentError: it is another name; "mps" with the reason.

    >>> require_device_name("cuda:1")
    'cuda:1'
    """
    if NAMES.fullmatch(name):
        return name
    if name.partition(":")[0] == "mps":
        raise ArgumentError(
            f"{argument} is auto, cpu, cuda or cuda:N; got '{name}': losses are summed in float64, "
            "which Apple's GPUs do not have (use cpu)"
        )
    raise ArgumentError(f"{argument} is auto, cpu, cuda or cuda:N; got '{name}'")
