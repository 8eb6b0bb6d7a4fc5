"""Deferred re-weighting: when it begins, and with what."""

import pytest
import torch

from counterpoise.batch import Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import ComplementCrossEntropy, CrossEntropy
from counterpoise.weights import Balanced, BatchBalanced, Deferred, EffectiveNumber, Incremental

COUNTS = ClassCounts((800, 400, 1000))
TARGET, COST = torch.tensor([0, 1, 2, 1]), torch.ones(4)


def test_weights_begin_at_their_round_and_not_before() -> None:
    weights = Deferred(COUNTS, rounds=200)
    after = EffectiveNumber(COUNTS).weights(TARGET, COST)
    for epoch in (0, 159):
        weights.set_epoch(epoch)
        assert torch.equal(weights.weights(TARGET, COST), torch.ones(4))
    for epoch in (160, 199):
        weights.set_epoch(epoch)
        assert torch.equal(weights.weights(TARGET, COST), after)


def test_a_start_of_zero_is_the_weights_themselves() -> None:
    weights = Deferred(COUNTS, rounds=10, start=0.0, weights=Balanced(COUNTS))
    assert torch.equal(weights.weights(TARGET, COST), Balanced(COUNTS).weights(TARGET, COST))


def test_a_start_of_one_is_no_weights() -> None:
    weights = Deferred(COUNTS, rounds=10, start=1.0)
    weights.set_epoch(9)
    assert torch.equal(weights.weights(TARGET, COST), torch.ones(4))


def test_inner_schedules_hear_the_rounds() -> None:
    inner = Incremental(COUNTS, rounds=10)
    weights = Deferred(COUNTS, rounds=10, weights=inner)
    weights.set_epoch(9)
    expected = Incremental(COUNTS, rounds=10)
    expected.set_epoch(9)
    assert torch.equal(weights.weights(TARGET, COST), expected.weights(TARGET, COST))


def test_inner_batch_weights_hear_the_shares() -> None:
    inner = BatchBalanced(num_classes=3)
    criterion = Weighted(CrossEntropy(), Deferred(COUNTS, rounds=1, start=0, weights=inner))
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    mixed = Mixed(logits, TARGET, TARGET.roll(1), torch.tensor([0.2, 0.9, 0.5, 1.0]))
    expected = Weighted(CrossEntropy(), inner)(logits, mixed)
    torch.testing.assert_close(criterion(logits, mixed), expected)


def test_weights_by_name_are_made_of_the_counts() -> None:
    by_name = Deferred(COUNTS, rounds=1, start=0, weights="Balanced")
    assert torch.equal(by_name.weights(TARGET, COST), Balanced(COUNTS).weights(TARGET, COST))
    with pytest.raises(ArgumentError, match="did you mean 'Balanced'"):
        Deferred(COUNTS, rounds=1, weights="Balance")


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="start in"):
        Deferred(COUNTS, rounds=10, start=1.5)
    with pytest.raises(ArgumentError, match="set them there"):
        Deferred(COUNTS, rounds=10, weights=Balanced(COUNTS), max_weight=3)
    magnitude = BatchBalanced(num_classes=3, mode="magnitude")
    with pytest.raises(ArgumentError, match="may not be negative"):
        Weighted(ComplementCrossEntropy(), Deferred(COUNTS, rounds=9, weights=magnitude))
