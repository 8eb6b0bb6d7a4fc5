"""The arithmetic of sample sizes, against simulated intervals and by hand."""

import numpy as np
import pytest

from counterpoise.report.advice.sample_size import ENOUGH, missing_samples, times_the_data


def test_the_interval_of_so_many_more_samples_just_leaves_out_zero() -> None:
    rng = np.random.default_rng(0)
    difference, sd, n = 0.05, 1.0, 400

    def interval(num: int) -> tuple[float, float]:
        half = 1.96 * sd / np.sqrt(num)
        return difference - half, difference + half

    times = times_the_data(difference, interval(n))
    assert times is not None
    assert interval(times * n)[0] > 0 > interval((times - 1) * n)[0]
    means = rng.normal(difference, sd / np.sqrt(times * n), 2000)
    assert 0.4 < (means - 1.96 * sd / np.sqrt(times * n) > 0).mean() < 0.65  # as often as not


@pytest.mark.parametrize("interval", [(0.01, 0.03), (-0.03, -0.01)])
def test_a_difference_that_shows_needs_no_more(interval: tuple[float, float]) -> None:
    assert times_the_data(0.02, interval) is None
    assert times_the_data(0.0, (-0.1, 0.1)) is None


def test_recall_moves_in_steps_under_a_tenth() -> None:
    assert 1 / ENOUGH < 0.1 <= 1 / (ENOUGH - 1)
    assert [missing_samples(n) for n in (0, 3, 11, 50)] == [11, 8, 0, 0]
