"""Random oversampling as Buda et al. 2018, section 2.1, describe it, in lists and in pieces."""

import hashlib
import math
import subprocess
import sys

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterpoise.errors import ArgumentError
from counterpoise.samplers import RandomOver, random_over

COUNTS = st.lists(st.integers(1, 30), min_size=2, max_size=6)


def labels_of(counts: list[int]) -> torch.Tensor:
    """Labels in a mixed order, `counts` of each class."""
    ordered = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return ordered[torch.randperm(len(ordered), generator=torch.Generator().manual_seed(1))]


@pytest.fixture(params=["listed", "in pieces"], autouse=True)
def way(request, monkeypatch) -> str:
    """Passes as lists, or worked out in pieces of 32 as if they were too long for a list."""
    if request.param == "in pieces":
        monkeypatch.setattr(random_over, "LISTED", 0)
        monkeypatch.setattr(random_over, "BLOCK", 32)
    return request.param


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(COUNTS, st.floats(1, 40), st.integers(0, 2**40))
def test_small_classes_are_raised_and_every_sample_is_kept(counts, ratio, seed) -> None:
    labels = labels_of(counts)
    sampler = RandomOver(labels, seed=seed, ratio=ratio)
    floor = math.ceil(max(counts) / ratio - 1e-9)
    expected = [max(n, floor) for n in counts]
    first, second = sampler.take(len(sampler)), sampler.take(len(sampler))
    assert torch.bincount(labels[first], minlength=len(counts)).tolist() == expected
    assert sampler.seen == pytest.approx(tuple(expected))
    assert set(first.tolist()) == set(range(len(labels)))
    assert torch.equal(first.sort().values, second.sort().values)


def test_the_full_form_has_equal_classes() -> None:
    assert RandomOver(labels_of([12, 3, 7]), seed=0).seen == (12.0, 12.0, 12.0)


def test_equal_classes_are_left_as_they_are() -> None:
    assert sorted(RandomOver(labels_of([5, 5, 5]), seed=0)) == list(range(15))


def test_one_sample_is_repeated_as_often_as_the_largest_class_is_large() -> None:
    assert list(RandomOver([0] * 50 + [1], seed=0)).count(50) == 50


def test_a_ratio_at_least_as_large_as_the_data_changes_nothing() -> None:
    labels = labels_of([40, 4])
    assert sorted(RandomOver(labels, seed=0, ratio=10)) == list(range(44))
    with pytest.raises(ArgumentError, match="at least 1"):
        RandomOver(labels, seed=0, ratio=0.5)


def test_an_absent_class_stays_absent() -> None:
    sampler = RandomOver([0] * 40 + [2] * 3, seed=0, zero_count="ignore")
    assert sampler.seen == (40.0, 0.0, 40.0)
    drawn = sampler.take(80)
    assert torch.bincount(drawn, minlength=43)[:40].tolist() == [1] * 40
    assert (drawn >= 40).sum() == 40


def test_redrawing_changes_the_extra_samples_and_not_their_number() -> None:
    labels = labels_of([30, 5])
    sampler = RandomOver(labels, seed=0, redraw=True)
    first, second = sampler.take(60), sampler.take(60)
    assert not torch.equal(first.sort().values, second.sort().values)
    assert torch.bincount(labels[second]).tolist() == [30, 30]


def test_a_new_pass_has_a_new_order() -> None:
    sampler = RandomOver(labels_of([50, 50]), seed=0)
    assert not torch.equal(sampler.take(100), sampler.take(100))


def test_extra_samples_are_drawn_evenly_and_anew_for_each_of_them() -> None:
    """2000 draws with replacement from 20 samples: how often each comes scatters as it should."""
    drawn = RandomOver([0] * 2020 + [1] * 20, seed=0).take(4040)
    often = torch.bincount(drawn, minlength=2040)[2020:].double() - 1
    assert often.sum() == 2000
    assert 40 < float(often.var()) < 230  # 95 expected
    where = (drawn >= 2020).nonzero().double()
    assert float(where.mean()) / 4040 == pytest.approx(0.5, abs=0.04), "all over the pass"


STREAMS = {
    (0, 1.0, False): "b0a2fad6afb2fe88",
    (3, 4.0, False): "a6b78d5aae7cf4cf",
    (1, 1.0, True): "349cad1338d87805",
}


@pytest.mark.parametrize(("seed", "ratio", "redraw"), STREAMS)
def test_streams_of_lists_never_change(way, seed, ratio, redraw) -> None:
    labels = torch.arange(4).repeat_interleave(torch.tensor([50, 7, 20, 1]))
    taken = RandomOver(labels, seed=seed, ratio=ratio, redraw=redraw).take(1000)
    found = hashlib.sha256(taken.numpy().tobytes()).hexdigest()[:16]
    assert (found == STREAMS[seed, ratio, redraw]) == (way == "listed")


def test_the_longest_list(way, monkeypatch) -> None:
    """A pass as long as that is drawn as ever; one that is longer is not."""
    assert way == "in pieces" or random_over.LISTED == 2**22
    monkeypatch.setattr(random_over, "LISTED", 10**9)
    ever = [RandomOver([0] * num + [1], seed=0).take(60) for num in (30, 31)]
    monkeypatch.setattr(random_over, "LISTED", 60)
    now = [RandomOver([0] * num + [1], seed=0).take(60) for num in (30, 31)]
    assert torch.equal(now[0], ever[0])
    assert not torch.equal(now[1], ever[1])


MEASURED = """
import resource
import numpy as np
from counterpoise.samplers import RandomOver

labels = np.r_[np.zeros(100_000, np.int64), np.arange(16_000) % 1499 + 1]
RandomOver(labels[99_000:102_000], seed=0).take(10)  # what is loaded once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sampler = RandomOver(labels, seed=0)
assert len(sampler) == 150_000_000
sampler.take(300_000)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_memory_does_not_grow_with_classes_times_the_largest(way) -> None:
    """150 million indices of a pass would take 1.2 GB, and several times that while drawn."""
    if way == "in pieces":
        return
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, timeout=300
    )
    assert int(done.stdout) < 100
