"""The made data of IWCE: sizes, quantiles, and the same numbers each time."""

import numpy as np
from scipy import stats

from counterpoise.data import load
from counterpoise.data.sources.gaussian_quantiles import QUANTILES, gaussian_quantiles


def test_the_quantiles_are_those_of_chi_square() -> None:
    np.testing.assert_allclose(QUANTILES, stats.chi2.ppf([1 / 3, 2 / 3], 10), atol=5e-9)


def test_the_class_is_the_shell_and_sizes_are_the_papers() -> None:
    arrays = gaussian_quantiles()
    for part, counts in (("train", [800, 400, 1000]), ("test", [3334, 3333, 3333])):
        x, y = arrays[f"x_{part}"].astype(np.float64), arrays[f"y_{part}"]
        assert np.bincount(y).tolist() == counts
        squares = (x**2).sum(axis=1)
        assert (np.searchsorted(QUANTILES, squares) == y).mean() > 0.9999  # float32 at the edges
    assert abs(arrays["x_test"].mean()) < 0.02
    assert not np.array_equal(arrays["x_train"][:5], gaussian_quantiles(1)["x_train"][:5])


def test_it_is_a_named_set() -> None:
    dataset = load("gaussian-quantiles")
    assert dataset.input_shape == (10,)
    assert (len(dataset.indices(0)), len(dataset.indices(2))) == (2200, 10_000)
