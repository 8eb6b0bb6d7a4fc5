"""Batches of a stream in a plain DataLoader."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from counterpoise.bridges import Rounds
from counterpoise.bridges.rounds import sampler_of
from counterpoise.errors import ArgumentError
from counterpoise.samplers import RandomOver

LABELS = torch.tensor([0] * 30 + [1] * 5)


def test_epochs_are_the_stream_in_full_batches() -> None:
    rounds = Rounds(RandomOver(LABELS, seed=3), batch_size=7, updates=5)
    loader = DataLoader(TensorDataset(torch.arange(35)), batch_sampler=rounds)
    got = [index for _ in range(2) for (index,) in loader]
    expected = RandomOver(LABELS, seed=3)
    assert len(loader) == 5
    assert [len(batch) for batch in got] == [7] * 10
    assert torch.equal(torch.cat(got), torch.cat([expected.take(7) for _ in range(10)]))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0)])
def test_nothing_to_yield_is_an_error(sizes: tuple[int, int]) -> None:
    with pytest.raises(ArgumentError, match=f"batch_size {sizes[0]}, updates {sizes[1]}"):
        Rounds(RandomOver(LABELS, seed=0), batch_size=sizes[0], updates=sizes[1])


def test_a_loaders_sampler_is_found_however_it_was_given() -> None:
    data, sampler = TensorDataset(LABELS), RandomOver(LABELS, seed=0)
    rounds = Rounds(sampler, batch_size=2, updates=2)
    assert sampler_of(DataLoader(data, batch_size=4, sampler=sampler)) is sampler
    assert sampler_of(DataLoader(data, batch_size=None, sampler=sampler)) is sampler
    assert sampler_of(DataLoader(data, batch_sampler=rounds)) is sampler
    assert sampler_of(DataLoader(data, shuffle=True)) is None


def test_plain_pytorch_trains_as_our_loop(problem, ours) -> None:
    sampler = RandomOver(problem.target, seed=5)
    rounds = Rounds(sampler, batch_size=32, updates=9)
    loader = DataLoader(problem.dataset, batch_sampler=rounds)
    criterion, model = problem.criterion(), problem.model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    made = []
    for epoch in range(3):
        criterion.set_epoch(epoch)
        for inputs, target in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), target)
            loss.backward()
            optimizer.step()
            made.append(float(loss.detach()))
    expected = ours(RandomOver(problem.target, seed=5))
    assert made == expected.losses
    assert len(made) == 27
