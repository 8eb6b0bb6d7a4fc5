"""Data frames as arrays of numbers, and back, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.errors import DataError
from counterpoise.resamplers.rounding import WHOLE, as_array


class Frame:
    """A pandas data frame whose columns are numbers or booleans.

    Columns of numpy, nullable (``Int64``, ``boolean``) and Arrow types are read alike.

    Args:
        given: (N, D).

    Raises:
        DataError: a column is no number, or holds integers that float64 cannot.
    """

    def __init__(self, given: Any) -> None:
        self._given = given
        self._dtypes = list(given.dtypes)
        faults = [
            f"'{name}' ({dtype})"
            for name, dtype in zip(given.columns, self._dtypes, strict=True)
            if dtype.kind not in "fiub"
        ]
        if faults:
            raise DataError(
                "features are numbers or booleans, also in a data frame; got "
                f"column{'s' if len(faults) > 1 else ''} {', '.join(faults)} (encode categories "
                "and strings, for example with pandas.get_dummies, or drop the column; an object "
                "column of numbers becomes one of a number type by frame.infer_objects())"
            )
        columns = [_column(given.iloc[:, place]) for place in range(len(self._dtypes))]
        self.array = _stacked(columns)

    def restored(self, array: npt.NDArray[Any]) -> Any:
        """A frame of the rows of `array` (M, D): the given columns, each of its own type."""
        import pandas

        made = pandas.DataFrame(
            {place: _restored(array[:, place], dtype) for place, dtype in enumerate(self._dtypes)}
        )
        made.columns = self._given.columns
        return type(self._given)(made)


def _column(series: Any) -> npt.NDArray[Any]:
    """Numbers (N,) of a column; a missing value is NaN."""
    if series.isna().any():
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    array = np.asarray(series.to_numpy(dtype=_number_type(series.dtype)))
    if array.dtype.kind in "iu" and len(array) and max(int(array.max()), -int(array.min())) > WHOLE:
        raise DataError(
            f"integer features are at most 2**53; got {array.min()} to {array.max()} in column "
            f"'{series.name}' (subtract a constant, or drop the column)"
        )
    return array


def _stacked(columns: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Columns (N,) as (N, D) of the type that holds them all."""
    if not columns:
        return np.zeros((0, 0))
    kinds = {column.dtype.kind for column in columns}
    mixed = "b" in kinds and len(kinds) > 1
    dtype = np.dtype(np.float64) if mixed else np.result_type(*(c.dtype for c in columns))
    return np.stack([column.astype(dtype, copy=False) for column in columns], axis=1)


def _restored(values: npt.NDArray[Any], dtype: Any) -> Any:
    """A computed column in the type `dtype` of pandas."""
    import pandas

    made = as_array(values, _number_type(dtype))
    return made if isinstance(dtype, np.dtype) else pandas.array(made, dtype=dtype)


def _number_type(dtype: Any) -> np.dtype[Any]:
    """The type of numpy that a nullable, Arrow or sparse type of pandas stands for."""
    if isinstance(dtype, np.dtype):
        return dtype
    found: np.dtype[Any] = np.dtype(getattr(dtype, "numpy_dtype", None) or dtype.subtype)
    return found
