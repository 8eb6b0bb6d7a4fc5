"""Columns of a table, and its rows as numbers."""

import json

import numpy as np
import pytest

from counterpoise.data.tables.cells import Cells
from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import CheckpointError, DataError


def cells(**columns: list[str]) -> Cells:
    (number,) = {len(column) for column in columns.values()}
    return Cells("'t.csv'", columns, RowNames("t.csv", range(2, 2 + number)))


TABLE = cells(
    age=["31", "", "-0"], plan=["pro", "basic", ""], paid=["yes", "", "no"], who=["a", "b", "a"],
    y=["0", "1", "0"],
)  # fmt: skip


def test_rows_are_numbers_truth_values_and_codes() -> None:
    columns = Columns.of(TABLE, "y", group="who")
    assert columns.columns == (
        Column("age", "number"),
        Column("plan", "category", ("basic", "pro")),
        Column("paid", "boolean"),
    )
    nan = np.nan
    expected = [[31, 1, 1], [nan, 0, nan], [0, nan, 0]]
    np.testing.assert_array_equal(columns.rows(TABLE), expected)
    assert not np.signbit(columns.rows(TABLE)[2, 0])
    again = Columns.from_dict(json.loads(json.dumps(columns.to_dict())))
    assert again == columns
    assert again.digest == columns.digest


def test_new_rows_are_coded_as_those_of_training() -> None:
    columns = Columns.of(TABLE, "y", drop=["who"])
    new = cells(more=["x"], paid=["0"], plan=["gold"], age=["none"])
    np.testing.assert_array_equal(columns.rows(new), [[np.nan, -1, 0]])


def test_numbers_can_be_categories() -> None:
    columns = Columns.of(cells(zip=["01", "2", ""], y=["0", "1", "1"]), "y", categories=["zip"])
    assert columns.columns == (Column("zip", "category", ("01", "2")),)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"label": "yy"}, r"'t.csv' has no column 'yy' \(asked for by --label\); did you mean 'y'"),
        ({"label": "y", "drop": ["agee"]}, "by --drop.; did you mean 'age'"),
        ({"label": "y", "group": "whom"}, "by --group.; did you mean 'who'"),
        ({"label": "y", "categories": ["q"]}, "by --categories"),
        ({"label": "y", "drop": ["age", "plan", "paid", "who"]}, "no column to learn from"),
    ],
)
def test_names_that_are_none(asked: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Columns.of(TABLE, **asked)


def test_all_columns_that_cannot_be_read_are_named_with_what_to_do() -> None:
    bad = cells(since=["2021-03-04", "2020-01-31"], size=["4", "big"], y=["0", "1"])
    with pytest.raises(DataError) as caught:
        Columns.of(bad, "y")
    assert str(caught.value) == (
        "'t.csv': column 'since' holds dates ('2021-03-04'), which are not read; column 'size' "
        "mixes 1 numbers with text (line 3: 'big'); leave a cell empty where a number is missing "
        "(make numbers of dates first, such as days since something, the month, or the day of the "
        "week; --drop since,size leaves out, --categories NAME takes values as categories)"
    )


def test_new_rows_that_do_not_fit() -> None:
    columns = Columns.of(TABLE, "y", drop=["who"])
    with pytest.raises(
        DataError, match=r"model reads: 'plan', 'paid'; .* \(add them; their cells may"
    ):
        columns.rows(cells(age=["1"], y=["0"]))
    wrong = cells(age=["1", "old"], plan=["pro", "pro"], paid=["yes", "perhaps"])
    with pytest.raises(DataError) as caught:
        columns.rows(wrong)
    assert "column 'age', line 3: a number or nothing; got 'old'" in str(caught.value)
    assert "column 'paid', line 3: true or false or nothing; got 'perhaps'" in str(caught.value)


@pytest.mark.parametrize("change", [{"columns": 3}, {"label": None, "columns": [{"name": "a"}]}])
def test_damaged_columns(change: dict) -> None:
    values = Columns.of(TABLE, "y").to_dict() | change
    with pytest.raises(CheckpointError, match="damaged columns"):
        Columns.from_dict(values)


def test_a_number_that_float32_does_not_hold_is_refused_in_words() -> None:
    table = cells(x=["1", "1e300", "2"], y=["a", "b", "a"])
    said = r"column 'x', line 3: a number of at most 3.4e\+38, .*; got '1e300' \(scale the column"
    with pytest.raises(DataError, match=said):
        Columns.of(table, "y").rows(table)


def test_names_to_leave_out_are_as_a_shell_takes_them() -> None:
    days = ["2021-03-04", "2021-03-05"]
    with pytest.raises(DataError, match=r"--drop '\"from, to\",start day' leaves out"):
        Columns.of(
            cells(**{"from, to": days, "start day": days, "x": ["1", "2"]}, y=["a", "b"]), "y"
        )
