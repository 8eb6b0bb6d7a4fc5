"""Features of any kind as one matrix of floating-point numbers, and back."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.errors import DataError
from counterpoise.resamplers.frames import Frame
from counterpoise.resamplers.rounding import WHOLE, as_array, as_tensor

Inputs = TypeVar("Inputs")
ROWS_CHECKED = 2**24  # values looked at in one go


class Features:
    """Samples (N, ...), and the same as `points` (N, D).

    float32 and float64 are computed as they are, in the caller's memory. Half precision, booleans
    and integers of 8 or 16 bits are computed in float32, wider integers in float64; on the way back
    integers take the nearest value, clipped to the range of their type, and booleans the nearer
    one. In a data frame each column keeps its type.

    Args:
        given: numpy array, tensor on any device, nested list, or data frame.

    Raises:
        DataError: no sample, one dimension, sparse, not numbers, or a value that is not finite.
    """

    def __init__(self, given: object) -> None:
        if hasattr(given, "tocsr"):
            raise DataError(
                f"features are dense; got {type(given).__name__} (call .toarray(), if it fits)"
            )
        self._given = given
        self._frame = Frame(given) if hasattr(given, "iloc") and hasattr(given, "columns") else None
        dense: Tensor | npt.NDArray[Any]
        if self._frame is not None:
            dense = self._frame.array
        else:
            dense = given.detach() if isinstance(given, Tensor) else _array(given)
        if dense.ndim < 2 or 0 in dense.shape:
            raise DataError(
                "features have shape (N, D) or (N, C, H, W), at least one sample and one feature; "
                f"got {tuple(dense.shape)}"
            )
        self._dense = dense
        self.num = len(dense)
        self.shape = tuple(int(size) for size in dense.shape[1:])
        self.points = _points(dense).reshape(self.num, -1)
        _check_finite(self.points, dense)

    def taken(self, indices: npt.NDArray[np.int64]) -> Any:
        """The samples at `indices` (M,), untouched."""
        if hasattr(self._given, "iloc"):
            return self._given.iloc[indices].reset_index(drop=True)
        if isinstance(self._dense, Tensor):
            return self._dense[torch.from_numpy(indices).to(self._dense.device)]
        return self._as_given(self._dense[indices])

    def restored(self, points: Tensor) -> Any:
        """Points (M, D) as what was given: its kind, type, device and shape (M, ...)."""
        shaped = points.reshape(len(points), *self._dense.shape[1:])
        if isinstance(self._dense, Tensor):
            dtype = self._dense.dtype
            return shaped if shaped.dtype == dtype else as_tensor(shaped, dtype)
        array = shaped.cpu().numpy()
        if self._frame is not None:
            return self._frame.restored(array)
        return self._as_given(as_array(array, self._dense.dtype))

    def _as_given(self, array: npt.NDArray[Any]) -> Any:
        return array.tolist() if isinstance(self._given, list | tuple) else array


def _array(given: object) -> npt.NDArray[Any]:
    try:
        array = np.asarray(given)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"features are numbers, as many for each sample; got {error}") from error
    if array.dtype.kind not in "fiub":
        raise DataError(f"features are real numbers; got dtype {array.dtype}")
    return array


def _points(dense: Tensor | npt.NDArray[Any]) -> Tensor:
    """In a type to compute with, sharing memory where the type allows it."""
    if isinstance(dense, Tensor):
        if dense.is_complex():
            raise DataError(f"features are real numbers; got dtype {dense.dtype}")
        if dense.is_floating_point():
            return dense.to(torch.promote_types(dense.dtype, torch.float32))
        return dense.to(torch.float32 if dense.element_size() <= 2 else torch.float64)
    small = dense.dtype.itemsize <= (4 if dense.dtype.kind == "f" else 2)
    array = np.ascontiguousarray(dense, dtype=np.float32 if small else np.float64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array)  # only read


def _check_finite(points: Tensor, dense: Tensor | npt.NDArray[Any]) -> None:
    """Refuse values that have no distance to anything, and integers that float64 cannot hold."""
    whole = not (
        dense.is_floating_point() if isinstance(dense, Tensor) else dense.dtype.kind == "f"
    )
    if whole and points.dtype == torch.float32:
        return
    step = max(1, ROWS_CHECKED // points.shape[1])
    for start in range(0, len(points), step):
        block = points[start : start + step]
        wrong = block.abs() > WHOLE if whole else ~block.isfinite()
        if wrong.any():
            row = start + int(torch.nonzero(wrong.any(dim=1))[0])
            rule = "integer features are at most 2**53" if whole else "features are finite"
            raise DataError(
                f"{rule}; got {int(wrong.sum())} others in rows {start} to "
                f"{start + len(block) - 1}, the first in row {row} (impute or drop them)"
            )
