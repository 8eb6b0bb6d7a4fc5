"""Centring and scaling: one result in every memory layout, which stays."""

import numpy as np
import pytest

from counterpoise.data.normalise import normalised

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 6), dtype=np.uint8)
SHIFT = np.array([10, 20, 30], dtype=np.float32).reshape(3, 1, 1)
DIVISOR = np.array([2, 4, 8], dtype=np.float32).reshape(3, 1, 1)


@pytest.mark.parametrize("last", [False, True], ids=["channels-first", "channels-last"])
def test_each_channel_by_its_own_constants(last: bool) -> None:
    given = IMAGES
    if last:
        given = np.ascontiguousarray(IMAGES.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    found = normalised(given, SHIFT, DIVISOR)
    assert found.dtype == np.float32
    assert found.strides == tuple(4 * step for step in given.strides)
    assert np.array_equal(found, (IMAGES.astype(np.float32) - SHIFT) / DIVISOR)
    assert np.array_equal(given, IMAGES), "the argument stays as it is"
