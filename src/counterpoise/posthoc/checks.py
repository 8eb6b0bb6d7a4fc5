"""Checks that every posthoc makes of what it is given."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError

FloatArray = npt.NDArray[np.floating[Any]]


def check_scores(scores: FloatArray, num_classes: int | None = None) -> npt.NDArray[np.float64]:
    """Scores (N, K) as float64.

    Raises:
        ArgumentError: not two-dimensional, not finite, or not `num_classes` columns.
    """
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim != 2 or (num_classes is not None and array.shape[1] != num_classes):
        wanted = "K" if num_classes is None else str(num_classes)
        raise ArgumentError(f"scores have shape (N, {wanted}); got {array.shape}")
    if not np.isfinite(array).all():
        raise ArgumentError(
            f"scores are finite; got {int((~np.isfinite(array)).sum())} that are not"
        )
    return array


def check_probabilities(
    scores: FloatArray, num_classes: int | None = None
) -> npt.NDArray[np.float64]:
    """Probabilities (N, K) as float64; logits and margins are refused.

    Raises:
        ArgumentError: as `check_scores`, or an entry outside [0, 1].
    """
    array = check_scores(scores, num_classes)
    if array.size and (array.min() < 0.0 or array.max() > 1.0 + 1e-6):
        raise ArgumentError(
            f"probabilities are in [0, 1]; got {array.min():.4g} to {array.max():.4g} (apply a "
            "softmax to logits; margins have no probabilities)"
        )
    return array


def check_target(
    scores: npt.NDArray[np.float64], target: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Labels (N,) int64 that fit `scores`, at least one of them.

    Raises:
        ArgumentError: lengths differ, nothing to learn from, or a label is no column.
    """
    labels = np.asarray(target)
    if labels.shape != scores.shape[:1] or labels.dtype.kind not in "iu":
        raise ArgumentError(
            f"one integer label per row of scores {scores.shape}; got {labels.dtype} of shape "
            f"{labels.shape}"
        )
    if not labels.size:
        raise ArgumentError("at least one validation sample is needed; got none")
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise ArgumentError(
            f"labels are in [0, {scores.shape[1]}); got {labels.min()} to {labels.max()}"
        )
    return labels.astype(np.int64)


def check_prior(
    prior: Sequence[float] | npt.NDArray[np.float64], num_classes: int, name: str
) -> npt.NDArray[np.float64]:
    """A class prior (K,), normalised to sum 1.

    Raises:
        ArgumentError: wrong length, a negative or non-finite share, or all zero.
    """
    array = np.asarray(prior, dtype=np.float64)
    if array.shape != (num_classes,):
        raise ArgumentError(f"{name} has one share for each of {num_classes} classes; got {prior}")
    if not np.isfinite(array).all() or (array < 0).any() or array.sum() <= 0:
        raise ArgumentError(f"{name} has non-negative shares, not all zero; got {prior}")
    normal: npt.NDArray[np.float64] = array / array.sum()
    return normal


def source_prior(counts: ClassCounts, who: str, zero_count: str) -> npt.NDArray[np.float64]:
    """Training prior (K,) after the zero-count rule; 0 where a class has no sample."""
    counts.require_present(who, zero_count)
    return counts.prior


def log_probabilities(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Logarithms (N, K); 0 counts as 1e-300, so that an impossible class stays comparable."""
    logs: npt.NDArray[np.float64] = np.log(np.maximum(probabilities, 1e-300))
    return logs


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Row-wise softmax of (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    normal: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return normal


def mean_nll(logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Mean of ``-log softmax(logits)[label]`` over N rows."""
    top = logits.max(axis=1)
    log_sum = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float((log_sum - logits[np.arange(len(labels)), labels]).mean())
