"""Metrics of many decisions at once, from the counts of hits and predictions per class.

Each takes hits (M, K), predicted (M, K) and true (K,) and gives M values. A threshold search
tries thousands of decisions, so it cannot make a confusion matrix for each.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Metric = Callable[[Values, Values, Values], Values]


def _recall(hits: Values, true: Values) -> Values:
    recall: Values = hits / np.maximum(true, 1)
    return recall


def _accuracy(hits: Values, predicted: Values, true: Values) -> Values:
    value: Values = hits.sum(-1) / true.sum()
    return value


def _balanced_accuracy(hits: Values, predicted: Values, true: Values) -> Values:
    value: Values = _recall(hits, true).sum(-1) / (true > 0).sum()
    return value


def _g_mean(hits: Values, predicted: Values, true: Values) -> Values:
    recall = np.where(true > 0, _recall(hits, true), 1.0)
    value: Values = recall.prod(-1) ** (1 / (true > 0).sum())
    return value


def _macro_f1(hits: Values, predicted: Values, true: Values) -> Values:
    both = predicted + true
    value: Values = (2 * hits / np.maximum(both, 1)).mean(-1)
    return value


def _worst_recall(hits: Values, predicted: Values, true: Values) -> Values:
    value: Values = np.where(true > 0, _recall(hits, true), np.inf).min(-1)
    return value


METRICS: dict[str, Metric] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "g_mean": _g_mean,
    "macro_f1": _macro_f1,
    "worst_recall": _worst_recall,
}
