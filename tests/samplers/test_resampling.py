"""Random over- and undersampling against specification 5.1, and the plain passes beside them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.samplers import RandomOver, RandomUnder, Shuffled

COUNTS = st.lists(st.integers(1, 30), min_size=2, max_size=6)
RATIO = st.floats(1, 40)
SEED = st.integers(0, 2**40)


def labels_of(counts: list[int]) -> torch.Tensor:
    """Labels in a mixed order, `counts` of each class."""
    ordered = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return ordered[torch.randperm(len(ordered), generator=torch.Generator().manual_seed(1))]


@settings(max_examples=60, deadline=None)
@given(COUNTS, SEED)
def test_plain_passes_hold_every_sample_once(counts, seed) -> None:
    labels = labels_of(counts)
    sampler = Shuffled(labels, seed=seed)
    for _ in range(2):
        assert sorted(sampler) == list(range(len(labels)))
    assert sampler.seen == tuple(counts)


@settings(max_examples=60, deadline=None)
@given(COUNTS, RATIO, SEED)
def test_oversampling_raises_small_classes_and_keeps_every_sample(counts, ratio, seed) -> None:
    labels = labels_of(counts)
    sampler = RandomOver(labels, seed=seed, ratio=ratio)
    floor = math.ceil(max(counts) / ratio - 1e-9)
    expected = [max(n, floor) for n in counts]
    first, second = sampler.take(len(sampler)), sampler.take(len(sampler))
    assert torch.bincount(labels[first], minlength=len(counts)).tolist() == expected
    assert sampler.seen == pytest.approx(tuple(expected))
    assert set(first.tolist()) == set(range(len(labels)))
    assert torch.equal(first.sort().values, second.sort().values)


@settings(max_examples=60, deadline=None)
@given(COUNTS, RATIO, SEED)
def test_undersampling_caps_large_classes_without_replacement(counts, ratio, seed) -> None:
    labels = labels_of(counts)
    sampler = RandomUnder(labels, seed=seed, ratio=ratio)
    cap = math.floor(min(counts) * ratio + 1e-9)
    expected = [min(n, cap) for n in counts]
    first, second = sampler.take(len(sampler)), sampler.take(len(sampler))
    assert torch.bincount(labels[first], minlength=len(counts)).tolist() == expected
    assert len(set(first.tolist())) == len(first)
    assert torch.equal(first.sort().values, second.sort().values)


def test_full_forms_have_equal_classes() -> None:
    labels = labels_of([12, 3, 7])
    assert RandomOver(labels, seed=0).seen == (12.0, 12.0, 12.0)
    assert RandomUnder(labels, seed=0).seen == (3.0, 3.0, 3.0)


@pytest.mark.parametrize("cls", [RandomOver, RandomUnder])
def test_equal_classes_are_left_as_they_are(cls) -> None:
    assert sorted(cls(labels_of([5, 5, 5]), seed=0)) == list(range(15))


def test_one_sample_is_repeated_as_often_as_the_largest_class_is_large() -> None:
    sampler = RandomOver([0] * 50 + [1], seed=0)
    assert list(sampler).count(50) == 50


@pytest.mark.parametrize("cls", [RandomOver, RandomUnder])
def test_a_ratio_at_least_as_large_as_the_data_changes_nothing(cls) -> None:
    labels = labels_of([40, 4])
    assert sorted(cls(labels, seed=0, ratio=10)) == list(range(44))
    with pytest.raises(ArgumentError, match="at least 1"):
        cls(labels, seed=0, ratio=0.5)


def test_redrawing_changes_the_extra_samples_and_not_their_number() -> None:
    labels = labels_of([30, 5])
    sampler = RandomOver(labels, seed=0, redraw=True)
    first, second = sampler.take(60), sampler.take(60)
    assert not torch.equal(first.sort().values, second.sort().values)
    assert torch.bincount(labels[second]).tolist() == [30, 30]


def test_a_new_pass_has_a_new_order() -> None:
    sampler = RandomUnder(labels_of([50, 50]), seed=0)
    assert not torch.equal(sampler.take(100), sampler.take(100))
