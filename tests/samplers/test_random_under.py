"""Random undersampling as Buda et al. 2018, section 2.1, describe it: large classes cut down."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.samplers import RandomUnder

COUNTS = st.lists(st.integers(1, 30), min_size=2, max_size=6)


def labels_of(counts: list[int]) -> torch.Tensor:
    """Labels in a mixed order, `counts` of each class."""
    ordered = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return ordered[torch.randperm(len(ordered), generator=torch.Generator().manual_seed(1))]


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.floats(1, 40), st.integers(0, 2**40))
def test_large_classes_are_cut_without_replacement(counts, ratio, seed) -> None:
    labels = labels_of(counts)
    sampler = RandomUnder(labels, seed=seed, ratio=ratio)
    cap = math.floor(min(counts) * ratio + 1e-9)
    expected = [min(n, cap) for n in counts]
    first, second = sampler.take(len(sampler)), sampler.take(len(sampler))
    assert torch.bincount(labels[first], minlength=len(counts)).tolist() == expected
    assert len(set(first.tolist())) == len(first)
    assert torch.equal(first.sort().values, second.sort().values)


def test_the_full_form_has_equal_classes() -> None:
    assert RandomUnder(labels_of([12, 3, 7]), seed=0).seen == (3.0, 3.0, 3.0)


def test_equal_classes_are_left_as_they_are() -> None:
    assert sorted(RandomUnder(labels_of([5, 5, 5]), seed=0)) == list(range(15))


def test_a_ratio_at_least_as_large_as_the_data_changes_nothing() -> None:
    labels = labels_of([40, 4])
    assert sorted(RandomUnder(labels, seed=0, ratio=10)) == list(range(44))
    with pytest.raises(ArgumentError, match="at least 1"):
        RandomUnder(labels, seed=0, ratio=0.5)


def test_a_new_pass_has_a_new_order() -> None:
    sampler = RandomUnder(labels_of([50, 50]), seed=0)
    assert not torch.equal(sampler.take(100), sampler.take(100))
