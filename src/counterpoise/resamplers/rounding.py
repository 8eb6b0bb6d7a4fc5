"""Computed numbers as the type that was given: integers and booleans take the nearest value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

WHOLE = 2**53  # float64 holds every whole number up to here


def as_array(values: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Floating-point `values` as `dtype`; integers are clipped to the range of their type.

    >>> as_array(np.array([0.4, 0.6, 2.5, -3.0]), np.dtype("u1")).tolist()
    [0, 1, 2, 0]
    >>> as_array(np.array([0.4, 0.6]), np.dtype(bool)).tolist()
    [False, True]
    """
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        values = values.round().clip(max(low, -WHOLE), min(high, WHOLE))
    elif dtype.kind == "b":
        values = values.round()
    return values.astype(dtype, copy=False)


def as_tensor(values: Tensor, dtype: torch.dtype) -> Tensor:
    """The same for tensors.

    >>> as_tensor(torch.tensor([0.4, 0.6, 2.5, -3.0]), torch.uint8).tolist()
    [0, 1, 2, 0]
    """
    if dtype.is_floating_point:
        return values.to(dtype)
    if dtype == torch.bool:
        return values.round().to(dtype)
    low, high = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    return values.round().clamp(max(low, -WHOLE), min(high, WHOLE)).to(dtype)
