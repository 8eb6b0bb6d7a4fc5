"""Mean and spread by histograms are those of the values."""

import numpy as np
import pytest

from counterpoise.data.moments import histogram, moments, of_histogram


def test_moments_of_bytes_are_those_of_numpy() -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 2, 5, 6), dtype=np.uint8)
    mean, std = moments(images, 1 / 255)
    assert mean == pytest.approx((images / 255).mean(axis=(0, 2, 3)))
    assert std == pytest.approx((images / 255).std(axis=(0, 2, 3)))
    flat = histogram(np.full((1, 1, 2, 2), 7, dtype=np.uint8))
    assert of_histogram(flat, 1.0) == ((7.0,), (1.0,))
