"""RBO and MC-RBO on what both do alike: starts, whole runs, copies and options."""

import warnings

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import MCRBO, RBO

BOTH = pytest.mark.parametrize("cls", [RBO, MCRBO])


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
def test_every_synthetic_sample_is_a_climb_from_a_minority_point(
    dtype, cloud, potential_of
) -> None:
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


@BOTH
def test_copies_are_made_with_a_warning_where_no_kernel_reaches(cls, cloud) -> None:
    X, y = cloud()
    with pytest.warns(UserWarning, match=r"class '1' are copies.*gamma=0.05") as caught:
        points, _ = cls(random_state=0).fit_resample(X * 1000, y)
    assert caught[0].filename == __file__
    made = {tuple(row) for row in points[75:]}
    assert made <= {tuple(row) for row in 1000 * X[60:]}


@BOTH
def test_no_steps_are_copies_and_few_samples_are_neighbours_all(cls, cloud) -> None:
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


@BOTH
def test_memory_changes_nothing(cls, cloud) -> None:
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
def test_options_that_break_their_rule(cls, options, cloud) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        cls(**options).fit_resample(*cloud())


@BOTH
def test_a_class_without_a_sample_cannot_grow(cls, cloud) -> None:
    with pytest.raises(ArgumentError, match="class 2 has no sample"):
        cls(sampling_strategy={2: 9}).fit_resample(*cloud())


@BOTH
def test_auto_reaches_neighbours_among_many_features(cls, cloud) -> None:
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
def test_auto_is_the_paper_for_one_feature(cls, cloud) -> None:
    X, y = cloud(width=1)
    auto, _ = cls(gamma="auto", step_size="auto", random_state=0).fit_resample(X, y)
    assert np.array_equal(auto, cls(random_state=0).fit_resample(X, y)[0])
    with pytest.raises(ArgumentError, match='positive number or "auto"; got'):
        cls(gamma="wide").fit_resample(X, y)
