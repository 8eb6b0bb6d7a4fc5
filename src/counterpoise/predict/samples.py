"""What somebody gives to `predict`, as raw samples of the shape that a model reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from torch import Tensor

from counterpoise.data.tables.cells import named
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.frame import frame_rows
from counterpoise.data.tables.given import is_frame
from counterpoise.errors import ArgumentError

if TYPE_CHECKING:
    from pandas import DataFrame

Samples = npt.NDArray[np.generic] | Tensor


def raw_samples(
    inputs: Samples | DataFrame,
    columns: Columns | None,
    shape: tuple[int, ...],
) -> Samples:
    """Samples (N, ...): rows of a DataFrame by the names of its columns, arrays as they are.

    Args:
        inputs: a DataFrame for a model of tables, or samples.
        columns: those that the model reads; None for a model of something else.
        shape: of one sample.

    Raises:
        ArgumentError: samples of another shape, no numbers where rows are coded, or a DataFrame
            for a model that reads none.
        DataError: as `frame_rows`.
    """
    if is_frame(inputs):
        if columns is None:
            raise ArgumentError(
                f"this model reads samples of shape {shape}, no tables; got a DataFrame (give an "
                "array, such as df.to_numpy())"
            )
        return frame_rows(inputs, columns)
    advice = "" if columns is None else f" (give a DataFrame with the columns {reads(columns)})"
    given = tuple(inputs.shape)
    if given[1:] != shape:
        raise ArgumentError(
            f"samples have shape (N, {', '.join(map(str, shape))}); got {given}{advice}"
        )
    if columns is None:
        return inputs
    try:
        return np.asarray(inputs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"rows in an array are numbers; {error}{advice}") from error


def reads(columns: Columns) -> str:
    """The names of the columns that a model reads, some of many."""
    return named([column.name for column in columns.columns])
