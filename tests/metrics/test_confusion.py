"""The sparse confusion matrix against the dense one, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.metrics import Confusion


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 3, 7, 150]), st.integers(0, 60))
def test_says_what_the_dense_matrix_says(seed: int, num_classes: int, num: int) -> None:
    rng = np.random.default_rng(seed)
    true, predicted = rng.integers(0, num_classes, (2, num))
    dense = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(dense, (true, predicted), 1)
    found = Confusion.from_pairs(true, predicted, num_classes)
    np.testing.assert_array_equal(found.dense(), dense)
    np.testing.assert_array_equal(found.hits, dense.diagonal())
    np.testing.assert_array_equal(found.true, dense.sum(axis=1))
    np.testing.assert_array_equal(found.predicted, dense.sum(axis=0))
    assert found == Confusion.from_dense(dense)
    assert len(found.counts) == np.count_nonzero(dense)
    twice = Confusion.total([found, found])
    np.testing.assert_array_equal(twice.dense(), 2 * dense)


def test_cells_may_come_in_any_order_and_twice() -> None:
    found = Confusion.from_cells([1, 0, 1, 2], [0, 1, 0, 2], [2, 1, 3, 0], num_classes=3)
    assert found == Confusion.from_dense([[0, 1, 0], [5, 0, 0], [0, 0, 0]])
    assert found != Confusion.from_dense([[0, 1], [5, 0]])


def test_memory_grows_with_the_samples_and_not_with_the_classes() -> None:
    labels = np.arange(1000)
    found = Confusion.from_pairs(labels, labels[::-1].copy(), 10**9)
    assert (found.rows.nbytes, found.columns.nbytes, found.counts.nbytes) == (8000, 8000, 8000)


@pytest.mark.parametrize("num_classes", [100, 101])
def test_json_is_the_whole_matrix_up_to_a_hundred_classes(num_classes: int) -> None:
    found = Confusion.from_cells([0, 5], [5, 5], [3, 2], num_classes)
    written = found.as_json()
    if num_classes == 100:
        assert written == found.dense().tolist()
    else:
        assert written == {"num_classes": 101, "rows": [0, 5], "columns": [5, 5], "counts": [3, 2]}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (([0], [0, 1], [1]), "equally many; got 1, 2, 1"),
        (([0], [2], [1]), r"0\.\.1 for 2 classes; got 2\.\.2"),
        (([-1], [1], [1]), r"got -1\.\.-1"),
        (([0], [1], [-4]), "not negative; got -4"),
    ],
)
def test_cells_are_checked(cells: tuple[list[int], ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Confusion.from_cells(*cells, num_classes=2)
