"""CCR and MC-CCR on what both do alike: worked numbers, cleaning, energy and options."""

import warnings

import numpy as np
import pytest
import torch

from counterpoise.errors import ArgumentError, DataError
from counterpoise.resamplers import CCR, MCCCR
from counterpoise.resamplers.spheres import grow

pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")
BOTH = pytest.mark.parametrize("cls", [CCR, MCCCR])


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@BOTH
def test_a_majority_point_in_the_same_place_goes_to_the_surface(cls, dtype) -> None:
    X = np.array([[5.0, 5], [5, 5], [9, 9], [5, 5]], dtype=dtype) * 1000
    y = np.array([0, 0, 0, 1])
    points, _ = cls(energy=3, random_state=0).fit_resample(X, y)
    apart = np.abs(points[:3] - X[3]).sum(1)
    np.testing.assert_allclose(apart, [1, 1, 8000], rtol=1e-3)  # holds two: 3 = 3 r
    assert not np.array_equal(points[0], points[1]), "each has its own direction"


@BOTH
def test_remove_leaves_out_what_lies_inside_and_ignore_leaves_it(
    cls, cloud, cleaned_slowly
) -> None:
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
def test_remove_never_empties_a_class(cls, cloud) -> None:
    X, y = cloud()
    with pytest.raises(DataError, match="all 60 of class '0'"):
        cls(energy=1e6, cleaning="remove").fit_resample(X, y)


def test_one_against_the_rest_adds_up_moves(cloud, cleaned_slowly) -> None:
    X, y = cloud((40, 20, 10))
    points, _ = CCR(energy=0.3, random_state=0).fit_resample(X, y)
    moves = sum(cleaned_slowly(X, y, k, 0.3)[1] - X for k in (1, 2))
    np.testing.assert_allclose(points[:70], X + moves, atol=1e-12)


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


@BOTH
def test_one_minority_sample(cls, cloud) -> None:
    X, y = cloud((20, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points, labels = cls(energy=1.5, random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [20, 20]
    assert len(np.unique(points[21:], axis=0)) == 19


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
def test_options_that_break_their_rule(cls, options, message, cloud) -> None:
    with pytest.raises(ArgumentError, match=message):
        cls(**options).fit_resample(*cloud())


@pytest.mark.parametrize("cleaning", ["translate", "remove", "ignore"])
@BOTH
def test_memory_changes_nothing(cls, cleaning, cloud) -> None:
    X, y = cloud((300, 100, 50), width=7)
    X[300:310] = X[:10]
    X[305] = X[1]
    plenty, little = (
        cls(energy=0.8, cleaning=cleaning, random_state=0, max_memory=size).fit_resample(X, y)[0]
        for size in (2**30, 20_000)
    )
    np.testing.assert_allclose(plenty, little, rtol=1e-10, atol=1e-12)


@BOTH
def test_integers_are_rounded(cls, cloud) -> None:
    X, y = cloud()
    whole = (X * 255).astype(np.uint8)
    exact, _ = cls(energy=60, random_state=0).fit_resample(whole.astype(np.float32), y)
    points, _ = cls(energy=60, random_state=0).fit_resample(whole, y)
    assert points.dtype == np.uint8
    assert np.array_equal(points, exact.round().clip(0, 255))


@BOTH
def test_a_class_without_a_sample_cannot_grow(cls, cloud) -> None:
    with pytest.raises(ArgumentError, match="class 2 has no sample"):
        cls(sampling_strategy={2: 9}).fit_resample(*cloud())
