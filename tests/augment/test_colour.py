"""Colour against its three formulas on single images, and random numbers of one's own."""

import pytest
import torch

from counterpoise.augment import Affine, Colour, Flip
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError

IMAGES = torch.rand(50, 3, 6, 5, generator=torch.Generator().manual_seed(0))
TARGET = torch.zeros(50, dtype=torch.int64)


def changed(**amounts: float) -> torch.Tensor:
    given = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, **amounts}
    return Colour(seed=0, **given)(Batch(IMAGES, TARGET)).inputs


def test_brightness_shifts_all_pixels_of_an_image_alike() -> None:
    shift = (changed(brightness=0.3) - IMAGES).flatten(1)
    assert shift.std(1).max() < 1e-6
    assert 0.25 < shift.abs().max() <= 0.3
    assert shift.mean(1).min() < 0 < shift.mean(1).max()


def test_contrast_keeps_the_mean_and_scales_the_distance_to_it() -> None:
    out = changed(contrast=0.5)
    torch.testing.assert_close(out.mean((1, 2, 3)), IMAGES.mean((1, 2, 3)))
    scale = out.flatten(1).std(1) / IMAGES.flatten(1).std(1)
    assert 0.5 <= scale.min() < 0.8
    assert 1.2 < scale.max() <= 1.5


def test_saturation_keeps_grey_and_at_its_end_leaves_grey_only() -> None:
    out = changed(saturation=1.0)
    torch.testing.assert_close(out.mean(1), IMAGES.mean(1))
    scale = out.std(1).flatten(1).mean(1) / IMAGES.std(1).flatten(1).mean(1)
    assert scale.min() < 0.2
    assert scale.max() > 1.8
    grey = Batch(IMAGES[:, :1], TARGET)
    same = Colour(seed=0, brightness=0, contrast=0, saturation=1)(grey).inputs
    assert torch.equal(same, grey.inputs)


def test_nothing_changes_by_nothing() -> None:
    assert torch.equal(changed(), IMAGES)


@pytest.mark.parametrize("wrong", [{"brightness": -1}, {"contrast": 2}, {"saturation": -0.1}])
def test_settings_outside_their_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match="contrast and saturation in"):
        Colour(seed=0, **wrong)


def test_who_is_mirrored_does_not_decide_how_it_is_turned() -> None:
    """Of the same seed, flips and turns of the same image must not go together."""
    spot = torch.zeros(400, 1, 9, 9)
    spot[:, :, 0, 4] = 1.0  # above the centre; a turn to either side moves it sideways
    batch = Batch(spot, torch.zeros(400, dtype=torch.int64))
    left = torch.arange(9.0) - 4
    turned = Affine(seed=5, degrees=40, shift=0, shear=0)(batch).inputs
    side = (turned.sum((1, 2)) * left).sum(1) > 0
    marked = Batch(torch.arange(9.0).expand(400, 1, 9, 9).contiguous(), batch.target)
    mirrored = Flip(seed=5)(marked).inputs[:, 0, 0, 0] == 8
    both = (side == mirrored).float().mean()
    assert 0.4 < both < 0.6
    other = Flip(seed=5, axis="vertical")(Batch(marked.inputs.mT.contiguous(), batch.target))
    assert 0.4 < (mirrored == (other.inputs[:, 0, 0, 0] == 8)).float().mean() < 0.6
