"""Metrics of predictions, from three sums per class; leading dimensions are free.

Every function takes ``hits``, ``true``, ``predicted`` (..., K): the diagonal, row sums and
column sums of a confusion matrix with rows true. So one formula serves a single evaluation (K,)
and two thousand bootstrap draws (2000, K). No true sample at all gives NaN.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64] | npt.NDArray[np.float32]


def accuracy(hits: Counts, true: Counts) -> Floats:
    """Share of samples that are predicted right, (...)."""
    return _ratio(hits.sum(-1), true.sum(-1), np.nan)


def recall(hits: Counts, true: Counts) -> Floats:
    """Share of each class that is found, (..., K); NaN for a class without a true sample.

    >>> recall(np.array([8, 3, 0]), np.array([10, 5, 0]))
    array([0.8, 0.6, nan])
    """
    return _ratio(hits, true, np.nan)


def precision(hits: Counts, predicted: Counts) -> Floats:
    """Share of each class's predictions that are right, (..., K); 0 when never predicted."""
    return _ratio(hits, predicted, 0.0)


def f1(
    hits: Counts, true: Counts, predicted: Counts, absent: Literal["zero", "ignore"] = "zero"
) -> Floats:
    """Harmonic mean of precision and recall, (..., K).

    A class that is neither present nor predicted has 0, or NaN under ``absent="ignore"``.
    """
    return _ratio(2.0 * hits, true + predicted, 0.0 if absent == "zero" else np.nan)


def macro_f1(
    hits: Counts, true: Counts, predicted: Counts, absent: Literal["zero", "ignore"] = "zero"
) -> Floats:
    """Mean of F1 over all classes, (...); `absent` as in `f1`."""
    return _mean(f1(hits, true, predicted, absent), np.any(true > 0, axis=-1))


def balanced_accuracy(hits: Counts, true: Counts) -> Floats:
    """Mean recall over the classes that have true samples, (...)."""
    return _mean(recall(hits, true), np.any(true > 0, axis=-1))


def g_mean(hits: Counts, true: Counts) -> Floats:
    """Geometric mean of recall over the classes that have true samples, (...).

    Exactly 0 when a present class is never found; through logarithms otherwise, so that a
    thousand classes do not underflow.

    >>> g_mean(np.array([1, 4]), np.array([4, 4]))
    array(0.5)
    """
    per_class = recall(hits, true)
    with np.errstate(divide="ignore"):
        mean = _mean(np.log(per_class), np.any(true > 0, axis=-1))
    return np.asarray(np.exp(mean), dtype=np.float64)


def worst_recall(hits: Counts, true: Counts) -> Floats:
    """Smallest recall among the classes that have true samples, (...)."""
    present = true > 0
    smallest = np.min(recall(hits, true), axis=-1, where=present, initial=np.inf)
    return np.where(np.any(present, axis=-1), smallest, np.nan)


def mcc(hits: Counts, true: Counts, predicted: Counts) -> Floats:
    """Matthews correlation for K classes, (...), in [-1, 1].

    0 when only one class is predicted or only one is present, as scikit-learn has it.
    (Gorodkin 2004, eq. 8)
    """
    t, p = true.astype(np.float64), predicted.astype(np.float64)
    total = t.sum(-1)
    covariance = hits.sum(-1, dtype=np.float64) * total - (t * p).sum(-1)
    spread_true = total**2 - (t**2).sum(-1)
    spread_predicted = total**2 - (p**2).sum(-1)
    value = _ratio(covariance, np.sqrt(spread_true) * np.sqrt(spread_predicted), 0.0)
    return np.where(total > 0, value, np.nan)


def _ratio(numerator: Counts, denominator: Counts, otherwise: float) -> Floats:
    denominator = np.asarray(denominator, dtype=np.float64)
    numerator = np.asarray(numerator, dtype=np.float64)
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), otherwise)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def _mean(values: Floats, any_defined: npt.NDArray[np.bool_]) -> Floats:
    """Mean over the last dimension without NaN; NaN where nothing is defined."""
    defined = ~np.isnan(values)
    number = defined.sum(-1)
    total = np.sum(values, axis=-1, where=defined)
    return np.where(any_defined, total / np.maximum(number, 1), np.nan)
