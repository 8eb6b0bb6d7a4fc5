"""A DataFrame as rows of the columns that a model reads, without a file between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.tables.cells import WORDS, Cells, named
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.given import texts_of
from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame


def frame_rows(frame: DataFrame, columns: Columns) -> NDArray[np.float64]:
    """The rows (N, D) of a DataFrame, its cells read as those of the same table in a file are.

    Every row keeps its place, one without a single value too. Other columns are not looked at.

    Raises:
        DataError: a column is missing or there twice, or a cell is no number where there are
            numbers.
    """
    there = list(frame.columns)
    absent = [column.name for column in columns.columns if column.name not in there]
    if absent:
        has = named([str(name) for name in there]) if there else "none"
        raise DataError(
            f"the DataFrame lacks columns that the model reads: {named(absent)}; it has {has} (add "
            "them; their cells may be empty)"
        )
    twice = [column.name for column in columns.columns if there.count(column.name) > 1]
    if twice:
        raise DataError(f"columns of a DataFrame have different names; got twice: {named(twice)}")
    held = {}
    for column in columns.columns:
        texts = [text.strip() for text in texts_of(frame[column.name])]
        held[column.name] = ["" if text in WORDS else text for text in texts]
    names = RowNames("", range(len(frame)), in_lines=False)
    return columns.rows(Cells("the DataFrame", held, names))
