"""Sums of weights against a slow loop."""

import numpy as np

from counterpoise.report.bootstrap.weighted_sums import WeightedSums


def test_agrees_with_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    rows, samples = rng.integers(0, 4, 50), rng.integers(0, 20, 50)
    values = rng.normal(size=50).astype(np.float32)
    weights = rng.integers(0, 3, (20, 7)).astype(np.float32)
    expected = np.zeros((5, 7))
    for row, sample, value in zip(rows, samples, values, strict=True):
        expected[row] += value * weights[sample]
    sums = WeightedSums(rows, samples, values, num_rows=5, num_samples=20)
    np.testing.assert_allclose(sums(weights), expected, atol=1e-5)
    assert sums(weights).dtype == np.float32
    # the draws of a block do not depend on which other draws are in it
    np.testing.assert_array_equal(sums(weights[:, 2:3]), sums(weights)[:, 2:3])
