"""Are the probabilities true? Negative log-likelihood and expected calibration error."""

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError
from counterpoise.npz import Table, row_blocks

Floats = npt.NDArray[np.float64]

BINS = 15  # Guo et al. 2017, section 5
SMALLEST = float(np.finfo(np.float32).tiny)  # 1.2e-38; a class given 0 costs 87.3, not infinity


def log_losses(probabilities: Table, target: npt.NDArray[np.int64]) -> Floats:
    """``-log p`` of the true class of each sample, (N,), from probabilities (N, K).

    A probability below float32's smallest normal number counts as that number.
    """
    own = np.empty(len(target))
    for part, rows in row_blocks(probabilities):
        own[part] = rows[np.arange(len(rows)), target[part]]
    return -np.log(np.maximum(own, SMALLEST))


def confidences(
    probabilities: Table, target: npt.NDArray[np.int64]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Largest probability of each sample (N,), and whether it is the true class's (N,)."""
    confidence, right = np.empty(len(target)), np.empty(len(target), dtype=np.bool_)
    for part, rows in row_blocks(probabilities):
        confidence[part] = rows.max(axis=1)
        right[part] = rows.argmax(axis=1) == target[part]
    return confidence, right


def confidence_bins(
    probabilities: Table, target: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Bin of each sample's confidence (N,), and its confidence minus whether it is right (N,).

    Predicted is the argmax of the probabilities themselves. Bins are ``(b/15, (b+1)/15]``.
    """
    confidence, right = confidences(probabilities, target)
    bins = np.searchsorted(np.linspace(0.0, 1.0, BINS + 1)[1:-1], confidence, side="left")
    return bins.astype(np.int64, copy=False), confidence - right


def expected_calibration_error(probabilities: Table, target: npt.NDArray[np.int64]) -> float:
    """Mean gap between confidence and accuracy, over 15 bins of equal width, in [0, 1].

    NaN without samples. (Naeini et al. 2015; Guo et al. 2017, eq. 3)

    >>> sure_and_half_right = np.array([[0.9, 0.1], [0.9, 0.1]])
    >>> round(expected_calibration_error(sure_and_half_right, np.array([0, 1])), 6)
    0.4
    """
    if len(target) == 0:
        return float("nan")
    bins, gap = confidence_bins(probabilities, target)
    sums = np.bincount(bins, weights=gap, minlength=BINS)
    return float(np.abs(sums).sum() / len(target))


def require_probabilities(probabilities: Table) -> None:
    """Raise unless rows (N, K) are probabilities that sum to 1 within a thousandth.

    Raises:
        ArgumentError: an entry is outside [0, 1] or not finite, or a row does not sum to 1.
    """
    for part, rows in row_blocks(probabilities):
        # NaN fails both comparisons, so one test holds all the rules
        within = np.all((rows >= 0) & (rows <= 1.001), axis=1)
        sums = rows.sum(axis=1, dtype=np.float64)
        good = within & (np.abs(sums - 1.0) <= 1e-3)
        if not good.all():
            i = int(np.argmin(good))
            raise ArgumentError(
                f"probabilities are in [0, 1] and each row sums to 1; row {part.start + i} is "
                f"{np.array2string(rows[i], precision=4, threshold=8)} with sum "
                f"{sums[i]:.6g} (pass corrected or raw scores as `scores`, and leave "
                "`probabilities` out)"
            )
