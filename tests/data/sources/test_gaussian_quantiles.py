"""The made data of IWCE: sizes, quantiles, and the same numbers each time."""

import numpy as np
from scipy import stats

from counterpoise.data import load, make_splits, parse
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


def test_the_pool_has_the_same_test_and_other_training_samples_for_each_seed() -> None:
    pool, first = load("gaussian-quantiles-pool"), load("gaussian-quantiles")
    assert np.bincount(pool.labels[pool.indices(0)]).tolist() == [20_000] * 3
    test = pool.inputs.read(pool.indices(2)), first.inputs.read(first.indices(2))
    assert np.array_equal(*test)
    splits = make_splits(pool, parse("counts:800,400,1000"), seeds=[0, 1])
    drawn = [np.concatenate([split.train, split.validation]) for split in splits]
    assert [np.bincount(pool.labels[d]).tolist() for d in drawn] == [[800, 400, 1000]] * 2
    assert len(np.intersect1d(*drawn)) < 0.1 * len(drawn[0])


def test_it_is_a_named_set() -> None:
    dataset = load("gaussian-quantiles")
    assert dataset.input_shape == (10,)
    assert (len(dataset.indices(0)), len(dataset.indices(2))) == (2200, 10_000)
