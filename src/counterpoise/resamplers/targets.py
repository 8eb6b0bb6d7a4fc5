"""Class labels of any kind as indices 0..K-1, and back."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.errors import DataError
from counterpoise.resamplers.strategy import Label

RULE = "labels are one class per sample, (N,) integers or strings"


class Targets:
    """Labels (N,), and the same as `codes` (N,) int64 into `classes` (K,), ascending.

    Args:
        given: numpy array, tensor, list, series or data frame of one column.

    Raises:
        DataError: several columns, fractions, missing labels, or labels that have no order.
    """

    def __init__(self, given: object) -> None:
        self._given = given
        array = given.detach().cpu().numpy() if isinstance(given, Tensor) else np.asarray(given)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1 or array.dtype.kind == "c":
            raise DataError(
                f"{RULE}; got dtype {array.dtype} of shape {array.shape} (multi-label and "
                "multi-output are out of scope; of one-hot rows pass the argmax)"
            )
        if array.dtype.kind == "f" and (
            not np.isfinite(array).all() or (array != np.round(array)).any()
        ):
            raise DataError(f"Unknown label type: {RULE}; got fractions or missing values")
        try:
            values, codes, counts = np.unique(array, return_inverse=True, return_counts=True)
        except TypeError as error:
            raise DataError(f"{RULE}, all of one kind; got a mixture ({error})") from error
        self.array = array
        self.num = len(array)
        self.codes = codes.astype(np.int64)
        self.counts: list[int] = counts.tolist()
        self.classes: list[Label] = values.tolist()
        self._values = values

    def taken(self, indices: npt.NDArray[np.int64]) -> Any:
        """Labels at `indices` (M,)."""
        return self.restored(self.codes[indices])

    def restored(self, codes: npt.NDArray[np.int64]) -> Any:
        """Class indices (M,) as what was given."""
        given, array = self._given, self._values[codes]
        if isinstance(given, Tensor):
            return torch.from_numpy(array).to(given.device, given.dtype)
        if hasattr(given, "columns"):
            frame = type(cast(Any, given))(array, columns=given.columns)
            return frame.astype(given.dtypes)  # type: ignore[attr-defined]
        if hasattr(given, "iloc"):
            return type(cast(Any, given))(array, name=given.name, dtype=given.dtype)  # type: ignore[attr-defined]
        return array.tolist() if isinstance(given, list | tuple) else array
