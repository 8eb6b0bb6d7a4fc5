"""Columns of a data frame: their types, missing values, and what is no number."""

import numpy as np
import pandas as pd
import pytest

from counterpoise.errors import DataError
from counterpoise.resamplers import SMOTE
from counterpoise.resamplers.features import Features
from counterpoise.resamplers.frames import Frame

Y = np.repeat(["no", "yes"], [48, 12])


def ages():
    return np.random.default_rng(0).integers(20, 70, 60)


def test_integers_beside_numbers_are_rounded_and_not_cut() -> None:
    income = np.random.default_rng(1).normal(50, 9, 60)
    exact = SMOTE(random_state=0).fit_resample(np.c_[ages(), income], Y)[0]
    frame = pd.DataFrame({"age": ages(), "income": income})
    made = SMOTE(random_state=0).fit_resample(frame, pd.Series(Y))[0]
    assert np.array_equal(made.age, exact[:, 0].round())
    assert np.array_equal(made.income, exact[:, 1])
    assert (made.age[60:] != np.trunc(exact[60:, 0])).any(), "rounded up, too"


def test_the_type_that_holds_all_columns() -> None:
    small = pd.DataFrame({"a": np.arange(3, dtype="i2"), "b": np.arange(3, dtype="f4")})
    assert Frame(small).array.dtype == np.float32
    assert Frame(small.assign(c=[True, False, True])).array.dtype == np.float64
    assert Frame(pd.DataFrame({"a": [True, False], "b": [False, False]})).array.dtype == bool
    nullable = pd.DataFrame({"a": pd.array([1, 2], dtype="Int16")})
    assert Frame(nullable).array.dtype == np.int16


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "Float64", "int64[pyarrow]"])
def test_a_missing_value_is_refused_with_its_row(dtype) -> None:
    column = pd.array([1, 0, None, 1], dtype=dtype)
    with pytest.raises(DataError, match=r"finite.*the first in row 2"):
        Features(pd.DataFrame({"a": column, "b": [0.5, 1, 2, 3]}))


def test_integers_that_float64_cannot_hold() -> None:
    frame = pd.DataFrame({"id": [2**53 + 1, 1], "x": [0.5, 1.5]})
    with pytest.raises(
        DataError, match=r"at most 2\*\*53; got 1 to 9007199254740993 in column 'id'"
    ):
        Features(frame)


@pytest.mark.parametrize(
    "dtype", ["category", "object", "str", "datetime64[ns]", "timedelta64[ns]"]
)
def test_other_types_are_refused_with_what_to_do(dtype) -> None:
    column = pd.Series([1, 2, 3]).astype(dtype)
    with pytest.raises(DataError, match=r"column 'a' \(.*get_dummies.*infer_objects"):
        Frame(pd.DataFrame({"a": column, "b": [0.5, 1.5, 2.5]}))


def test_columns_of_one_name_and_subclasses_come_back() -> None:
    class Table(pd.DataFrame):
        @property
        def _constructor(self):
            return Table

    given = Table(np.arange(8).reshape(4, 2), columns=["x", "x"])
    made = Features(given).restored(Features(given).points[[3, 0]] + 0.4)
    assert type(made) is Table
    assert list(made.columns) == ["x", "x"]
    assert made.to_numpy().tolist() == [[6, 7], [0, 1]]


def test_rows_that_are_kept_are_untouched() -> None:
    frame = pd.DataFrame({"a": pd.array([1, 2, 3], dtype="Int64")}, index=["x", "y", "z"])
    kept = Features(frame).taken(np.array([2, 0]))
    assert kept.a.tolist() == [3, 1]
    assert kept.a.dtype == "Int64"
