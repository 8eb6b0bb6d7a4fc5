"""RBU: the order in which samples go, against a slow loop."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import RBU


def cloud(num=(60, 15), width=3, seed=0):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(num)), num)
    return random.uniform(size=(len(y), width)), y


def kept_slowly(X, y, k, num, gamma, p):
    """Slow: all potentials computed anew for every sample that goes."""

    def pull(i, j):
        return np.exp(-((np.linalg.norm(X[i] - X[j], ord=p) / gamma) ** 2))

    left = [i for i in range(len(y)) if y[i] == k]
    while len(left) > num:
        levels = [
            sum(pull(i, j) for j in left if j != i)
            - sum(pull(i, j) for j in np.flatnonzero(y != k))
            for i in left
        ]
        left.pop(int(np.argmax(levels)))
    return left


@pytest.mark.parametrize("gamma", [0.2, 0.6, 5.0])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_samples_go_as_in_a_slow_loop(gamma, p) -> None:
    X, y = cloud((25, 6, 10))
    sampler = RBU(gamma=gamma, p=p, random_state=0)
    points, labels = sampler.fit_resample(X, y)
    expected = sorted(
        [*kept_slowly(X, y, 0, 6, gamma, p), *range(25, 31), *kept_slowly(X, y, 2, 6, gamma, p)]
    )
    assert sampler.sample_indices_.tolist() == expected
    assert np.array_equal(points, X[expected])
    assert np.bincount(labels).tolist() == [6, 6, 6]


def test_worked_example() -> None:
    """Potentials 2 e^-1, e^-1 + e^-4, ...: the middle of three goes, then either end."""
    X, y = np.array([[0.0], [1.0], [2.0], [50.0]]), np.array([0, 0, 0, 1])
    sampler = RBU(gamma=1.0, sampling_strategy={0: 2}, random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == [0, 2, 3]


def test_what_is_near_another_class_stays() -> None:
    X, y = np.array([[0.0], [0.1], [5.0], [5.1], [5.05]]), np.array([0, 0, 0, 0, 1])
    sampler = RBU(gamma=1.0, sampling_strategy={0: 2}, random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == [2, 3, 4]


def test_chance_decides_where_no_kernel_reaches() -> None:
    X, y = cloud((40, 10))
    kept = set()
    for seed in range(12):
        sampler = RBU(random_state=seed)
        sampler.fit_resample(X * 1e4, y)
        kept |= set(sampler.sample_indices_.tolist())
    assert len(kept) > 45


def test_duplicates_go_before_others_and_none_is_left_is_legal() -> None:
    X, y = cloud((10, 4))
    X[:4] = X[0]
    sampler = RBU(gamma=0.01, sampling_strategy={0: 7}, random_state=0)
    sampler.fit_resample(X, y)
    kept = sampler.sample_indices_.tolist()
    assert kept[1:] == list(range(4, 14))
    assert kept[0] < 4
    points, labels = RBU(sampling_strategy={0: 0}, random_state=0).fit_resample(X, y)
    assert labels.tolist() == [1] * 4
    assert np.array_equal(points, X[10:])


def test_memory_changes_nothing() -> None:
    X, y = cloud((300, 100))
    plenty, little = (
        RBU(gamma=0.4, random_state=0, max_memory=size).fit_resample(X, y)[0]
        for size in (2**30, 10_000)
    )
    assert np.array_equal(plenty, little)


@pytest.mark.parametrize("options", [{"gamma": 0}, {"gamma": None}, {"p": 0}, {"max_memory": 0}])
def test_options_that_break_their_rule(options) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        RBU(**options).fit_resample(*cloud())


def test_an_absent_class_is_named() -> None:
    with pytest.raises(ArgumentError, match="class 7"):
        RBU(sampling_strategy={7: 3}).fit_resample(*cloud())


def test_auto_reaches_neighbours_among_many_features() -> None:
    random = np.random.default_rng(0)
    X, y = random.uniform(size=(80, 100)), np.repeat([0, 1], [60, 20])
    kept = [RBU(gamma=gamma, random_state=0).fit_resample(X, y)[0] for gamma in ("auto", 5.0, 0.05)]
    assert np.array_equal(kept[0], kept[1])
    assert not np.array_equal(kept[0], kept[2])
