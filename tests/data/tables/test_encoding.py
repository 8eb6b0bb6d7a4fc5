"""Encoded rows against scikit-learn's own transformers."""

import json

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.encoding import MOST_PLACES, Encoding
from counterpoise.errors import CheckpointError, DataError

MANY = tuple(f"c{k:03}" for k in range(80))
COLUMNS = Columns(
    (
        Column("a", "number"),
        Column("few", "category", ("x", "y", "z")),
        Column("b", "boolean"),
        Column("many", "category", MANY),
        Column("whole", "number"),
    ),
    "label",
)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    made = np.stack(
        [
            rng.lognormal(3, 2, 400),
            rng.integers(0, 2, 400),  # z is in no training row
            rng.integers(0, 2, 400),
            (80 * rng.random(400) ** 2).astype(int),
            rng.integers(-5, 5, 400),
        ],
        axis=1,
    ).astype(float)
    holes = rng.random(made.shape) < 0.1
    holes[:, 4] = False
    made[holes] = np.nan
    return made


def test_it_is_what_scikit_learn_computes(rows: np.ndarray) -> None:
    encoding = Encoding.fit(COLUMNS, rows)
    fresh = rows[:50].copy()
    fresh[:3, 1] = [2, -1, np.nan]
    fresh[:3, 3] = [-1, 79, 0]
    fresh[3] = np.nan
    coder = OneHotEncoder(
        max_categories=MOST_PLACES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    whole = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [0, 2, 4]),
            ("c", coder, [1, 3]),
        ]
    ).fit(rows)
    found = encoding(fresh)
    expected = whole.transform(fresh)
    missing = np.isnan(fresh[:, [0, 2]])
    assert encoding.width == found.shape[1] == expected.shape[1] + 2
    assert MOST_PLACES in encoding.widths
    np.testing.assert_allclose(found[:, :3], expected[:, :3], rtol=1e-6)
    np.testing.assert_array_equal(found[:, 3:5], missing)
    np.testing.assert_array_equal(found[:, 5:], expected[:, 3:])
    assert found.dtype == np.float32


def test_only_training_rows_are_looked_at(rows: np.ndarray) -> None:
    mine = Encoding.fit(COLUMNS, rows[:100])
    other = rows[100:].copy()
    other[:, 0] *= 1e6
    assert mine.mean[0] == pytest.approx(
        np.where(np.isnan(rows[:100, 0]), np.nanmedian(rows[:100, 0]), rows[:100, 0]).mean()
    )
    unseen = np.full((1, 5), np.nan)
    unseen[0, 1] = 2  # of the table, not of its training rows
    few = len(COLUMNS) - 2 + int(mine.indicated.sum())
    assert not mine(unseen)[0, few : few + mine.widths[0]].any()


def test_constant_and_empty_columns_do_not_break_it() -> None:
    columns = Columns((Column("a", "number"), Column("b", "number")), "y")
    rows = np.array([[3.0, np.nan], [3.0, np.nan]])
    encoding = Encoding.fit(columns, rows)
    np.testing.assert_array_equal(encoding(rows), [[0, 0, 1], [0, 0, 1]])
    np.testing.assert_array_equal(encoding(np.array([[4.0, 7.0]])), [[1, 7, 0]])


def test_categories_alone() -> None:
    columns = Columns((Column("a", "category", ("x", "y")),), "y")
    encoding = Encoding.fit(columns, np.array([[0.0], [1.0]]))
    np.testing.assert_array_equal(encoding(np.array([[1.0], [-1.0], [np.nan]])), [[0, 1], [0, 0],
                                  [0, 0]])  # fmt: skip


def test_it_survives_json(rows: np.ndarray) -> None:
    encoding = Encoding.fit(COLUMNS, rows)
    again = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict())))
    np.testing.assert_array_equal(again(rows), encoding(rows))


def test_no_training_row(rows: np.ndarray) -> None:
    with pytest.raises(DataError, match="at least one training row"):
        Encoding.fit(COLUMNS, rows[:0])


@pytest.mark.parametrize(
    "change", [{"fill": [1.0]}, {"slots": []}, {"widths": [1]}, {"mean": "x"}, {"columns": {}}]
)
def test_a_damaged_one(change: dict, rows: np.ndarray) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        Encoding.from_dict(Encoding.fit(COLUMNS, rows).to_dict() | change)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            [1.0, 2.0],
            r"column 'plan' \(number 1 of a row\): .* is 0 to 1, .*; got 2 in row 1 .*as .csv",
        ),
        ([1.0, -2.0], "got -2 in row 1"),
        ([1.0, 0.5], "got 0.5 in row 1"),
        ([1.0, np.inf], "got inf in row 1"),
        ([1e300, 0.0], r"column 'age': a number .*up to 3.4e\+38\); got 1e\+300 in row 1"),
        ([-np.inf, 0.0], "column 'age': .* got -inf in row 1"),
    ],
)
def test_rows_that_no_table_can_give_are_refused(row: list[float], message: str) -> None:
    columns = Columns((Column("age", "number"), Column("plan", "category", ("a", "b"))), "y")
    rows = np.array([[20.0, 0.0], [40.0, 1.0], [np.nan, np.nan]])
    encoding = Encoding.fit(columns, rows)
    assert np.isfinite(encoding(np.array([[np.nan, -1.0]]))).all()
    with pytest.raises(DataError, match=message):
        encoding(np.array([[1.0, 1.0], row]))
