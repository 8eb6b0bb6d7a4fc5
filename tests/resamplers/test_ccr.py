"""CCR: radii, translations and allocation against slow loops and numbers worked by hand."""

import warnings

import numpy as np
import pytest
import torch

from counterpoise.errors import ArgumentError, DataError
from counterpoise.resamplers import CCR, MCCCR, mcccr
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.resampler import generator_of
from counterpoise.resamplers.spheres import Spheres, directions, grow

pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")
BOTH = pytest.mark.parametrize("cls", [CCR, MCCCR])


def cloud(num=(60, 15), width=3, seed=0):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(num)), num)
    return random.uniform(size=(len(y), width)), y


def spheres(energy=0.5, cleaning="translate", allocation="proportional", p=1.0, max_memory=2**20):
    return Spheres(energy, cleaning, allocation, p, max_memory)


def problem_of(X, y):
    counts = tuple(np.bincount(y).tolist())
    names = tuple(map(str, range(len(counts))))
    points, labels = torch.from_numpy(np.asarray(X, dtype=float)), torch.from_numpy(y)
    return Problem(points, labels, counts, counts, names, generator_of(0), points.shape[1:])


def radius_of(distances, energy):
    """Slow: the sphere of specification 8.4, one majority point at a time."""
    d, r, e, j = sorted(distances), 0.0, energy, 0
    while True:
        if j == len(d):
            return r + e / max(j, 1), j
        if d[j] >= r + e / (j + 1):
            return r + e / (j + 1), j
        step = d[j] - (d[j - 1] if j else 0.0)
        r, e, j = r + step, e - step * (j + 1), j + 1


def cleaned_slowly(X, y, k, energy, p=1.0):
    """Slow: radii of class k, and all points after the others have been pushed."""
    centres, radii, after = X[y == k], [], X.copy()
    for x in centres:
        apart = {i: np.linalg.norm(X[i] - x, ord=p) for i in np.flatnonzero(y != k)}
        r, inside = radius_of(apart.values(), energy)
        radii.append(r)
        for i in sorted(apart, key=apart.get)[:inside]:
            after[i] += (X[i] - x) * (r - apart[i]) / apart[i]
    return np.array(radii), after


@pytest.mark.parametrize(
    ("energy", "radius", "after"),
    [
        (0.5, 0.5, [(1, 0), (0, 2), (3, 0)]),
        (2, 1.5, [(1.5, 0), (0, 2), (3, 0)]),
        (4, 7 / 3, [(7 / 3, 0), (0, 7 / 3), (3, 0)]),
        (10, 13 / 3, [(13 / 3, 0), (0, 13 / 3), (13 / 3, 0)]),
    ],
)
@BOTH
def test_worked_numbers(cls, energy, radius, after) -> None:
    X, y = np.array([[1.0, 0], [0, 2], [3, 0], [0, 0]]), np.array([0, 0, 0, 1])
    points, labels = cls(energy=energy, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:4], [*after, (0, 0)])
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert np.abs(points[4:]).sum(1).max() <= radius
    apart = torch.from_numpy(np.abs(X[:3]).sum(1))[None]
    assert float(grow(apart, energy)[0]) == pytest.approx(radius)


def test_worked_allocation() -> None:
    room = torch.empty(14, 1, dtype=torch.float64)
    centres = torch.tensor([[0.0], [100.0], [200.0]], dtype=torch.float64)
    problem = problem_of(centres, np.array([0, 1, 1]))
    spheres().fill(room, centres, torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64), problem)
    assert torch.bincount((room[:, 0] / 100).round().long()).tolist() == [8, 4, 2]
    spheres(allocation="uniform").fill(room, centres, torch.tensor([0.5, 1.0, 2.0]), problem)
    assert sorted(torch.bincount((room[:, 0] / 100).round().long()).tolist()) == [4, 5, 5]


@pytest.mark.parametrize("energy", [0.01, 0.3, 1.0, 3.0, 40.0, 1000.0])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_radii_and_translations_as_in_a_slow_loop(energy, p) -> None:
    X, y = cloud()
    radii, after = cleaned_slowly(X, y, 1, energy, p)
    points, _ = CCR(energy=energy, p=p, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:75], after, rtol=1e-9, atol=1e-12)
    problem = problem_of(X, y)
    own, others = problem.points[60:], problem.points[:60]
    cleaned = spheres(energy, p=p).clean(own, others, problem, 1)
    np.testing.assert_allclose(cleaned.radii, radii, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_radii_far_from_the_origin(dtype) -> None:
    X, y = cloud()
    X = (X + 100).astype(dtype)
    _, after = cleaned_slowly(X.astype(np.float64), y, 1, 0.6)
    points, _ = CCR(energy=0.6, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:75], after, atol=2e-3 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("allocation", ["proportional", "uniform"])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_synthetic_samples_lie_in_their_spheres_in_proportion(allocation, p) -> None:
    X, y = cloud((400, 5), width=2)
    X[y == 1] = np.arange(10, 60, 10)[:, None] + X[y == 1]  # far from each other
    X[:5] = X[400:] + np.array([0.01, 0.0]) * np.arange(1, 6)[:, None]
    points, _ = CCR(energy=0.3, allocation=allocation, p=p, random_state=0).fit_resample(X, y)
    radii, _ = cleaned_slowly(X, y, 1, 0.3, p)
    assert len(set(radii.round(6))) == 5
    home = np.round(points[405:, 0] / 10 - 0.5).astype(int) - 1
    apart = np.linalg.norm(points[405:] - X[400 + home], ord=p, axis=1)
    assert (apart <= radii[home]).all()
    shares = 1 / radii if allocation == "proportional" else np.ones(5)
    assert np.abs(np.bincount(home) - 395 * shares / shares.sum()).max() < 1
    part = apart / radii[home]
    assert abs(part.mean() - 0.5) < 5 / (12 * 395) ** 0.5, "the share of the radius is even"


def test_a_tie_in_the_allocation_favours_no_place() -> None:
    X, y = cloud((15, 10), width=2)
    X[y == 0] += 50  # all radii are the energy; 5 samples for 10 spheres
    homes = set()
    for seed in range(20):
        points, _ = CCR(random_state=seed).fit_resample(X, y)
        apart = np.abs(points[25:, None] - X[15:]).sum(2)
        homes |= set(apart.argmin(1).tolist())
    assert len(homes) > 7


def test_directions_have_norm_one_and_all_signs() -> None:
    problem = problem_of(*cloud())
    for p, norm in ((1.0, 1), (2.0, 2)):
        away = directions(problem, 4000, 3, p)
        torch.testing.assert_close(away.norm(p=norm, dim=1), torch.ones(4000, dtype=away.dtype))
        assert len(torch.unique(away.sign(), dim=0)) == 8
        assert float(away.mean(0).abs().max()) < 0.03


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@BOTH
def test_a_majority_point_in_the_same_place_goes_to_the_surface(cls, dtype) -> None:
    X = np.array([[5.0, 5], [5, 5], [9, 9], [5, 5]], dtype=dtype) * 1000
    y = np.array([0, 0, 0, 1])
    points, _ = cls(energy=3, random_state=0).fit_resample(X, y)
    apart = np.abs(points[:3] - X[3]).sum(1)
    np.testing.assert_allclose(apart, [1, 1, 8000], rtol=1e-3)  # holds two: 3 = 3 r
    assert not np.array_equal(points[0], points[1]), "each has its own direction"


def test_as_little_as_can_be_apart() -> None:
    X, y = np.array([[1e-310, 0], [9, 9], [0, 0]]), np.array([0, 0, 1])
    points, _ = CCR(energy=1, random_state=0).fit_resample(X, y)
    np.testing.assert_allclose(points[:2], [[0.5, 0], [9, 9]])


@BOTH
def test_remove_leaves_out_what_lies_inside_and_ignore_leaves_it(cls) -> None:
    X, y = cloud()
    _, after = cleaned_slowly(X, y, 1, 0.2)
    inside = (after != X).any(1)
    assert 0 < inside.sum() < 60
    points, labels = cls(energy=0.2, cleaning="remove", random_state=0).fit_resample(X, y)
    assert np.array_equal(points[: 75 - inside.sum()], X[~inside])
    assert np.bincount(labels).tolist() == [60 - inside.sum(), 60]
    ignored, labels = cls(energy=0.2, cleaning="ignore", random_state=0).fit_resample(X, y)
    assert np.array_equal(ignored[:75], X)
    assert np.bincount(labels).tolist() == [60, 60]
    little = cls(energy=0.2, cleaning="remove", random_state=0, max_memory=500)
    np.testing.assert_allclose(little.fit_resample(X, y)[0], points, rtol=1e-12)


@BOTH
def test_remove_never_empties_a_class(cls) -> None:
    X, y = cloud()
    with pytest.raises(DataError, match="all 60 of class '0'"):
        cls(energy=1e6, cleaning="remove").fit_resample(X, y)


@BOTH
def test_with_two_classes_both_are_the_same(cls) -> None:
    X, y = cloud()
    points, labels = cls(random_state=0).fit_resample(X, y)
    expected, _ = CCR(random_state=0).fit_resample(X, y)
    assert np.array_equal(points[:75], expected[:75])
    assert np.bincount(labels).tolist() == [60, 60]


def test_one_against_the_rest_adds_up_moves() -> None:
    X, y = cloud((40, 20, 10))
    points, _ = CCR(energy=0.3, random_state=0).fit_resample(X, y)
    moves = sum(cleaned_slowly(X, y, k, 0.3)[1] - X for k in (1, 2))
    np.testing.assert_allclose(points[:70], X + moves, atol=1e-12)


def test_many_classes_meet_larger_ones_as_they_are_by_then() -> None:
    """Growing by nothing, then one class at a time: the order, and moves upon moves."""
    X, y = cloud((12, 30, 20))  # of 30: 30 for the first, floor(30 / 2) = 15 of each after that
    points, labels = MCCCR(energy=0.4, random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [30, 30, 30]
    assert np.array_equal(points[:12], X[:12]), "the smallest class meets, and is not met"
    _, first = cleaned_slowly(X[y > 0], y[y > 0], 2, 0.4)
    alone, _ = MCCCR(energy=0.4, random_state=0, sampling_strategy={2: 30}).fit_resample(X, y)
    np.testing.assert_allclose(alone[12:62], first, atol=1e-12)
    moved = (points[12:42] != alone[12:42]).any(1)
    assert 0 < moved.sum() <= 15, "half of the largest class was drawn for the smallest"
    only = {0: 13}
    last, _ = MCCCR(energy=0.4, random_state=0, sampling_strategy=only).fit_resample(X, y)
    met = (last[12:62] != X[12:62]).any(1)
    for start, end, most in ((0, 30, 15), (30, 50, 15)):
        assert 0 < met[start:end].sum() <= most


@pytest.mark.parametrize("energy", [0.3, 2.0])
def test_every_step_of_many_classes_is_that_of_a_slow_loop(monkeypatch, energy) -> None:
    """Whom a class meets is drawn here, what it does to them is not: moves upon moves."""
    X, y = cloud((12, 30, 20))
    drawn = {1: np.arange(30), 2: np.r_[5:20, 42:57]}  # of 30 and 20 originals, then 10 made

    def met(problem, labels, usable, turn, majority):
        order = [1, 2, 0]
        places = [torch.nonzero(usable & (labels == k))[:, 0] for k in order[:turn]]
        found = torch.cat(places) if places else torch.empty(0, dtype=torch.int64)
        return found[torch.from_numpy(drawn[turn])] if turn else found

    monkeypatch.setattr(mcccr, "others", met)
    points, labels = MCCCR(energy=energy, random_state=0).fit_resample(X, y)
    two, _ = MCCCR(energy=energy, random_state=0, sampling_strategy={2: 30}).fit_resample(X, y)
    _, pushed = cleaned_slowly(X[12:], y[12:], 2, energy)
    np.testing.assert_allclose(two[12:62], pushed, atol=1e-12)
    # the smallest meets class 1 as pushed, and of class 2 originals and those made at its turn
    made = two[62:]
    large = np.concatenate((pushed[:30], pushed[30:], made))[drawn[2]]
    both = np.concatenate((X[:12], large))
    radii, after = cleaned_slowly(both, np.repeat([0, 1], [12, 30]), 0, energy)
    where = np.concatenate((12 + np.arange(50), np.flatnonzero(labels == 2)[20:]))
    np.testing.assert_allclose(points[where[drawn[2]]], after[12:], atol=1e-12)
    new = points[np.flatnonzero(labels == 0)[12:]]
    apart = np.abs(new[:, None] - X[None, :12]).sum(2)
    assert (apart <= radii + 1e-9).any(1).all()


@BOTH
def test_energy_that_goes_by_the_data(cls) -> None:
    random = np.random.default_rng(0)
    X, y = random.uniform(size=(80, 100)), np.repeat([0, 1], [60, 20])
    with pytest.warns(UserWarning, match=r"class '1' reaches.*energy=0.25.*\"auto\"") as caught:
        points, _ = cls(random_state=0).fit_resample(X, y)
    assert caught[0].filename == __file__
    assert np.array_equal(points[:80], X)
    for p in (1, 2):
        apart = np.linalg.norm(X[60:, None] - X[:60], ord=p, axis=2).min(1)
        auto, _ = cls(energy="auto", p=p, random_state=0).fit_resample(X, y)
        energy = np.sort(apart)[9]  # the tenth of twenty, as torch has the median
        same, _ = cls(energy=energy, p=p, random_state=0).fit_resample(X, y)
        np.testing.assert_allclose(auto, same, rtol=1e-9, atol=1e-9)
        assert (auto[:60] != X[:60]).any()


@BOTH
def test_energy_that_goes_by_data_in_one_place(cls) -> None:
    X, y = np.ones((30, 3)), np.repeat([0, 1], [20, 10])
    points, labels = cls(energy="auto", random_state=0).fit_resample(X, y)
    assert np.isfinite(points).all()
    assert np.bincount(labels).tolist() == [20, 20]


def test_complete_meets_smaller_classes_too() -> None:
    X, y = cloud((40, 20, 10))
    complete = MCCCR(energy=0.4, majority="complete", sampling_strategy={1: 40}, random_state=0)
    points, _ = complete.fit_resample(X, y)
    np.testing.assert_allclose(points[:70], cleaned_slowly(X, y, 1, 0.4)[1], atol=1e-12)


@BOTH
def test_one_minority_sample(cls) -> None:
    X, y = cloud((20, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points, labels = cls(energy=1.5, random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [20, 20]
    assert len(np.unique(points[21:], axis=0)) == 19


def test_the_largest_class_of_many_meets_none() -> None:
    X, y = cloud((40, 20, 10))
    points, _ = MCCCR(sampling_strategy={0: 60}, random_state=0).fit_resample(X, y)
    assert np.array_equal(points[:70], X)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"energy": 0}, "energy is a positive number.*got 0"),
        ({"energy": -1.0}, "energy"),
        ({"energy": "much"}, '"auto"; got .much'),
        ({"energy": float("nan")}, "energy"),
        ({"energy": float("inf")}, "energy"),
        ({"cleaning": "translation"}, "did you mean 'translate'"),
        ({"allocation": "even"}, "allocation"),
        ({"p": 0.5}, "p is a number, at least 1"),
        ({"max_memory": 0}, "max_memory"),
    ],
)
@BOTH
def test_options_that_break_their_rule(cls, options, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        cls(**options).fit_resample(*cloud())


def test_an_unknown_majority() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'sampled'"):
        MCCCR(majority="sample").fit_resample(*cloud())


@pytest.mark.parametrize("cleaning", ["translate", "remove", "ignore"])
@BOTH
def test_memory_changes_nothing(cls, cleaning) -> None:
    X, y = cloud((300, 100, 50), width=7)
    X[300:310] = X[:10]
    X[305] = X[1]
    plenty, little = (
        cls(energy=0.8, cleaning=cleaning, random_state=0, max_memory=size).fit_resample(X, y)[0]
        for size in (2**30, 20_000)
    )
    np.testing.assert_allclose(plenty, little, rtol=1e-10, atol=1e-12)


@BOTH
def test_integers_are_rounded(cls) -> None:
    X, y = cloud()
    whole = (X * 255).astype(np.uint8)
    exact, _ = cls(energy=60, random_state=0).fit_resample(whole.astype(np.float32), y)
    points, _ = cls(energy=60, random_state=0).fit_resample(whole, y)
    assert points.dtype == np.uint8
    assert np.array_equal(points, exact.round().clip(0, 255))


@BOTH
def test_a_class_without_a_sample_cannot_grow(cls) -> None:
    with pytest.raises(ArgumentError, match="class 2 has no sample"):
        cls(sampling_strategy={2: 9}).fit_resample(*cloud())
