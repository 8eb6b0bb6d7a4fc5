"""Cost weights: balanced without a matrix, row sums with one."""

import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights import Balanced, Cost

COUNTS = ClassCounts((800, 400, 1000))


def test_costs_without_a_matrix_are_balanced() -> None:
    torch.testing.assert_close(Cost(COUNTS).class_weights, Balanced(COUNTS).class_weights)


def test_class_costs_are_row_sums_and_the_mean_weight_is_one() -> None:
    """Rows (0,1,1), (3,0,3), (10,10,0) cost 2, 6 and 20."""
    counts = (1000, 200, 50)
    matrix = [[0, 1, 1], [3, 0, 3], [10, 10, 0]]
    weights = Cost(ClassCounts(counts), matrix=matrix).class_weights
    torch.testing.assert_close(weights / weights[0], torch.tensor([1.0, 3.0, 10.0]))
    assert float(weights @ torch.tensor(counts, dtype=torch.float32)) == pytest.approx(1250)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0, 1], [1, 0]], r"\(3, 3\)"),
        ([[0, 1, 1], [1, 0], [1, 1, 0]], "equal length"),
        ([[0, 1, 1], [-1, 0, 1], [1, 1, 0]], "0 or more"),
        ([[1, 1, 1], [1, 0, 1], [1, 1, 0]], "diagonal"),
        ([[0, 1, 1], [0, 0, 0], [1, 1, 0]], "row 1"),
        ([[0, 1, 1], [1, 0, float("inf")], [1, 1, 0]], "finite"),
    ],
)
def test_matrices_that_are_none(matrix, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        Cost(COUNTS, matrix=matrix)
