"""Twenty million labels: beyond the 2**24 at which torch's weighted sampler stops."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import WeightedRandomSampler

from counterpoise import samplers

SIZES = (14_999_000, 4_999_999, 1_001)


@pytest.fixture(scope="module")
def labels() -> torch.Tensor:
    return torch.arange(3, dtype=torch.uint8).repeat_interleave(torch.tensor(SIZES))


@pytest.mark.slow
def test_torch_stops_where_we_go_on(labels) -> None:
    theirs = WeightedRandomSampler(torch.ones(len(labels)), 10)
    with pytest.raises(RuntimeError, match=r"2\^24"):
        list(theirs)
    assert len(samplers.balanced(labels).take(10)) == 10


@pytest.mark.slow
@pytest.mark.parametrize("name", samplers.__all__)
def test_twenty_million_labels(name, labels) -> None:
    cls = getattr(samplers, name)
    offered = {"rounds": 10, "batch_size": 100}
    asked = inspect.signature(cls).parameters
    sampler = cls(labels, seed=0, **{k: v for k, v in offered.items() if k in asked})
    drawn = sampler.take(30_000)
    totals = torch.bincount(labels[drawn], minlength=3).double()
    shares = torch.tensor(sampler.seen) / sum(sampler.seen)
    assert (
        (totals - 30_000 * shares).abs() < 5 * (30_000 * shares * (1 - shares)).sqrt() + 2
    ).all()
    first = 0
    for k, size in enumerate(SIZES):  # places within a class are even, up to its very end
        places = drawn[labels[drawn] == k].double() - first
        first += size
        if len(places) > 100:
            assert places.max() < size
            wide = 5 * size / (12 * len(places)) ** 0.5
            assert float(places.mean()) == pytest.approx((size - 1) / 2, abs=wide)


MEASURED = """
import resource
import torch
from counterpoise import samplers

labels = torch.zeros(20_000_000, dtype=torch.int64)
labels[-1] = 1
samplers.balanced(labels[-10:]).take(10)  # what is loaded once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
samplers.balanced(labels).take(1_000_000)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(labels))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_memory_is_a_few_bytes_per_label() -> None:
    """8 for its place in the order by class, 2 while it is sorted; the draws are few."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, timeout=300
    )
    assert float(done.stdout) < 16


def test_places_beyond_2_to_the_24_are_reached() -> None:
    """The same with a class of that size, in a second."""
    labels = np.zeros(2**24 + 1000, dtype=np.uint8)
    labels[0] = 1
    drawn = samplers.balanced(labels).take(200_000)
    odd = drawn[drawn > 2**23] % 2  # float32 would round them to even
    assert float(odd.double().mean()) == pytest.approx(0.5, abs=0.02)
