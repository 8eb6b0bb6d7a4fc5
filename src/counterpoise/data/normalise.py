"""Centre and scale a batch on the CPU, in the memory layout that it has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Constants = NDArray[np.floating[Any]]


def normalised(
    inputs: NDArray[np.generic], shift: Constants, divisor: Constants
) -> NDArray[np.float32]:
    """``(inputs - shift) / divisor`` in the memory layout of `inputs`."""
    made: Constants = inputs.astype(shift.dtype)
    rows = made
    if made.ndim == 4 and made.shape[1] > 1 and made.transpose(0, 2, 3, 1).flags.c_contiguous:
        # Channels last: whole rows of pixels are changed at once, not three values at a time.
        rows = made.transpose(0, 2, 3, 1).reshape(len(made), made.shape[2], -1)
        shift, divisor = (np.tile(c.ravel(), made.shape[3]) for c in (shift, divisor))
    rows -= shift
    rows /= divisor
    return made.astype(np.float32, copy=False)
