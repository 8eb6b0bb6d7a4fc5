"""Three shells of a ten-dimensional normal distribution: the made data of IWCE and SAMME."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 10
# of the sum of ten squared normal numbers, at 1/3 and 2/3 (chi-square with 10 degrees of freedom)
QUANTILES = (7.61210903, 11.31735739)
TRAIN, TEST = (800, 400, 1000), (3334, 3333, 3333)
POOL = (20_000, 20_000, 20_000)


def gaussian_quantiles(seed: int = 0) -> dict[str, NDArray[np.generic]]:
    """Training and test samples: x ~ N(0, I_10), its class by the squared length.

    Hastie, Tibshirani and Friedman 2009, eq. 10.2, with three classes as Zhu et al. 2009 have it;
    the sizes are those of IWCE 2023, section 4: 800, 400 and 1000 to train on, and 10 000 to test.

    Args:
        seed: of the draws; the named set has 0.

    Returns:
        ``x_train`` (2200, 10) and ``x_test`` (10 000, 10) float32, ``y_train`` and ``y_test``.
    """
    draw = np.random.default_rng(seed)
    x_train, y_train = _drawn(draw, TRAIN)
    x_test, y_test = _drawn(draw, TEST)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def gaussian_pool() -> dict[str, NDArray[np.generic]]:
    """The same test samples as `gaussian_quantiles`, and 20 000 of each class to train on.

    For repeats with training samples of their own: a profile such as ``counts:800,400,1000`` takes
    others for each seed, hardly any of them twice, as if they were drawn anew.
    """
    first = gaussian_quantiles()
    x_train, y_train = _drawn(np.random.default_rng(1), POOL)
    return {**first, "x_train": x_train, "y_train": y_train}


def _drawn(
    draw: np.random.Generator, counts: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """As many of each class, in random order; the surplus of a class is thrown away."""
    values = draw.standard_normal((6 * max(counts), DIMENSIONS))
    classes = np.searchsorted(QUANTILES, (values**2).sum(axis=1), side="right")
    kept = np.concatenate([np.flatnonzero(classes == k)[:n] for k, n in enumerate(counts)])
    kept = draw.permutation(kept)
    return values[kept].astype(np.float32), classes[kept].astype(np.int64)
