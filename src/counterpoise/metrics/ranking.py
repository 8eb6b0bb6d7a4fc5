"""Metrics of order: one-vs-rest AUC and average precision of each score column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from counterpoise.npz import Table, column_blocks

Floats = npt.NDArray[np.float64]


class Ranking:
    """One score column sorted once, seen at the thresholds where a positive sits.

    Samples with equal scores share one threshold, so ties count half in the AUC and the order
    of the samples never matters.

    Args:
        scores: (N,) finite; larger means more positive.
        positive: (N,) bool.

    >>> ranking = Ranking(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    >>> ranking.auc(), round(ranking.average_precision(), 6)
    (0.875, 0.833333)
    """

    def __init__(self, scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> None:
        self.num_positive = int(positive.sum())
        self.num_negative = len(positive) - self.num_positive
        values, self.sizes = np.unique(scores[positive], return_counts=True)
        values, self.sizes = values[::-1], self.sizes[::-1]  # thresholds, highest first: (T,)
        negatives = np.sort(scores[~positive])
        num = len(negatives)
        self.above = num - np.searchsorted(negatives, values, side="right")  # (T,)
        self.reached = num - np.searchsorted(negatives, values, side="left")  # above, or tied

    @property
    def defined(self) -> bool:
        """Whether there is a positive and a negative."""
        return self.num_positive > 0 and self.num_negative > 0

    def auc(self) -> float:
        """``P(s+ > s-) + P(s+ = s-) / 2``; NaN unless both kinds are present."""
        if not self.defined:
            return float("nan")
        not_beaten = float((self.sizes * (self.above + self.reached)).sum()) / 2.0
        return 1.0 - not_beaten / (self.num_positive * self.num_negative)

    def average_precision(self) -> float:
        """Sum of precision times the step in recall; NaN without a positive."""
        if self.num_positive == 0:
            return float("nan")
        found = np.cumsum(self.sizes)
        return float((self.sizes * (found / (found + self.reached))).sum()) / self.num_positive


def auc(scores: Table, target: npt.NDArray[np.int64], *, margins: bool = False) -> float:
    """Unweighted mean of the one-vs-rest AUC of the present classes; rows stay as they are.

    Two margins are ranked by their difference, which decides between the classes. Dividing a
    column by its prior leaves the value unchanged; renormalising rows, or logits in place of
    probabilities, does not. NaN when fewer than two classes are present.
    (Provost & Domingos 2003; Buda et al. 2018)

    Args:
        scores: (N, K) finite.
        target: (N,) in [0, K).
        margins: whether the scores are those of one SVM per class.

    >>> margins, target = np.array([[-1.0, 0.5], [3.0, 1.0], [0.0, 0.2]]), np.array([1, 0, 1])
    >>> auc(margins, target), auc(margins, target, margins=True)
    (0.5, 1.0)
    """
    return _macro([ranking.auc() for ranking in _rankings(scores, target, margins)])


def average_precision(
    scores: Table, target: npt.NDArray[np.int64], *, margins: bool = False
) -> float:
    """Unweighted mean of the one-vs-rest average precision of the present classes.

    Args:
        scores: (N, K) finite.
        target: (N,) in [0, K).
        margins: as for `auc`.
    """
    return _macro([ranking.average_precision() for ranking in _rankings(scores, target, margins)])


def auc_and_average_precision(
    scores: Table, target: npt.NDArray[np.int64], *, margins: bool = False
) -> tuple[float, float]:
    """Both at the price of one, as every column is sorted once."""
    found = [(r.auc(), r.average_precision()) for r in _rankings(scores, target, margins)]
    return _macro([one for one, _ in found]), _macro([other for _, other in found])


def ranked_columns(
    scores: Table, *, margins: bool
) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
    """Class and scores (N,) that rank samples for it: its column, of which only one is held.

    Two SVMs decide by the larger margin, so each class is ranked by how far its own is above the
    other; either column alone would be the curve of another decision.
    """
    if margins and scores.shape[1] == 2:
        table = np.asarray(scores[:], dtype=np.float64)
        difference = table[:, 1] - table[:, 0]
        yield 0, -difference
        yield 1, difference
        return
    for part, columns in column_blocks(scores):
        yield from enumerate(columns.T, start=part.start)


def _rankings(scores: Table, target: npt.NDArray[np.int64], margins: bool) -> Iterator[Ranking]:
    """One for each class, of which only one is held."""
    for k, column in ranked_columns(scores, margins=margins):
        yield Ranking(column, target == k)


def _macro(values: list[float]) -> float:
    defined = [v for v in values if not np.isnan(v)]
    return float(np.mean(defined)) if defined else float("nan")
