"""Remix: worked label shares, and mixup as its limit."""

import pytest
import torch

from counterpoise.augment import Mixup, Remix
from counterpoise.batch import Batch
from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError

TARGET = torch.tensor([0, 1, 2, 0])


def one_hot_batch(**extra) -> Batch:
    """Inputs that say which sample they are."""
    return Batch(torch.eye(4), TARGET, **extra)


@pytest.mark.parametrize(
    ("n", "m", "share", "expected"),
    [
        (1000, 100, 0.3, 0.0),
        (1000, 100, 0.7, 0.7),
        (100, 1000, 0.3, 0.3),
        (100, 1000, 0.7, 1.0),
        (1000, 400, 0.3, 0.3),
    ],
)
def test_worked_label_shares_of_remix(n, m, share, expected) -> None:
    remix = Remix(ClassCounts((n, m)), seed=0, kappa=3, tau=0.5)
    got = remix.label_share(torch.tensor([0]), torch.tensor([1]), torch.tensor([share]))
    assert float(got) == pytest.approx(expected)


def test_remix_mixes_inputs_as_mixup_does() -> None:
    counts = ClassCounts((2, 1, 1))
    for seed in range(4):
        ours, theirs = Remix(counts, seed=seed), Mixup(seed=seed)
        assert torch.equal(ours(one_hot_batch()).inputs, theirs(one_hot_batch()).inputs)


def test_balanced_remix_is_mixup() -> None:
    for seed in range(4):
        ours = Remix(ClassCounts((5, 5, 5)), seed=seed)(one_hot_batch())
        assert torch.equal(ours.share, Mixup(seed=seed)(one_hot_batch()).share)


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError):
        Remix(ClassCounts((2, 1)), seed=0, kappa=0.5)
    with pytest.raises(ArgumentError):
        Remix(ClassCounts((2, 0)), seed=0)
