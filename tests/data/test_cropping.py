"""The middle of images, and crops that cannot be."""

import numpy as np
import pytest
import torch

from counterpoise.data import Preprocess
from counterpoise.data.cropping import centre, require_croppable
from counterpoise.errors import ArgumentError, CheckpointError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 7, 10), dtype=np.uint8)


def test_arrays_and_tensors_keep_the_same_middle() -> None:
    assert np.array_equal(centre(IMAGES, 4), IMAGES[:, :, 1:5, 3:7])
    assert np.array_equal(centre(torch.from_numpy(IMAGES), 4).numpy(), IMAGES[:, :, 1:5, 3:7])
    assert np.array_equal(centre(IMAGES, 7), IMAGES[:, :, :, 1:8])


def test_a_crop_larger_than_an_image_or_of_no_image_is_refused() -> None:
    require_croppable("image", (3, 7, 10), 7)
    with pytest.raises(ArgumentError, match=r"cuts 8 x 8 pixels out of images of 10 x 7"):
        require_croppable("image", (3, 7, 10), 8)
    with pytest.raises(ArgumentError, match=r"got 8 for vectors of shape \(5,\)"):
        require_croppable("vector", (5,), 8)


def test_preprocessing_that_crops_is_that_of_the_middle_and_is_saved() -> None:
    from dataclasses import replace

    whole = Preprocess.fit("standard", IMAGES)
    cut = replace(whole, crop=4, resize="short-side")
    assert cut.read_shape == (3, 4, 4)
    assert whole.read_shape == (3, 7, 10)
    assert np.array_equal(cut.apply(IMAGES), whole.apply(IMAGES)[:, :, 1:5, 3:7])
    tensor = torch.from_numpy(IMAGES)
    assert torch.equal(cut.apply(tensor), whole.apply(tensor)[:, :, 1:5, 3:7])
    assert "crop" not in whole.to_dict()
    assert Preprocess.from_dict(cut.to_dict()) == cut
    with pytest.raises(CheckpointError, match="'by seam carving'"):
        Preprocess.from_dict({**cut.to_dict(), "resize": "by seam carving"})
