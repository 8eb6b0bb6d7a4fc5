"""What all augmentations share: random numbers by seed and call, and devices."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from counterpoise.augment import Affine, Colour, Crop, Flip
from counterpoise.augment.augmentation import Augmentation, on_device
from counterpoise.batch import Batch


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


class Noise(Augmentation):
    """Adds one random number to the whole batch."""

    def _change(self, batch, random):
        return replace(batch, inputs=batch.inputs + random.random())


def values(made, num=4) -> list[float]:
    batch = Batch(torch.zeros(1, 1), torch.tensor([0]))
    return [float(made(batch).inputs) for _ in range(num)]


def test_each_call_has_random_numbers_of_its_own() -> None:
    assert len({*values(Noise(0)), *values(Noise(1)), *values(Noise(0, stream=1))}) == 12
    made = Noise(0)
    before = values(made, 2)
    resumed = Noise(0)
    resumed.load_state_dict(made.state_dict())
    assert before + values(resumed, 2) == values(Noise(0))


def test_without_facts_of_its_own_it_neither_mixes_nor_needs_images() -> None:
    made = Noise(0)
    assert (made.mixes, made.needs_images) == (False, False)
    made.attach(lambda index: pytest.fail("nothing was to be fetched"))
    assert values(made) == values(Noise(0))


def test_random_numbers_take_the_type_of_the_batch_and_places_keep_theirs() -> None:
    like = torch.zeros(1, dtype=torch.float64)
    assert on_device(np.ones(2, dtype=np.float32), like).dtype == torch.float64
    assert on_device(np.arange(2), like).dtype == torch.int64
