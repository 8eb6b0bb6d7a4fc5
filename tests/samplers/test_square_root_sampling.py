"""Square-root sampling: shares as a formula, and draws that follow them."""

import pytest
import torch

from counterpoise.samplers import SquareRootSampling

LABELS = torch.arange(3).repeat_interleave(torch.tensor([64, 32, 4]))


def test_square_root_shares() -> None:
    total = 8 + 32**0.5 + 2
    expected = [100 * s / total for s in (8, 32**0.5, 2)]
    assert SquareRootSampling(LABELS, seed=0).seen == pytest.approx(tuple(expected))


def test_draws_follow_the_shares() -> None:
    sampler = SquareRootSampling(LABELS, seed=0)
    drawn = torch.bincount(LABELS[sampler.take(20_000)], minlength=3) / 200
    torch.testing.assert_close(drawn, torch.tensor(sampler.seen), rtol=0, atol=1.5)


def test_equal_classes_are_drawn_alike() -> None:
    assert SquareRootSampling([0, 0, 1, 1], seed=0).seen == (2.0, 2.0)
