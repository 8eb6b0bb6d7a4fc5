"""Flips against the images mirrored by hand."""

import pytest
import torch

from counterpoise.augment import Flip
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


def ramp(num=1, height=6, width=5) -> Batch:
    """All pixels different and none 0."""
    images = 1.0 + torch.arange(num * 2 * height * width, dtype=torch.float32)
    return Batch(images.view(num, 2, height, width), torch.zeros(num, dtype=torch.int64))


@pytest.mark.parametrize(("axis", "dim"), [("horizontal", -1), ("vertical", -2)])
def test_each_image_is_mirrored_or_not(axis, dim) -> None:
    given = ramp(200)
    out = Flip(seed=0, axis=axis)(given)
    flipped = (out.inputs == given.inputs.flip(dim)).flatten(1).all(1)
    kept = (out.inputs == given.inputs).flatten(1).all(1)
    assert (flipped ^ kept).all()
    assert 70 < int(flipped.sum()) < 130
    assert torch.equal(Flip(seed=0, axis=axis, probability=0)(given).inputs, given.inputs)


def test_what_it_refuses() -> None:
    series = Batch(torch.zeros(2, 3, 9), torch.tensor([0, 1]))
    with pytest.raises(ArgumentError, match="images"):
        Flip(seed=0)(series)
    with pytest.raises(ArgumentError):
        Flip(seed=0, axis="both")
    with pytest.raises(ArgumentError):
        Flip(seed=0, probability=1.5)
