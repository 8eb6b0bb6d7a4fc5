"""Rows of a DataFrame are those of the same table in a file."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.data.sources.rows import read_rows
from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.frame import frame_rows
from counterpoise.errors import DataError

pandas = pytest.importorskip("pandas", reason="needs pandas")

COLUMNS = Columns(
    (
        Column("age", "number"),
        Column("plan", "category", ("basic", "pro")),
        Column("paid", "boolean"),
    ),
    "left",
)


def frame() -> "pandas.DataFrame":
    """Columns in another order and more of them, a category that is new, and missing cells."""
    return pandas.DataFrame(
        {
            "left": ["no", "yes", "no", "no"],
            "paid": [True, None, False, True],
            7: [object()] * 4,
            "plan": pandas.Categorical(["pro", "gold", None, " basic "]),
            "age": [1 / 3, 40, np.nan, 2],
        }
    )


def test_columns_go_by_name_and_others_are_not_looked_at(tmp_path: Path) -> None:
    found = frame_rows(frame(), COLUMNS)
    expected = [[1 / 3, 1, 1], [40, -1, np.nan], [np.nan, np.nan, 0], [2, 0, 1]]
    np.testing.assert_array_equal(found, expected)
    frame().drop(columns=7).to_csv(tmp_path / "new.csv", index=False)
    np.testing.assert_array_equal(found, read_rows(tmp_path / "new.csv", COLUMNS)[0])


def test_rows_without_a_value_keep_their_place() -> None:
    empty = frame()[["age", "plan", "paid"]]
    empty.loc[1] = None
    found = frame_rows(empty, COLUMNS)
    assert len(found) == 4
    assert np.isnan(found[1]).all()
    assert frame_rows(frame().head(0), COLUMNS).shape == (0, 3)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(DataError, match="lacks columns that the model reads: 'age', 'paid'; it ha"):
        frame_rows(frame().drop(columns=["age", "paid"]), COLUMNS)
    with pytest.raises(DataError, match="got twice: 'age'"):
        frame_rows(pandas.concat([frame(), frame()[["age"]]], axis=1), COLUMNS)
    with pytest.raises(DataError, match="column 'age', row 2: a number or nothing; got 'old'"):
        frame_rows(frame().astype({"age": object}).assign(age=[1, 2, "old", 4]), COLUMNS)
