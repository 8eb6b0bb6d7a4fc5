"""Affine changes against scipy, in pixels."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from counterpoise.augment import Affine
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


def smooth(height, width) -> torch.Tensor:
    """A blob off the centre, wide enough for linear interpolation."""
    y, x = torch.meshgrid(torch.arange(height) * 1.0, torch.arange(width) * 1.0, indexing="ij")
    return torch.exp(-((y - 0.4 * height) ** 2 + (x - 0.6 * width) ** 2) / 18)[None, None]


@pytest.mark.parametrize("shape", [(24, 24), (20, 32)])
@pytest.mark.parametrize(
    "amounts",
    [
        {"degrees": 30.0, "shift": 0.0, "shear": 0.0},
        {"degrees": 0.0, "shift": 0.2, "shear": 0.0},
        {"degrees": 0.0, "shift": 0.0, "shear": 0.3},
        {"degrees": 20.0, "shift": 0.1, "shear": 0.2, "zoom": 0.2},
    ],
)
def test_affine_against_scipy_in_pixels(shape, amounts) -> None:

    height, width = shape
    image = smooth(height, width)
    made = Affine(seed=5, border="zero", **amounts)
    out = made(Batch(image, torch.tensor([0]))).inputs[0, 0]
    random = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(0,)))
    turn, across, down, shear, zoom = random.uniform(-1, 1, size=(5, 1))[:, 0]
    angle = np.deg2rad(amounts["degrees"]) * turn
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = np.array([[1.0, amounts["shear"] * shear], [0.0, 1.0]])
    matrix = rotation @ sheared / (1 + amounts.get("zoom", 0.0) * zoom)  # of (x, y)
    matrix = matrix[::-1, ::-1]  # of (row, column)
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    moved = amounts["shift"] * np.array([down * height, across * width])
    expected = ndimage.affine_transform(
        image[0, 0].numpy(), matrix, centre - matrix @ centre + moved, order=1, mode="grid-constant"
    )
    assert np.abs(out.numpy() - expected).max() < 0.02
    assert np.abs(out.numpy() - image[0, 0].numpy()).max() > 0.05


def test_outside_is_the_nearest_pixel_or_zero() -> None:
    given = Batch(torch.full((40, 1, 8, 8), 3.0), torch.zeros(40, dtype=torch.int64))
    near = Affine(seed=0)(given).inputs
    torch.testing.assert_close(near, given.inputs)
    assert Affine(seed=0, border="zero")(given).inputs.min() == 0


def test_what_it_refuses() -> None:
    series = Batch(torch.zeros(2, 3, 9), torch.tensor([0, 1]))
    with pytest.raises(ArgumentError, match="images"):
        Affine(seed=0)(series)
    with pytest.raises(ArgumentError):
        Affine(seed=0, zoom=1.0)
    with pytest.raises(ArgumentError):
        Affine(seed=0, border="mirror")
    with pytest.raises(ArgumentError):
        Affine(seed=0, degrees=-1.0)
