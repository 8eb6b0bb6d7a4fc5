"""Progressively-balanced draws: shares as formulas, and the rounds."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.samplers import ClassBalanced, Progressive

LABELS = torch.arange(3).repeat_interleave(torch.tensor([64, 32, 4]))


@pytest.mark.parametrize("epoch", [0, 1, 5, 9, 10, 30])
def test_progressive_shares_are_the_printed_mixture(epoch) -> None:
    sampler = Progressive(LABELS, seed=0, rounds=10)
    sampler.set_epoch(epoch)
    done = min(epoch / 10, 1)
    expected = [(1 - done) * n + done * 100 / 3 for n in (64, 32, 4)]
    assert sampler.seen == pytest.approx(tuple(expected))


def test_the_last_round_may_be_class_balanced() -> None:
    sampler = Progressive(LABELS, seed=0, rounds=10, reach_final=True)
    sampler.set_epoch(9)
    assert sampler.seen == pytest.approx(ClassBalanced(LABELS, seed=0).seen)
    assert Progressive(LABELS, seed=0, rounds=1, reach_final=True).seen[2] == 4


def test_a_new_round_takes_effect_at_the_next_index() -> None:
    sampler = Progressive(LABELS, seed=0, rounds=2)
    first = torch.bincount(LABELS[sampler.take(20_000)], minlength=3) / 200
    sampler.set_epoch(2)
    later = torch.bincount(LABELS[sampler.take(20_000)], minlength=3) / 200
    torch.testing.assert_close(first, torch.tensor([64.0, 32, 4]), rtol=0, atol=1.5)
    torch.testing.assert_close(later, torch.full((3,), 100 / 3), rtol=0, atol=1.5)


def test_the_same_round_again_changes_nothing() -> None:
    once, twice = (Progressive(LABELS, seed=0, rounds=5) for _ in range(2))
    for sampler in (once, twice):
        sampler.set_epoch(3)
        sampler.take(10)
    twice.set_epoch(3)
    assert torch.equal(once.take(100), twice.take(100))


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="rounds"):
        Progressive(LABELS, seed=0, rounds=0)
    with pytest.raises(ArgumentError, match="counted from 0"):
        Progressive(LABELS, seed=0, rounds=3).set_epoch(-1)
