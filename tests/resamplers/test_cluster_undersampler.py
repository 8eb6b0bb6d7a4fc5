"""Clustering-based undersampling: numbers worked by hand, caps, and a slow loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import ClusterUndersampler
from counterpoise.resamplers.cluster_undersampler import allocate


def slow_allocation(majority, minority, total):
    """The printed formula, then one sample at a time: to the cluster that is owed most."""
    ratio = [a / max(i, 1) for a, i in zip(majority, minority, strict=True)]
    given = [0] * len(majority)
    free = {i for i, a in enumerate(majority) if a}
    while True:
        left = total - sum(given)
        share = sum(ratio[i] for i in free)
        wanted = {i: left * ratio[i] / share for i in free} if left else {}
        full = [i for i in wanted if wanted[i] >= majority[i]]
        if not full:
            break
        for i in full:
            given[i] = majority[i]
            free.discard(i)
    for i, number in wanted.items():
        given[i] = int(number + 1e-9)
    for _ in range(total - sum(given)):
        owed = max(wanted, key=lambda i: (round(wanted[i] - given[i], 9), -i))
        given[owed] += 1
    return given


def test_numbers_worked_by_hand() -> None:
    assert allocate(np.array([500, 280, 220]), np.array([10, 50, 40]), 100).tolist() == [82, 9, 9]


def test_a_cluster_without_minority_counts_as_one() -> None:
    assert allocate(np.array([40, 40]), np.array([0, 1]), 20).tolist() == [10, 10]


def test_what_a_cluster_cannot_give_the_others_give() -> None:
    assert allocate(np.array([10, 200, 100]), np.array([0, 20, 20]), 60).tolist() == [10, 33, 17]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=6),
    st.floats(0, 1),
)
def test_allocation_as_a_slow_loop(pairs, part) -> None:
    majority, minority = (np.array(column) for column in zip(*pairs, strict=True))
    total = int(part * majority.sum())
    found = allocate(majority, minority, total)
    assert found.sum() == total
    assert (found <= majority).all()
    assert (found >= 0).all()
    assert found.tolist() == slow_allocation(majority.tolist(), minority.tolist(), total)


def islands():
    """Three islands: the minority lives on the last, beside as many of the majority."""
    random = np.random.default_rng(0)
    X = random.normal(size=(330, 2)) + np.repeat([[0, 0], [50, 0], [0, 50]], [100, 100, 130], 0)
    y = np.repeat([0, 1], [300, 30])
    return X, y


def test_keeps_all_of_the_minority_and_most_far_from_it() -> None:
    X, y = islands()
    sampler = ClusterUndersampler(random_state=0, sampling_strategy=0.5)
    points, labels = sampler.fit_resample(X, y)
    assert np.bincount(labels).tolist() == [60, 30]
    assert np.array_equal(points[labels == 1], X[y == 1])
    assert sampler.sampling_strategy_ == {0: 60}
    island = sampler.sample_indices_[labels == 0] // 100
    # shares 100 : 100 : 100 / 30 of 60
    assert np.bincount(island)[2] == 1
    assert sorted(np.bincount(island)) == [1, 29, 30], "the clusters come in any order"


def test_clusters_are_those_of_all_samples() -> None:
    X, y = islands()
    found = KMeans(3, n_init=3, random_state=1).fit(X).labels_
    assert sorted(np.bincount(found)) == [100, 100, 130], "the islands"
    assert sorted(np.bincount(found[y == 0])) == [100, 100, 100]


def test_fewer_distinct_points_than_clusters() -> None:
    X = np.repeat([[0.0, 1.0], [2.0, 3.0]], [9, 3], axis=0)
    _, labels = ClusterUndersampler(random_state=0, n_clusters=5).fit_resample(
        X, np.repeat([0, 1], [9, 3])
    )
    assert np.bincount(labels).tolist() == [3, 3]
    ClusterUndersampler(n_clusters=99, random_state=0).fit_resample(X, np.repeat([0, 1], [9, 3]))


def test_one_cluster_is_random_undersampling() -> None:
    X, y = islands()
    drawn = [
        ClusterUndersampler(n_clusters=1, random_state=seed).fit(X, y).fit_resample(X, y)
        for seed in range(2)
    ]
    assert not np.array_equal(drawn[0][0], drawn[1][0])


@pytest.mark.parametrize("num", [0, -1, 2.0, True])
def test_number_of_clusters(num) -> None:
    with pytest.raises(ArgumentError, match="n_clusters"):
        ClusterUndersampler(n_clusters=num).fit_resample(*islands())
