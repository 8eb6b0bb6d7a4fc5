"""RBO: the potential and whole climbs against slow loops and numbers worked by hand."""

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import MCRBO, RBO
from counterpoise.resamplers.climb import climb
from counterpoise.resamplers.largest_first import others
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.radial import kernel, potential
from counterpoise.resamplers.resampler import generator_of

BOTH = pytest.mark.parametrize("cls", [RBO, MCRBO])


def cloud(num=(60, 15), width=3, seed=0):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(num)), num)
    return random.uniform(size=(len(y), width)), y


def potential_of(x, near, charge, gamma, p):
    """Slow: one neighbour at a time."""
    apart = [float(np.sum(np.abs(x - z) ** p) ** (1 / p)) for z in near]
    return sum(c * math.exp(-((d / gamma) ** 2)) for c, d in zip(charge, apart, strict=True))


def climb_slowly(start, near, charge, draws, step, gamma, p):
    """Slow: RBO's steps from one point, the potential computed anew each time.

    Returns:
        The translation, the number of trials, and the directions taken, d up and D + d down.
    """
    width, way, taken, trials = len(start), np.zeros(len(start)), [], 0
    level = potential_of(start, near, charge, gamma, p)
    unused = list(range(2 * width))
    for drawn in draws:
        if not unused:
            break
        trials += 1
        slot = int(drawn * len(unused))
        direction = unused[slot]
        unused[slot] = unused[-1]
        unused.pop()
        proposed = way.copy()
        proposed[direction % width] += step if direction < width else -step
        new = potential_of(start + proposed, near, charge, gamma, p)
        if abs(new) < abs(level):
            way, level = proposed, new
            taken.append(direction)
            back = (direction + width) % (2 * width)
            unused = [(back + 1 + i) % (2 * width) for i in range(2 * width - 1)]
    return way, trials, taken


@pytest.mark.parametrize(("p", "expected"), [(1.0, 0.0183156389), (2.0, 0.1353352832)])
def test_worked_potential(p, expected) -> None:
    x, majority, minority = (
        torch.tensor(a, dtype=torch.float64) for a in ([[0.5, 0.5]], [[0, 0], [1, 0]], [[0, 1]])
    )
    found = potential(x, majority, 0.5, p, 2**20) - potential(x, minority, 0.5, p, 2**20)
    assert float(found[0]) == pytest.approx(expected, abs=1e-9)
    slow = potential_of(np.array([0.5, 0.5]), [(0, 0), (1, 0), (0, 1)], (1, 1, -1), 0.5, p)
    assert slow == pytest.approx(expected, abs=1e-9)


def test_a_potential_in_blocks_is_the_same() -> None:
    points = torch.from_numpy(cloud((500, 20))[0])
    whole = kernel(points, points, 0.3, 1).sum(1)
    torch.testing.assert_close(potential(points, points, 0.3, 1, 1), whole)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("width", [1, 2, 7])
def test_climbs_as_in_a_slow_loop(p, width) -> None:
    random = torch.Generator().manual_seed(width)
    starts = torch.rand(12, width, generator=random, dtype=torch.float64)
    near = torch.rand(12, 9, width, generator=random, dtype=torch.float64)
    charge = 2 * (torch.rand(12, 9, generator=random) < 0.6).double() - 1
    draws = torch.rand(150, 12, generator=random, dtype=torch.float64)
    options = {"gamma": 0.4, "p": p}
    way, felt = climb(starts, near, charge, draws, step_size=0.01, **options)
    assert felt
    ended = 0
    for i in range(12):
        given = (a[i].numpy() for a in (starts, near, charge))
        expected, trials, taken = climb_slowly(*given, draws[:, i].tolist(), 0.01, **options)
        np.testing.assert_allclose(way[i].numpy(), expected, atol=1e-12)
        turns = pairwise(taken)
        assert all((a + width) % (2 * width) != b for a, b in turns), "never straight back"
        ended += trials < 150
    assert width > 2 or ended > 6, "some run out of directions"


def test_a_climb_without_force_tries_every_direction_once_and_stays() -> None:
    """Far from all: the potential is 0, and nothing is below that."""
    starts, near = torch.zeros(2, 3, dtype=torch.float64), torch.full((2, 4, 3), 1e6).double()
    draws = torch.rand(50, 2, dtype=torch.float64)
    way, felt = climb(
        starts, near, torch.ones(2, 4, dtype=torch.float64), draws, step_size=1.0, gamma=0.1, p=1
    )
    assert not felt
    assert not way.any()


def test_directions_are_drawn_evenly() -> None:
    """One trial each, one neighbour of the same class: half of the ways lead away from it."""
    num = 8000
    starts = torch.zeros(num, 2, dtype=torch.float64)
    near = torch.full((num, 1, 2), 0.5, dtype=torch.float64)
    draws = torch.rand(1, num, generator=generator_of(0), dtype=torch.float64)
    charge = -torch.ones(num, 1, dtype=torch.float64)
    way, _ = climb(starts, near, charge, draws, step_size=0.1, gamma=1.0, p=1)
    kinds, counts = torch.unique(way, dim=0, return_counts=True)
    expected = torch.tensor([[-0.1, 0], [0, -0.1], [0, 0]], dtype=torch.float64)
    torch.testing.assert_close(kinds, expected)
    assert (counts - torch.tensor([num / 4, num / 4, num / 2])).abs().max() < 5 * num**0.5 / 2


@pytest.mark.parametrize("first", [0, 1])
@BOTH
def test_a_start_is_not_its_own_neighbour_wherever_it_stands(cls, first) -> None:
    """With itself among the neighbours it would feel a force of its own, and move."""
    X = np.array([[0.0, 0], [0, 1e-3], [9, 9], [9, 8], [8, 9]])
    y = np.array([1, 1, 0, 0, 0])
    if first:
        X, y = X[::-1].copy(), y[::-1].copy()
    options = {"gamma": 0.01, "k_neighbors": 1, "steps": 60, "random_state": 0}
    points, _ = cls(step_size=1e-4, **options).fit_resample(X, y)
    made = points[5]
    # only the other minority point counts, so it moves away from it; itself would be at 0
    other = X[y == 1][np.abs(X[y == 1] - made).sum(1).argmax()]
    assert np.abs(made - other).sum() > 1.5e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_synthetic_sample_is_a_climb_from_a_minority_point(dtype) -> None:
    """Whole runs: potentials fall towards 0, whole steps are taken, at most `steps` of them."""
    X, y = cloud()
    X = X.astype(dtype)
    options = {"gamma": 0.4, "steps": 80, "step_size": 0.01, "k_neighbors": 10}
    points, _ = RBO(random_state=0, **options).fit_resample(X, y)
    near_zero = []
    for made in points[75:]:
        whole = [
            base
            for base in range(60, 75)
            if np.allclose((made - X[base]) % 0.01 % 0.01, 0, atol=1e-5)
            or np.abs((made - X[base]) / 0.01 - np.round((made - X[base]) / 0.01)).max() < 1e-3
        ]
        assert len(whole) == 1
        start = X[whole[0]]
        rest = np.delete(np.arange(75), whole[0])
        rest = rest[np.argsort(np.abs(X[rest] - start).sum(1), kind="stable")[:10]]
        charge = np.where(y[rest] == 1, -1, 1)
        levels = [abs(potential_of(x, X[rest], charge, 0.4, 1)) for x in (start, made)]
        assert levels[1] <= levels[0]
        assert np.abs(made - start).sum() <= 80 * 0.01 + 1e-5
        near_zero.append(levels[1] / levels[0])
    assert np.median(near_zero) < 0.2


def test_with_two_classes_both_are_the_same() -> None:
    X, y = cloud()
    options = {"gamma": 0.3, "steps": 50, "random_state": 0}
    points, _ = MCRBO(majority="complete", **options).fit_resample(X, y)
    expected, _ = RBO(**options).fit_resample(X, y)
    assert np.array_equal(points, expected)
    sampled, labels = MCRBO(**options).fit_resample(X, y)  # draws all, and so other numbers follow
    assert not np.array_equal(sampled, expected)
    assert np.bincount(labels).tolist() == [60, 60]


def test_whom_each_class_meets() -> None:
    """Numbers of specification 8.4 for a largest class of 5000."""
    counts = (5000, 10, 9, 8, 7, 6, 5, 4, 3, 2)
    labels = torch.arange(10).repeat_interleave(5000)
    usable = torch.ones(50_000, dtype=torch.bool)
    points = torch.zeros(50_000, 1)
    names = tuple("abcdefghij")
    problem = Problem(points, labels, counts, (5000,) * 10, names, generator_of(0))
    draws = []
    for turn in range(1, 10):
        met = others(problem, labels, usable, turn, "sampled")
        each = torch.bincount(labels[met], minlength=10)
        assert len(torch.unique(met)) == len(met), "without replacement"
        assert not each[turn:].any()
        assert len(torch.unique(each[:turn])) == 1
        draws.append(int(each[0]))
    assert draws == [5000, 2500, 1666, 1250, 1000, 833, 714, 625, 555]
    usable[:4900] = False
    capped = others(problem, labels, usable, 2, "sampled")
    assert torch.bincount(labels[capped]).tolist() == [100, 2500]
    assert len(others(problem, labels, usable, 0, "sampled")) == 0
    assert len(others(problem, labels, usable, 0, "complete")) == 45_000


@BOTH
def test_copies_are_made_with_a_warning_where_no_kernel_reaches(cls) -> None:
    X, y = cloud()
    with pytest.warns(UserWarning, match=r"class '1' are copies.*gamma=0.05") as caught:
        points, _ = cls(random_state=0).fit_resample(X * 1000, y)
    assert caught[0].filename == __file__
    made = {tuple(row) for row in points[75:]}
    assert made <= {tuple(row) for row in 1000 * X[60:]}


@BOTH
def test_no_steps_are_copies_and_few_samples_are_neighbours_all(cls) -> None:
    X, y = cloud((6, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points, _ = cls(steps=0, random_state=0).fit_resample(X, y)
        assert {tuple(row) for row in points[8:]} <= {tuple(row) for row in X[6:]}
        points, labels = cls(gamma=1.0, k_neighbors=100, random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [6, 6]


@BOTH
def test_one_sample_and_one_neighbour(cls) -> None:
    X, y = np.array([[0.0], [0.3]]), np.array([0, 1])
    points, _ = cls(sampling_strategy={1: 3}, gamma=1.0, random_state=0).fit_resample(X, y)
    assert (points[2:] > 0.7).all(), "away from what draws nothing back"


def test_the_largest_class_of_many_meets_itself() -> None:
    X, y = cloud((8, 1))
    lone = MCRBO(sampling_strategy={0: 9}, gamma=1.0, steps=20, random_state=0)
    assert len(lone.fit_resample(X, y)[0]) == 10
    X, y = cloud((1, 1))
    alone = MCRBO(sampling_strategy={0: 3}, random_state=0).fit_resample(X, y)[0]
    assert (alone[2:] == X[0]).all(), "no neighbour at all"


@BOTH
def test_memory_changes_nothing(cls) -> None:
    X, y = cloud((90, 30, 10), width=4)
    plenty, little = (
        cls(gamma=0.5, steps=40, random_state=0, max_memory=size).fit_resample(X, y)[0]
        for size in (2**30, 100_000)
    )
    assert np.array_equal(plenty, little)


@pytest.mark.parametrize(
    "options",
    [
        {"gamma": 0},
        {"gamma": float("nan")},
        {"gamma": "wide"},
        {"step_size": -0.1},
        {"steps": -1},
        {"steps": 1.5},
        {"k_neighbors": 0},
        {"p": 0.9},
        {"p": float("inf")},
        {"max_memory": 0},
    ],
)
@BOTH
def test_options_that_break_their_rule(cls, options) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        cls(**options).fit_resample(*cloud())


@BOTH
def test_a_class_without_a_sample_cannot_grow(cls) -> None:
    with pytest.raises(ArgumentError, match="class 2 has no sample"):
        cls(sampling_strategy={2: 9}).fit_resample(*cloud())


@BOTH
def test_auto_reaches_neighbours_among_many_features(cls) -> None:
    X, y = cloud(width=100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points, _ = cls(gamma="auto", step_size="auto", random_state=0).fit_resample(X, y)
    same, _ = cls(gamma=5.0, step_size=0.01, random_state=0).fit_resample(X, y)
    assert np.array_equal(points, same)
    moved = np.abs(points[len(X) :, None] - X[None]).sum(-1).min(1)
    assert (moved > 0).all()
    assert moved.max() < np.abs(X[:60, None] - X[None, 60:]).sum(-1).mean()


@BOTH
def test_auto_is_the_paper_for_one_feature(cls) -> None:
    X, y = cloud(width=1)
    auto, _ = cls(gamma="auto", step_size="auto", random_state=0).fit_resample(X, y)
    assert np.array_equal(auto, cls(random_state=0).fit_resample(X, y)[0])
    with pytest.raises(ArgumentError, match='positive number or "auto"; got'):
        cls(gamma="wide").fit_resample(X, y)
