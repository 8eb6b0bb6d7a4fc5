"""Which images DeepSMOTE takes, judged before and while it resamples."""

import numpy as np
import pytest

from counterpoise.errors import DataError
from counterpoise.resamplers import DeepSMOTE
from counterpoise.resamplers.image_shape import check_image_shape


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((16,), r"got samples of shape \(16,\) \(for tables there is SMOTE\)"),
        ((28, 28), "a grey image has C = 1"),
        ((28, 28, 3), "move the channels to axis 1"),
        ((2, 28, 28), "choose or merge channels"),
        ((1, 28, 32), "crop, pad or resize to a square"),
        ((1, 27, 27), "resize to 28 pixels a side"),
        ((3, 65, 65), "resize to 64 pixels a side"),
    ],
)
def test_other_samples_are_refused_with_what_to_do(shape, words) -> None:
    said = rf"DeepSMOTE takes square images.*from 28 to 64.*{words}"
    with pytest.raises(DataError, match=said):
        check_image_shape("DeepSMOTE", shape, (28, 64))
    with pytest.raises(DataError, match=said):
        DeepSMOTE().check(shape)
    with pytest.raises(DataError, match=said):
        DeepSMOTE().fit_resample(np.zeros((6, *shape), dtype=np.float32), [0, 0, 0, 0, 1, 1])


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 64), (1, 37, 37)])
def test_square_images_within_the_sides_are_taken(shape) -> None:
    check_image_shape("DeepSMOTE", shape, (28, 64))
    DeepSMOTE().check(shape)
