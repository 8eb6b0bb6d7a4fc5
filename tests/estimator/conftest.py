"""A small skewed data set."""

import numpy as np
import numpy.typing as npt
import pytest

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def skewed() -> Arrays:
    """Three overlapping classes of 60, 22 and 8 vectors."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [60, 22, 8])
    X = random.normal(size=(90, 4)).astype(np.float32)
    X[np.arange(90), y] += 2.0
    order = random.permutation(90)
    return X[order], y[order]
