"""Flip, crop and affine against what they do to single pixels."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy import ndimage

from counterpoise.augment import Affine, Colour, Crop, Flip
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


def test_what_they_refuse() -> None:
    series = Batch(torch.zeros(2, 3, 9), torch.tensor([0, 1]))
    for made in (Flip(seed=0), Crop(seed=0), Affine(seed=0)):
        with pytest.raises(ArgumentError, match="images"):
            made(series)
    for make in (
        lambda: Flip(seed=0, axis="both"),
        lambda: Crop(seed=0, padding=0),
        lambda: Affine(seed=0, zoom=1.0),
        lambda: Affine(seed=0, border="mirror"),
    ):
        with pytest.raises(ArgumentError):
            make()


@pytest.mark.gpu
@pytest.mark.parametrize(
    "make",
    [Flip, Crop, Colour, partial(Affine, degrees=20, zoom=0.1)],
    ids=["flip", "crop", "colour", "affine"],
)
def test_a_gpu_changes_images_as_the_cpu_does(make) -> None:
    images = torch.rand(16, 3, 12, 10)
    labels = torch.zeros(16, dtype=torch.int64)
    there = make(seed=0)(Batch(images.to("cuda"), labels.to("cuda"))).inputs
    assert there.is_cuda
    torch.testing.assert_close(there.cpu(), make(seed=0)(Batch(images, labels)).inputs)
