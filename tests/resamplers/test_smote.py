"""SMOTE: worked numbers, the segments that its points lie on, and its limits."""

import numpy as np
import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import SMOTE
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.resampler import generator_of
from counterpoise.resamplers.smote import Segments, draw, interpolate


def blobs(num=(60, 15), width=3, seed=0):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(num)), num)
    return random.normal(size=(len(y), width)), y


def segment(made, members, k):
    """Slow: every (x, neighbour) whose segment holds `made`, as (x, neighbour, share)."""
    found = []
    for i, x in enumerate(members):
        apart = [(float(np.linalg.norm(x - z)), j) for j, z in enumerate(members) if j != i]
        for _, j in sorted(apart)[:k]:
            along = members[j] - x
            share = float((made - x) @ along / (along @ along))
            if np.allclose(x + share * along, made, atol=1e-9):
                found.append((i, j, share))
    return found


@pytest.mark.parametrize("k", [1, 5, 14, 50])
def test_points_lie_between_a_sample_and_one_of_its_neighbours(k) -> None:
    X, y = blobs()
    points, _ = SMOTE(k_neighbors=k, random_state=1).fit_resample(X, y)
    members = X[y == 1]
    for made in points[len(X) :]:
        found = segment(made, members, min(k, 14))
        assert found, "on no segment"
        assert any(-1e-9 <= share < 1 for *_, share in found)


def test_numbers_worked_by_hand() -> None:
    ends, one = torch.tensor([[1.0, 2.0], [3.0, -2.0]]), torch.tensor
    room = torch.empty(2, 2)
    interpolate(room, ends, Segments(one([0, 0]), one([1, 1]), one([0.25, 0.0])), 1)
    assert room.tolist() == [[1.5, 1.0], [1.0, 2.0]]


def test_samples_neighbours_and_places_are_drawn_evenly() -> None:
    X, y = blobs((60, 15))
    points, labels = torch.from_numpy(X), torch.from_numpy(y)
    problem = Problem(points, labels, (60, 15), (60, 15), ("0", "1"), generator_of(0))
    drawn = draw(problem, 1, 30_000, 2, 2**20)
    bases = torch.bincount(drawn.base, minlength=75)
    assert bases[:60].sum() == 0
    assert (bases[60:] - 2000).abs().max() < 5 * 2000**0.5
    pairs = torch.unique(torch.stack((drawn.base, drawn.other)), dim=1, return_counts=True)[1]
    assert len(pairs) == 30
    assert (pairs - 1000).abs().max() < 5 * 1000**0.5
    tenths = torch.histc(drawn.share, 10, 0, 1)
    assert (tenths - 3000).abs().max() < 5 * 3000**0.5


def test_one_share_for_all_features() -> None:
    X = np.array([[9.0] * 3] * 5 + [[0, 0, 0], [1, 2, 4]])
    points, _ = SMOTE(random_state=0).fit_resample(X, np.array([0] * 5 + [1] * 2))
    made = points[7:]
    assert np.allclose(made[:, 1], 2 * made[:, 0])
    assert np.allclose(made[:, 2], 4 * made[:, 0])
    assert len(np.unique(made[:, 0])) == 3


def test_one_sample_is_repeated_with_a_warning() -> None:
    X, y = blobs((8, 1))
    with pytest.warns(UserWarning, match=r"class '1' has one sample.*repeated") as caught:
        points, labels = SMOTE(random_state=0).fit_resample(X, y)
    assert caught[0].filename == __file__
    assert (points[9:] == X[8]).all()
    assert labels.tolist() == [0] * 8 + [1] * 8


def test_a_class_without_a_sample_cannot_grow() -> None:
    X, y = blobs()
    with pytest.raises(ArgumentError, match="class 2 has no sample"):
        SMOTE(sampling_strategy={1: 20, 2: 20}).fit_resample(X, y)


def test_constant_features_stay_constant_and_duplicates_repeat() -> None:
    X, y = blobs()
    X[:, 2] = 0.1
    X[y == 1] = X[-1]
    points, _ = SMOTE(random_state=0).fit_resample(X, y)
    assert (points[60:] == X[-1]).all()


def test_integers_are_rounded_between_their_ends() -> None:
    X = np.array([[0, 9]] * 600 + [[10, 250], [20, 255]], dtype=np.uint8)
    points, _ = SMOTE(random_state=0).fit_resample(X, np.array([0] * 600 + [1] * 2))
    made = points[602:].astype(int)
    expected = 250 + (made[:, 0] - 10) / 2
    assert np.abs(made[:, 1] - expected).max() <= 0.75
    assert set(made[:, 0]) == set(range(10, 21)), "rounded, not cut"


def test_large_integers_are_refused_and_others_are_exact() -> None:
    X = np.array([[2**52 + 1], [2**52 + 3], [5], [7], [9]])
    points, _ = SMOTE(random_state=0).fit_resample(X, np.array([0, 0, 1, 1, 1]))
    assert points[:5].tolist() == X.tolist()
    with pytest.raises(ValueError, match=r"at most 2\*\*53"):
        SMOTE().fit_resample(X * 4, np.array([0, 0, 1, 1, 1]))


@pytest.mark.parametrize("options", [{"k_neighbors": 0}, {"k_neighbors": 2.5}, {"max_memory": 0}])
def test_options_that_break_their_rule(options) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        SMOTE(**options).fit_resample(*blobs())


def test_memory_changes_nothing() -> None:
    X, y = blobs((900, 300), width=7)
    plenty, little = (
        SMOTE(random_state=0, max_memory=size).fit_resample(X, y)[0] for size in (2**30, 20_000)
    )
    assert np.array_equal(plenty, little)


def test_a_tensor_keeps_no_gradient() -> None:
    X, y = blobs()
    points, _ = SMOTE(random_state=0).fit_resample(torch.from_numpy(X).requires_grad_(), y)
    assert not points.requires_grad
