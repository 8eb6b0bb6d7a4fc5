"""All metrics of one run under many sets of test-sample weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import BINS, Evaluation, log_losses, tallies
from counterpoise.metrics.calibration import confidence_bins
from counterpoise.metrics.count_metric import count_metrics
from counterpoise.metrics.names import EXPECTED_COST
from counterpoise.report.bootstrap.weighted_ranking import WeightedRanking
from counterpoise.report.bootstrap.weighted_sums import WeightedSums

Floats = npt.NDArray[np.float64]
BLOCK = 2**21  # sums of classes that are held at once


class WeightedMetrics:
    """The test outputs of a run, prepared so that a draw costs a few sums.

    Args:
        evaluation: with scores and target.
        exact_order: whether AUC and average precision are computed anew for each draw; else
            they are the first-order expansion around the whole test set (one inner product
            for each draw), whose error vanishes as the test set grows.
    """

    def __init__(self, evaluation: Evaluation, exact_order: bool) -> None:
        assert evaluation.scores is not None
        assert evaluation.target is not None
        self.evaluation = evaluation
        self.num_classes = evaluation.num_classes
        self.exact_order = exact_order
        target = evaluation.target
        num, self.defined = len(target), evaluation.values()
        samples = np.arange(num)
        predictions = evaluation.predictions
        right = predictions == target
        ones = np.ones(num, dtype=np.float32)
        K = self.num_classes
        rows = [target, K + predictions, 2 * K + target[right]]
        columns, values = [samples, samples, samples[right]], [ones, ones, ones[right]]
        if evaluation.probabilities is not None:
            bins, gap = confidence_bins(evaluation.probabilities, target)
            losses = log_losses(evaluation.probabilities, target)
            rows += [3 * K + bins, np.full(num, 3 * K + BINS)]
            columns += [samples, samples]
            values += [gap.astype(np.float32), losses.astype(np.float32)]
        self.num_rows = 3 * K + BINS + 1
        if evaluation.costs is not None:
            rows.append(np.full(num, self.num_rows))
            columns.append(samples)
            self.num_rows += 1
            values.append(evaluation.costs.of(target, predictions).astype(np.float32))
        self.sums = WeightedSums(
            np.concatenate(rows),
            np.concatenate(columns),
            np.concatenate(values),
            num_rows=self.num_rows,
            num_samples=num,
        )
        self.rankings: list[WeightedRanking] = []  # kept where each draw sorts anew
        total, number = np.zeros((2, num)), 0
        for ranking in _rankings(evaluation):
            if exact_order:
                self.rankings.append(ranking)
            else:
                total += ranking.influence()
                number += 1
        self.influence = (total / max(number, 1)).astype(np.float32)

    def __call__(self, weights: npt.NDArray[np.float32]) -> dict[str, Floats]:
        """Metric -> (r,) for weights (n, r); what the whole test set leaves undefined is NaN."""
        draws = weights.shape[1]
        size = max(1, BLOCK // self.num_rows)
        parts = [self._of_sums(weights[:, at : at + size]) for at in range(0, draws, size)]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        found["auc"], found["average_precision"] = self._order(weights)
        undefined = [name for name, value in self.defined.items() if value is None]
        return found | {name: np.full(draws, np.nan) for name in undefined}

    def _of_sums(self, weights: npt.NDArray[np.float32]) -> dict[str, Floats]:
        """The metrics that need no order."""
        K = self.num_classes
        sums = self.sums(weights).T.astype(np.float64)  # (r, 3 K + BINS + 1, or + 2)
        true, predicted, hits = sums[:, :K], sums[:, K : 2 * K], sums[:, 2 * K : 3 * K]
        total = true.sum(axis=1)
        f1 = tallies.f1(hits, true, predicted, absent="ignore")
        # a class that the whole test set lacks counts 0 in every draw, as in the metric itself;
        # one that only this draw lacks is left out
        f1[:, self.evaluation.true == 0] = np.nan_to_num(f1[:, self.evaluation.true == 0])
        costs = {}
        if self.evaluation.costs is not None:
            costs[EXPECTED_COST] = sums[:, -1] / total
        return {
            **costs,
            "accuracy": tallies.accuracy(hits, true),
            "balanced_accuracy": tallies.balanced_accuracy(hits, true),
            "g_mean": tallies.g_mean(hits, true),
            "macro_f1": _mean(f1),
            "mcc": tallies.mcc(hits, true, predicted),
            "worst_recall": tallies.worst_recall(hits, true),
            **{key: metric(hits, true, predicted) for key, metric in count_metrics().items()},
            "nll": sums[:, 3 * K + BINS] / total,
            "ece": np.abs(sums[:, 3 * K : 3 * K + BINS]).sum(axis=1) / total,
        }

    def _order(self, weights: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
        if self.exact_order:
            both = np.array([ranking.weighted(weights) for ranking in self.rankings])  # (K, 2, r)
            if not len(both):
                both = np.full((1, 2, weights.shape[1]), np.nan)
            return _mean(both[:, 0].T), _mean(both[:, 1].T)
        mean_weight = weights.mean(axis=0, dtype=np.float64)
        change = (self.influence @ weights) / mean_weight
        auc = self.evaluation.auc + change[0]
        average = self.evaluation.average_precision + change[1]
        return np.clip(auc, 0.0, 1.0), np.clip(average, 0.0, 1.0)


def _rankings(evaluation: Evaluation) -> Iterator[WeightedRanking]:
    """One for each class that has samples and a rest, of which a caller may keep only one."""
    target = evaluation.target
    assert target is not None
    for k, column in evaluation.ranked_columns():
        if 0 < int(evaluation.true[k]) < len(target):
            yield WeightedRanking(column, target == k)


def _mean(values: Floats) -> Floats:
    """Mean of rows (r, K) without NaN; NaN for a row that has nothing else."""
    defined = ~np.isnan(values)
    number = defined.sum(axis=1)
    total = np.sum(values, axis=1, where=defined)
    mean = np.full(len(values), np.nan)
    np.divide(total, number, out=mean, where=number > 0)
    return mean
