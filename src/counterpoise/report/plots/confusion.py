"""Confusion matrices as numbers, from head to tail; of many classes, the pairs confused most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.metrics import Confusion
from counterpoise.report.plots.style import shorten
from counterpoise.report.results import MethodResult, Results

MOST_IN_MATRIX = 20  # classes
PAIRS = 10  # of each method
STEPS = 10  # of shading


@dataclass(frozen=True)
class Matrix:
    """Test samples of all splits by true class (row) and predicted class (column).

    Args:
        names: of rows and of columns, head to tail.
        cells: (number, share of its row) of each cell.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[tuple[int, float], ...], ...]


@dataclass(frozen=True)
class Pair:
    """A true class that is predicted as another: how many samples, and of how many."""

    true: str
    predicted: str
    number: int
    of: int


def matrix(results: Results, method: MethodResult) -> Matrix | None:
    """None of many classes, and where no matrix is known."""
    experiment = results.experiment
    if method.confusion is None or len(experiment.classes) > MOST_IN_MATRIX:
        return None
    order = list(ClassCounts(experiment.counts).head_to_tail)
    counts = method.confusion.dense()[np.ix_(order, order)]
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = [
        tuple((int(n), float(n / total)) for n in row)
        for row, (total,) in zip(counts, totals, strict=True)
    ]
    return Matrix(tuple(shorten(experiment.classes[k]) for k in order), tuple(rows))


def pairs(results: Results, method: MethodResult) -> tuple[Pair, ...]:
    """The pairs with the most errors, the most first; none where no matrix is known."""
    confusion, classes = method.confusion, results.experiment.classes
    if confusion is None:
        return ()
    return tuple(
        Pair(
            classes[int(confusion.rows[cell])],
            classes[int(confusion.columns[cell])],
            int(confusion.counts[cell]),
            int(confusion.true[confusion.rows[cell]]),
        )
        for cell in most_confused(confusion, PAIRS)
    )


def most_confused(confusion: Confusion, number: int) -> npt.NDArray[np.int64]:
    """Cells off the diagonal with the most samples; among equals, the larger share first.

    Returns:
        (number,) indices into the cells, or fewer where there are fewer errors.
    """
    wrong = np.flatnonzero(confusion.rows != confusion.columns)
    counts = confusion.counts[wrong]
    size = confusion.true[confusion.rows[wrong]]
    order = np.lexsort((wrong, size, -counts))[:number]
    return wrong[order]
