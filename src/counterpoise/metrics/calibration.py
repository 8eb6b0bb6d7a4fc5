"""Are the probabilities true? Negative log-likelihood and expected calibration error."""

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError

BINS = 15  # Guo et al. 2017, section 5
SMALLEST = float(np.finfo(np.float32).tiny)  # 1.2e-38; a class given 0 costs 87.3, not infinity


def log_losses(
    probabilities: npt.NDArray[np.floating], target: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """``-log p`` of the true class of each sample, (N,), from probabilities (N, K).

    A probability below float32's smallest normal number counts as that number.
    """
    own = probabilities[np.arange(len(target)), target].astype(np.float64)
    return -np.log(np.maximum(own, SMALLEST))


def confidence_bins(
    probabilities: npt.NDArray[np.floating], target: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Bin of each sample's confidence (N,), and its confidence minus whether it is right (N,).

    The decision is the argmax of the probabilities themselves. Bins are ``(b/15, (b+1)/15]``.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == target
    bins = np.searchsorted(np.linspace(0.0, 1.0, BINS + 1)[1:-1], confidence, side="left")
    return bins.astype(np.int64, copy=False), confidence - right


def expected_calibration_error(
    probabilities: npt.NDArray[np.floating], target: npt.NDArray[np.int64]
) -> float:
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


def require_probabilities(probabilities: npt.NDArray[np.floating]) -> None:
    """Raise unless rows (N, K) are probabilities that sum to 1 within a thousandth.

    Raises:
        ArgumentError: an entry is outside [0, 1] or not finite, or a row does not sum to 1.
    """
    # NaN fails both comparisons, so one test holds all the rules
    within = np.all((probabilities >= 0) & (probabilities <= 1.001), axis=1)
    sums = probabilities.sum(axis=1, dtype=np.float64)
    good = within & (np.abs(sums - 1.0) <= 1e-3)
    if not good.all():
        i = int(np.argmin(good))
        raise ArgumentError(
            f"probabilities are in [0, 1] and each row sums to 1; row {i} is "
            f"{np.array2string(probabilities[i], precision=4, threshold=8)} with sum "
            f"{sums[i]:.6g} (pass corrected or raw scores as `scores`, and leave "
            "`probabilities` out)"
        )
