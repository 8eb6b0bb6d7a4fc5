"""What mistakes cost on average, by a matrix of costs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError

Floats = npt.NDArray[np.float64]


def expected_cost(confusion: npt.ArrayLike, costs: npt.ArrayLike) -> Floats:
    """Mean cost of a sample, (...), NaN without samples. (Elkan 2001, section 1)

    Args:
        confusion: (..., K, K) samples, rows true, columns predicted.
        costs: (K, K) of predicting class j (column) where i is true (row).

    Raises:
        ArgumentError: the last two dimensions differ.

    >>> expected_cost([[80, 10], [4, 6]], [[0, 1], [10, 0]])  # (10 + 4 * 10) / 100
    array(0.5)
    """
    counts, prices = np.asarray(confusion, np.float64), np.asarray(costs, np.float64)
    if prices.ndim != 2 or counts.shape[-2:] != prices.shape:
        raise ArgumentError(
            f"costs have an entry for each of the confusion matrix {counts.shape[-2:]}; got shape "
            f"{prices.shape}"
        )
    total = counts.sum((-2, -1))
    mean = np.full(total.shape, np.nan)
    np.divide((counts * prices).sum((-2, -1)), total, out=mean, where=total > 0)
    return mean


def operating_costs(
    score: npt.ArrayLike, target: npt.ArrayLike, thresholds: npt.ArrayLike, costs: npt.ArrayLike
) -> Floats:
    """Expected cost (T,) at each threshold of a binary score.

    Class 1 is predicted from the threshold on. The best threshold is
    ``thresholds[operating_costs(...).argmin()]``, which is what scikit-learn's
    `TunedThresholdClassifierCV` finds on the same samples.

    Args:
        score: (N,) for class 1.
        target: (N,) in {0, 1}.
        thresholds: (T,).
        costs: (2, 2), rows true.

    Raises:
        ArgumentError: lengths differ, labels are others, or costs are not of two classes.

    >>> operating_costs([0.1, 0.4, 0.6], [0, 1, 1], [0.2, 0.5, 0.9], [[0, 1], [3, 0]])
    array([0., 1., 2.])
    """
    values, labels = np.asarray(score, np.float64), np.asarray(target)
    if values.ndim != 1 or labels.shape != values.shape:
        raise ArgumentError(
            f"score and target are (N,), one for each sample; got {values.shape} and {labels.shape}"
        )
    if not np.isin(labels, (0, 1)).all():
        raise ArgumentError(f"target is 0 or 1; got {labels.min()} to {labels.max()}")
    marks = np.asarray(thresholds, np.float64)
    below = [
        np.searchsorted(np.sort(values[labels == k]), marks, side="left") for k in (0, 1)
    ]  # each (T,): samples of class k that are predicted 0
    number = np.bincount(labels.astype(np.int64), minlength=2)
    confusion = np.stack([[low, n - low] for low, n in zip(below, number, strict=True)])
    return expected_cost(np.moveaxis(confusion, -1, 0), costs)
