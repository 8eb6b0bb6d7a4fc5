"""Plain passes: every sample once."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoise.samplers import Shuffled


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=6), st.integers(0, 2**40))
def test_a_pass_holds_every_sample_once(counts, seed) -> None:
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    sampler = Shuffled(labels, seed=seed)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(len(labels)))
    assert sampler.seen == tuple(counts)


def test_a_new_pass_has_a_new_order() -> None:
    sampler = Shuffled([0] * 50 + [1] * 50, seed=0)
    assert not torch.equal(sampler.take(100), sampler.take(100))
