"""Crops against every shift of a padded image."""

import pytest
import torch

from counterpoise.augment import Crop
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


def ramp(num=1, height=6, width=5) -> Batch:
    """All pixels different and none 0."""
    images = 1.0 + torch.arange(num * 2 * height * width, dtype=torch.float32)
    return Batch(images.view(num, 2, height, width), torch.zeros(num, dtype=torch.int64))


def test_crops_are_shifts_with_a_border_of_zero() -> None:
    given, padding = ramp(60), 2
    out = Crop(seed=0, padding=padding)(given)
    shifts = set()
    for i in range(60):
        padded = torch.nn.functional.pad(given.inputs[i], (padding,) * 4)
        found = [
            (y, x)
            for y in range(2 * padding + 1)
            for x in range(2 * padding + 1)
            if torch.equal(padded[:, y : y + 6, x : x + 5], out.inputs[i])
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) > 15


def test_what_it_refuses() -> None:
    series = Batch(torch.zeros(2, 3, 9), torch.tensor([0, 1]))
    with pytest.raises(ArgumentError, match="images"):
        Crop(seed=0)(series)
    with pytest.raises(ArgumentError):
        Crop(seed=0, padding=0)
