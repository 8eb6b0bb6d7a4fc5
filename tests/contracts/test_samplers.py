"""What every exported sampler owes its caller."""

import inspect
import json

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, Subset, TensorDataset

from counterpoise import samplers
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.samplers import random_over

COUNTS = torch.tensor([8, 4, 10])


class Report:
    """Recall .9, .5 and .25 in a validation set of 10, 2 and 4."""

    confusion = np.array([[9, 1, 0], [0, 1, 1], [2, 1, 1]], dtype=np.int64)


@pytest.fixture(params=[*samplers.__all__, "RandomOver, long"])
def cls(request, monkeypatch):
    name, long, _ = request.param.partition(", long")
    if long:  # as if the passes were too long to be listed
        monkeypatch.setattr(random_over, "LISTED", 0)
    return getattr(samplers, name)


def test_a_stream_of_valid_indices(cls, build) -> None:
    indices = build(cls).take(200)
    assert indices.dtype == torch.int64
    assert indices.shape == (200,)
    assert indices.min() >= 0
    assert indices.max() < 22


def test_same_seed_same_stream_other_seed_other_stream(cls, build) -> None:
    assert torch.equal(build(cls).take(100), build(cls).take(100))
    assert not torch.equal(build(cls).take(100), build(cls, seed=1).take(100))
    with pytest.raises(ArgumentError, match="seed"):
        build(cls, seed=-1)


@pytest.mark.parametrize("seed", [None, -1, 1.5, "0"], ids=repr)
def test_a_seed_is_a_whole_number(cls, build, seed) -> None:
    with pytest.raises(ArgumentError, match=r"seed is a whole number.*; got .*secrets.randbits"):
        build(cls, seed=seed)
    assert torch.equal(build(cls, seed=np.int64(7)).take(30), build(cls, seed=7).take(30))


def test_how_it_is_taken_does_not_matter(cls, build) -> None:
    whole, parts = build(cls).take(120), build(cls)
    taken = [parts.take(n) for n in (1, 0, 7, 22, 50, 40)]
    assert torch.equal(torch.cat(taken), whole)


def test_iteration_continues_the_stream(cls, build) -> None:
    one, other = build(cls), build(cls)
    rounds = [list(one), list(one)]
    assert [len(r) for r in rounds] == [len(one)] * 2
    assert rounds[0] + rounds[1] == other.take(2 * len(other)).tolist()


@pytest.mark.parametrize("world", [1, 2, 4])
def test_ranks_see_the_same_stream_split(cls, build, world) -> None:
    whole = build(cls).take(80)
    ranks = [build(cls, rank=r, world=world) for r in range(world)]
    for start in range(0, 80, 8 * world):
        parts = [rank.take(min(8, (80 - start) // world)) for rank in ranks]
        joined = torch.stack(parts, dim=1).flatten()
        assert torch.equal(joined, whole[start : start + len(joined)])
    assert len(ranks[0]) == -(-len(build(cls)) // world)
    assert ranks[0].state_dict() == ranks[-1].state_dict()
    with pytest.raises(ArgumentError, match="rank"):
        build(cls, rank=world, world=world)


@pytest.mark.parametrize("taken", [0, 1, 21, 22, 23, 30, 61])
def test_resume_in_the_middle_of_a_round(cls, build, taken) -> None:
    sampler = build(cls)
    sampler.set_epoch(0)
    sampler.take(5)
    sampler.observe(Report())
    sampler.set_epoch(3)
    sampler.take(taken)
    state = json.loads(json.dumps(sampler.state_dict()))
    resumed = build(cls)
    resumed.load_state_dict(state)
    assert torch.equal(resumed.take(50), sampler.take(50))
    for again in (resumed, sampler):
        again.observe(Report())
        again.set_epoch(4)
    assert torch.equal(resumed.take(150), sampler.take(150))


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_resume_within_the_pass_of_a_loader(cls, build, batches) -> None:
    sampler = build(cls)
    loader = DataLoader(range(22), batch_size=3, sampler=sampler)
    list(loader)
    sampler.observe(Report())
    sampler.set_epoch(1)
    running = iter(loader)
    for _ in range(batches):
        next(running)
    state = json.loads(json.dumps(sampler.state_dict()))
    resumed = build(cls)
    resumed.load_state_dict(state)
    resumed.set_epoch(1)
    again = DataLoader(range(22), batch_size=3, sampler=resumed)
    assert together(again) == together(running)
    for each in (sampler, resumed):
        each.observe(Report())
        each.set_epoch(2)
    assert together(again) == together(loader)


def test_resume_within_the_pass_of_a_loader_with_workers(cls, build) -> None:
    """Workers draw ahead: the state is that of the beginning of the pass."""
    sampler = build(cls)
    batched = BatchSampler(sampler, batch_size=2, drop_last=False)
    loader = DataLoader(range(22), batch_sampler=batched, num_workers=1)
    sampler.take(4)
    sampler.observe(Report())
    state = sampler.state_dict()
    running = iter(loader)
    for _ in range(3):
        next(running)
    resumed = build(cls)
    resumed.load_state_dict(json.loads(json.dumps(state)))
    resumed.skip(3 * 2)
    again = DataLoader(range(22), batch_size=2, sampler=resumed)
    assert together(again) == together(running)
    assert together(again) == together(loader)


def together(batches) -> list[list[int]]:
    return [batch.tolist() for batch in batches]


def test_a_data_set_in_place_of_labels(cls, build) -> None:
    data = TensorDataset(torch.randn(22, 3), torch.arange(3).repeat_interleave(COUNTS))
    assert torch.equal(build(cls, labels=data).take(50), build(cls).take(50))
    part = build(cls, labels=Subset(data, range(21, -1, -1)))
    assert torch.equal(
        part.take(50), build(cls, labels=torch.arange(3).repeat_interleave(COUNTS).flip(0)).take(50)
    )


def test_what_the_loop_asks(cls, build) -> None:
    """Shares and F1 of those that watch a contrast set; nothing of the others."""
    sampler = build(cls)
    watches = sampler.contrast_share is not None
    assert watches == (cls is samplers.F1Driven)
    assert (sampler.shares is not None) == watches
    assert sampler.f1 is None
    sampler.observe(Report())
    sampler.set_epoch(1)
    assert (sampler.f1 is not None) == watches


def test_a_foreign_state_is_refused(cls, build) -> None:
    with pytest.raises(CheckpointError, match="lacks"):
        build(cls).load_state_dict({"position": 3})


def test_what_is_expected_to_be_seen_is_seen(cls, build) -> None:
    sampler = build(cls)
    assert len(sampler.seen) == 3
    assert sum(sampler.seen) == pytest.approx(len(sampler))
    target = torch.arange(3).repeat_interleave(torch.tensor([8, 4, 10]))
    rounds = 400
    drawn = torch.bincount(target[sampler.take(rounds * len(sampler))], minlength=3)
    per_round = drawn.double() / rounds
    # four standard deviations of independent draws, the widest that any sampler may scatter
    wide = 4 * (len(sampler) / 4 / rounds) ** 0.5
    assert (per_round - torch.tensor(sampler.seen)).abs().max() < wide


def test_labels_of_any_integer_kind(cls, build) -> None:
    labels = np.repeat(np.arange(3), [8, 4, 10])
    expected = build(cls).take(50)
    for same in (labels.astype(np.int32), labels.astype(np.uint8), labels.tolist()):
        assert torch.equal(build(cls, labels=same).take(50), expected)
    for nothing in (np.zeros(0, dtype=np.int64), []):
        with pytest.raises(ArgumentError, match="N at least 1; got none"):
            build(cls, labels=nothing)


def test_a_class_with_one_sample(cls, build) -> None:
    sampler = build(cls, labels=[0] * 9 + [1] + [2] * 5)
    assert 9 in sampler.take(40 * len(sampler))


def test_a_class_without_a_sample(cls, build) -> None:
    labels = [0] * 9 + [2] * 5
    if "zero_count" in inspect.signature(cls).parameters:
        with pytest.raises(ArgumentError, match=r"class '1' \(index 1\) has no training sample"):
            build(cls, labels=labels)
        sampler = build(cls, labels=labels, zero_count="ignore")
    else:
        sampler = build(cls, labels=labels)
    assert sampler.seen[1] == 0.0
    assert set(sampler.take(400).tolist()) <= set(range(14))


def test_the_global_generator_is_left_alone(cls, build) -> None:
    before = torch.random.get_rng_state()
    build(cls).take(30)
    assert torch.equal(torch.random.get_rng_state(), before)
