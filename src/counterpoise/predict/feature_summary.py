"""What the features of training samples are like: their mean, and where they vary most.

With these few numbers somebody who has none of the samples can say how far other samples are from
them, in the directions in which features vary at all (Mahalanobis 1936, restricted to principal
components).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.records import FeaturesPart

COMPONENTS = 16  # directions that are kept
DIGITS = 6  # that are written of each number
LEAST = 2  # samples
NEGLIGIBLE = 1e-9  # share of the largest variance, below which a direction is rounding


def summary(features: npt.NDArray[Any], most: int = COMPONENTS) -> FeaturesPart | None:
    """Mean, leading principal components and their variances; None for fewer than 2 samples.

    Args:
        features: (N, D).
        most: components, at most; directions without variance are left out.

    >>> found = summary(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]))
    >>> found.mean, found.components, found.variances
    ((2.0, 1.0), ((1.0, 0.0),), (4.0,))
    """
    number = len(features)
    if number < LEAST:
        return None
    values = features.reshape(number, -1).astype(np.float64)
    mean = values.mean(0)
    _, lengths, directions = np.linalg.svd(values - mean, full_matrices=False)
    variances = lengths**2 / (number - 1)
    kept = [
        k
        for k in range(min(most, len(variances)))
        if variances[k] > NEGLIGIBLE * max(1e-300, float(variances[0]))
    ]
    signs = [np.sign(directions[k][np.abs(directions[k]).argmax()]) for k in kept]
    return FeaturesPart(
        samples=number,
        mean=_rounded(mean),
        components=tuple(
            _rounded(sign * directions[k]) for sign, k in zip(signs, kept, strict=True)
        ),
        variances=_rounded(variances[kept]),
    )


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") + 0.0 for value in values)  # + 0: no "-0.0"
