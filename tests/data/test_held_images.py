"""Images of several lengths against the arrays that they are made of."""

import numpy as np
import pytest

from counterpoise.data.held_images import HeldImages, begins, middles
from counterpoise.data.moments import histogram, sums
from counterpoise.errors import DataError

FORM = (4, 5)
SIZES = np.array([[4, 5], [4, 12], [9, 5], [4, 6], [4, 30]])
RANDOM = np.random.default_rng(0)


def held(dtype: type = np.uint8, channels: int = 3) -> tuple[HeldImages, list[np.ndarray]]:
    images = [RANDOM.integers(0, 256, (*size, channels)).astype(dtype) for size in SIZES]
    flat = np.concatenate([image.reshape(-1, channels) for image in images])
    return HeldImages(flat, SIZES, FORM), images


def test_any_part_of_each_image_is_read() -> None:
    kept, images = held()
    order = np.array([4, 0, 2, 1, 1])
    top, left = np.array([1, 0, 6, 0, 1]), np.array([27, 2, 1, 9, 0])
    parts = kept.cut(order, top, left, (3, 3))
    for row, index in enumerate(order):
        y, x = top[row], left[row]
        assert np.array_equal(parts[row], images[index][y : y + 3, x : x + 3])


def test_as_an_array_it_is_one_of_middles() -> None:
    kept, images = held()
    assert (kept.shape, len(kept), kept.dtype, kept.ndim) == ((5, 3, *FORM), 5, np.uint8, 4)
    read = kept.read(np.arange(5))
    assert np.array_equal(read[0], images[0])
    assert np.array_equal(read[1], images[1][:, 3:8])
    assert np.array_equal(read[2], images[2][2:6])
    assert np.array_equal(read[3], images[3][:, :5]), "of an odd rest, up left"
    part = kept[np.array([3, 1, 4])][np.array([2, 0])]
    assert part.sizes_of(np.arange(2)).tolist() == [[4, 30], [4, 6]]
    assert np.array_equal(part.read(np.array([0])), kept.read(np.array([4])))
    assert part.pixels is kept.pixels, "nothing is copied"
    with pytest.raises(DataError, match=r"needs images of one size, .*--resize short-side"):
        np.asarray(kept)


def test_statistics_are_those_of_whole_images() -> None:
    kept, images = held()
    chosen = np.array([2, 4])
    expected = sum(histogram(images[i].transpose(2, 0, 1)[None]) for i in chosen)
    assert np.array_equal(kept[chosen].histogram(), expected)
    deep, images = held(np.int32, channels=1)
    each = [sums(images[i].transpose(2, 0, 1)[None]) for i in chosen]
    assert np.array_equal(deep[chosen].sums(), np.concatenate(each))


def test_places() -> None:
    assert begins(SIZES).tolist() == [0, 20, 68, 113, 137]
    top, left = middles(SIZES, FORM)
    assert (top.tolist(), left.tolist()) == ([0, 0, 2, 0, 0], [0, 3, 0, 0, 12])
