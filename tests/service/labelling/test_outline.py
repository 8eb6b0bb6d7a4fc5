"""Near-duplicates."""

import numpy as np
import pytest

from counterpoise.service.labelling.outline import LENGTH, is_near, outline

RNG = np.random.default_rng(0)
SCENE = RNG.integers(0, 256, (3, 48, 64), dtype=np.uint8)


def test_a_little_noise_is_the_same_and_another_scene_is_not() -> None:
    noisy = np.clip(SCENE.astype(int) + RNG.integers(-5, 6, SCENE.shape), 0, 255).astype(np.uint8)
    other = RNG.integers(0, 256, SCENE.shape, dtype=np.uint8)
    mine = outline(SCENE)
    assert is_near(outline(noisy), [mine])
    assert not is_near(outline(other), [mine])
    assert not is_near(mine, [])


@pytest.mark.parametrize(
    "sample",
    [
        np.zeros((1, 8, 8), np.uint8),
        np.zeros((3, 5, 300), np.uint8),
        np.full((3, 80), 1e30, np.float32),
        np.zeros(4, np.float64),
    ],
)
def test_any_sample_has_one(sample) -> None:
    assert 0 < len(outline(sample)) <= LENGTH


def test_series_that_differ_differ() -> None:
    one = np.zeros((2, 100), np.float32)
    other = one.copy()
    other[0, :50] = 3
    assert not is_near(outline(one), [outline(other)])
    assert is_near(outline(one + 0.001), [outline(one)])


def test_blocks_are_means() -> None:
    sample = np.zeros((1, 32, 32), np.uint8)
    sample[:, :2, :2] = 100
    found = np.frombuffer(outline(sample), np.uint8).reshape(16, 16)
    assert found[0, 0] == 100
    assert found.sum() == 100
