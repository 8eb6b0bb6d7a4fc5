"""AUC and average precision of one score column under many sets of sample weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterpoise.report.bootstrap.weighted_sums import WeightedSums

Floats = npt.NDArray[np.float64]


class WeightedRanking:
    """One score column against "rest", sorted once.

    Args:
        scores: (n,) finite.
        positive: (n,) bool, with at least one of each kind.
    """

    def __init__(self, scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> None:
        self.num = len(scores)
        self.positives = np.flatnonzero(positive)
        self.negatives = np.flatnonzero(~positive)
        rising, self.level = np.unique(-scores[self.positives], return_inverse=True)  # (n+,)
        against = -scores[self.negatives]
        # a negative is reached from the first threshold at or below its score, and ranked
        # strictly above the positives from the first threshold below it
        self.reached_from = np.searchsorted(rising, against, side="left")  # (n-,)
        self.above_from = np.searchsorted(rising, against, side="right")
        self.thresholds = len(rising)

    def weighted(self, weights: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
        """AUC (r,) and average precision (r,) for sample weights (n, r); NaN where undefined."""
        per_level = self._sums(self.positives, self.level)(weights)
        reached = _running(self._sums(self.negatives, self.reached_from)(weights))
        above = reached
        if not np.array_equal(self.above_from, self.reached_from):  # scores are tied
            above = _running(self._sums(self.negatives, self.above_from)(weights))
        found = _running(per_level.copy())
        positive = found[-1].astype(np.float64)
        negative = weights.sum(axis=0, dtype=np.float64) - positive
        with np.errstate(divide="ignore", invalid="ignore"):
            losses = np.einsum("tr,tr->r", per_level, above + reached) / 2.0
            auc = 1.0 - losses / (positive * negative)
            precision = np.divide(found, found + reached, out=found, where=found > 0)
            average = np.einsum("tr,tr->r", per_level, precision) / positive
        return auc, average

    def influence(self) -> tuple[Floats, Floats]:
        """Derivatives (n,) of AUC and of average precision by each sample's weight, at 1."""
        num_positive, num_negative = len(self.positives), len(self.negatives)
        per_level = np.bincount(self.level, minlength=self.thresholds)
        reached = np.cumsum(np.bincount(self.reached_from, minlength=self.thresholds + 1))[:-1]
        above = np.cumsum(np.bincount(self.above_from, minlength=self.thresholds + 1))[:-1]
        found = np.cumsum(per_level)
        auc, average = np.zeros(self.num), np.zeros(self.num)

        beats = 1.0 - (above + reached) / 2.0 / num_negative  # (thresholds,)
        before = np.concatenate([[0], found])
        beaten = (before[self.reached_from] + before[self.above_from]) / 2.0 / num_positive
        value = float((per_level * beats).sum()) / num_positive
        auc[self.positives] = (beats[self.level] - value) / num_positive
        auc[self.negatives] = (beaten - value) / num_negative

        precision = found / (found + reached)
        value = float((per_level * precision).sum()) / num_positive
        gain = _onwards(per_level * reached / (found + reached) ** 2)
        cost = _onwards(per_level * found / (found + reached) ** 2)
        average[self.positives] = (precision[self.level] - value + gain[self.level]) / num_positive
        average[self.negatives] = -cost[self.reached_from] / num_positive
        return auc, average

    def _sums(self, samples: npt.NDArray[np.int64], level: npt.NDArray[np.int64]) -> WeightedSums:
        """Adds up the weights of the samples at each threshold; levels beyond the last drop."""
        inside = level < self.thresholds
        return WeightedSums(
            level[inside], samples[inside], num_rows=self.thresholds, num_samples=self.num
        )


def _running(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Cumulative sum down the rows, in place; adding row to row is what vectorises."""
    for i in range(1, len(rows)):
        rows[i] += rows[i - 1]
    return rows


def _onwards(values: Floats) -> Floats:
    """Sum from each entry to the end, with a final 0: (t,) -> (t + 1,)."""
    return np.append(np.cumsum(values[::-1])[::-1], 0.0)
