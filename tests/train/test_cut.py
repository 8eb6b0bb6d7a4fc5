"""Random squares against every place that they may come from."""

import numpy as np
import pytest
import torch

from counterpoise.errors import CheckpointError
from counterpoise.train.cut import Cut, Places, squares, turned

IMAGES = torch.arange(200 * 2 * 6 * 5, dtype=torch.int32).view(200, 2, 6, 5)
SIZES = np.tile((6, 5), (200, 1))


def test_each_image_gives_a_square_of_its_own_from_any_place() -> None:
    cut = Cut(4, seed=0)
    drawn = cut.places(SIZES)
    out = squares(IMAGES, drawn, 4)
    assert out.shape == (200, 2, 4, 4)
    assert drawn.mirrored is None
    assert torch.equal(turned(out, drawn), out)
    places = []
    for i in range(200):
        found = [
            (y, x)
            for y in range(3)
            for x in range(2)
            if torch.equal(IMAGES[i, :, y : y + 4, x : x + 4], out[i])
        ]
        assert found == [(drawn.top[i], drawn.left[i])]
        places += found
    counts = [places.count((y, x)) for y in range(3) for x in range(2)]
    assert min(counts) > 15, "200 draws of six places"
    again = cut.places(SIZES)
    assert not np.array_equal(again.left, drawn.left), "other places each time"
    other = Cut(4, seed=0)
    other.load_state_dict({"calls": 1})
    assert np.array_equal(other.places(SIZES).left, again.left)
    assert other.state_dict() == {"calls": 2}


def test_each_image_is_as_long_as_it_is() -> None:
    sizes = np.array([[4, 4], [4, 40], [40, 4]] * 100)
    top, left, _ = Cut(4, seed=1).places(sizes)
    assert not top[::3].any()
    assert not left[::3].any()
    assert not top[1::3].any()
    assert not left[2::3].any()
    for places in (left[1::3], top[2::3]):
        assert (places.min(), places.max()) == (0, 36), "both ends are seen"


def test_images_of_one_size_give_the_squares_that_earlier_versions_cut() -> None:
    random = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(0, 4)))
    expected = [random.integers(extent - 4 + 1, size=200) for extent in (6, 5)]
    for mirror in (False, True):
        top, left, _ = Cut(4, seed=3, mirror=mirror).places(SIZES)
        assert np.array_equal(top, expected[0])
        assert np.array_equal(left, expected[1])


def test_half_of_the_squares_are_mirrored() -> None:
    drawn = Cut(4, seed=0, mirror=True).places(SIZES)
    assert drawn.mirrored is not None
    assert 70 < drawn.mirrored.sum() < 130
    cut = squares(IMAGES, drawn, 4)
    out = turned(cut, drawn)
    for i, mirrored in enumerate(drawn.mirrored):
        assert torch.equal(out[i], cut[i].flip(-1) if mirrored else cut[i])


def test_a_state_of_something_else_is_refused() -> None:
    with pytest.raises(CheckpointError, match="lacks calls"):
        Cut(4, seed=0).load_state_dict({"position": 3})


def test_places_of_one_batch_are_of_that_batch() -> None:
    places = Places(np.array([1, 0]), np.array([0, 1]))
    assert squares(IMAGES[:2], places, 3)[1, 0].tolist() == IMAGES[1, 0, :3, 1:4].tolist()
