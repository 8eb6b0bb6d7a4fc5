"""Class-balanced draws are uniform over classes and within them."""

import torch

from counterpoise import samplers


def test_classes_and_samples_within_them_are_uniform() -> None:
    labels = torch.tensor([0] * 90 + [1] * 9 + [2])
    sampler = samplers.ClassBalanced(labels, seed=0)
    num = 90_000
    drawn = torch.bincount(sampler.take(num), minlength=100)
    for first, last, size in ((0, 90, 90), (90, 99, 9), (99, 100, 1)):
        each = num / 3 / size
        spread = (drawn[first:last] - each).abs() / each**0.5
        assert spread.max() < 4.5


def test_balanced_is_one_call() -> None:
    assert isinstance(samplers.balanced([0, 0, 1]), samplers.ClassBalanced)
