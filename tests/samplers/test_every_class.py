"""Each class in each batch, also when there are more classes than places."""

import pytest
import torch
from torch.utils.data import DataLoader

from counterpoise.errors import ArgumentError
from counterpoise.samplers import EveryClass

LABELS = torch.arange(5).repeat_interleave(torch.tensor([60, 25, 10, 4, 1]))


def batches(sampler, num, size):
    return LABELS[sampler.take(num * size)].view(num, size)


@pytest.mark.parametrize(("size", "per_class"), [(5, 1), (8, 1), (16, 3), (64, 2)])
def test_every_batch_holds_every_class(size, per_class) -> None:
    sampler = EveryClass(LABELS, seed=0, batch_size=size, per_class=per_class)
    for batch in batches(sampler, 30, size):
        assert torch.bincount(batch, minlength=5).min() >= per_class


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_classes_take_turns_when_there_are_more_of_them_than_places(size) -> None:
    sampler = EveryClass(LABELS, seed=0, batch_size=size)
    table = batches(sampler, 50, size)
    assert all(len(set(batch.tolist())) == size for batch in table)
    assert torch.bincount(table.flatten()).tolist() == [10 * size] * 5
    assert sampler.seen == pytest.approx((len(sampler) / 5,) * 5)


def test_the_rest_of_a_batch_comes_as_it_is() -> None:
    sampler = EveryClass(LABELS, seed=0, batch_size=15)
    drawn = torch.bincount(batches(sampler, 10, 15).flatten(), minlength=5)
    # 10 batches: 10 of each class, and 100 places in which every sample comes once
    assert drawn.tolist() == [70, 35, 20, 14, 11]


def test_samples_of_a_class_come_without_replacement() -> None:
    sampler = EveryClass(LABELS, seed=0, batch_size=5)
    drawn = sampler.take(5 * 60)
    largest = drawn[LABELS[drawn] == 0]
    assert sorted(largest.tolist()) == list(range(60))


@pytest.mark.parametrize("size", [3, 8, 32])
def test_a_loader_keeps_the_batches_in_every_pass(size) -> None:
    loader = DataLoader(
        LABELS, batch_size=size, sampler=EveryClass(LABELS, seed=0, batch_size=size)
    )
    for _ in range(3):
        for batch in loader:
            assert len(batch) == size
            assert len(batch.unique()) == min(size, 5)


def test_more_classes_than_places_over_two_ranks() -> None:
    ranks = [EveryClass(LABELS, seed=0, batch_size=4, rank=r, world=2) for r in range(2)]
    drawn = torch.stack([rank.take(50) for rank in ranks], dim=1).view(25, 4)
    assert all(len(set(batch.tolist())) == 4 for batch in LABELS[drawn])
    assert torch.bincount(LABELS[drawn].flatten()).tolist() == [20] * 5


def test_sizes_below_one() -> None:
    with pytest.raises(ArgumentError, match="at least 1"):
        EveryClass(LABELS, seed=0, batch_size=0)
    with pytest.raises(ArgumentError, match="at least 1"):
        EveryClass(LABELS, seed=0, batch_size=4, per_class=0)
