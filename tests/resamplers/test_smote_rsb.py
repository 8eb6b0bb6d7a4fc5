"""SMOTE-RSB*: numbers worked by hand, and acceptance as a slow loop."""

import numpy as np
import pytest
import torch

from counterpoise.resamplers import SMOTE, SMOTERSB, smote_rsb
from counterpoise.resamplers.smote_rsb import THETAS, accepted, similarity

MAJORITY = torch.tensor([[0.0, 0.0], [4.0, 0.0]], dtype=torch.float64)
SYNTHETIC = torch.tensor([[1.0, 1], [4, 1], [2, 4], [0, 3]], dtype=torch.float64)


def slow_accepted(points, others, span, num):
    """The algorithm as printed, one pair and one feature at a time."""
    found = []
    for theta in range(40, 91, 5):
        found = []
        for i, x in enumerate(points):
            like = [
                1 - sum(abs(a - b) / r for a, b, r in zip(x, z, span, strict=True)) / len(span)
                for z in others
            ]
            if not any(s > theta / 100 + 1e-9 for s in like):
                found.append(i)
        if len(found) >= num:
            break
    return found


def test_numbers_worked_by_hand() -> None:
    similar = similarity(SYNTHETIC / 4, MAJORITY / 4, 2**20)
    assert similar.tolist() == [0.75, 0.875, 0.25, 0.625]
    each = {t: torch.nonzero(similar <= t / 100)[:, 0].tolist() for t in THETAS}
    assert [each[t] for t in range(40, 61, 5)] == [[2]] * 5
    assert [each[t] for t in (65, 70)] == [[2, 3]] * 2
    assert [each[t] for t in (75, 80, 85)] == [[0, 2, 3]] * 3
    assert each[90] == [0, 1, 2, 3]
    assert [accepted(similar, n).tolist() for n in (1, 2, 3, 4)] == [
        [2],
        [2, 3],
        [0, 2, 3],
        [0, 1, 2, 3],
    ]


@pytest.mark.parametrize("num", [1, 5, 20, 40])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_acceptance_as_a_slow_loop(num, dtype) -> None:
    random = np.random.default_rng(num)
    points, others = random.normal(size=(40, 3)), random.normal(size=(25, 3)) + 1
    span = np.ptp(np.concatenate((points, others)), axis=0)
    scaled = [torch.from_numpy(v / span).to(dtype) for v in (points, others)]
    found = accepted(similarity(*scaled, 2**20), num)
    assert found.tolist() == slow_accepted(points, others, span, num)


def blobs(gap, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(60, 4))
    y = np.repeat([0, 1], [45, 15])
    X[y == 1] += gap
    return X, y


def test_what_is_kept_is_accepted_and_no_more_than_asked() -> None:
    X, y = blobs(2.0)
    points, labels = SMOTERSB(random_state=0).fit_resample(X, y)
    made = points[60:]
    assert 0 < len(made) <= 30
    assert (labels[60:] == 1).all()
    assert np.array_equal(points[:60], X)
    span = np.ptp(X, axis=0)
    like = 1 - (np.abs(made[:, None] - X[y == 0]) / span).mean(axis=2).min(axis=1)
    assert (like <= 0.9 + 1e-6).all()


def test_classes_far_apart_accept_everything_as_early_as_possible() -> None:
    X, y = blobs(50.0)
    _, labels = SMOTERSB(random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [45, 45]


def test_where_nothing_is_accepted_it_is_plain_smote() -> None:
    X, y = blobs(0.0)
    X[y == 1] = X[y == 0][:15]  # the same places: similarity near 1 everywhere
    X[0, :] = 1e6  # and a range that makes all of them alike
    points, labels = SMOTERSB(random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [45, 45]
    plain, _ = SMOTERSB(random_state=0, pool=1).fit_resample(X, y)
    assert np.array_equal(plain, SMOTE(random_state=0).fit_resample(X, y)[0])
    assert len(points) == len(plain)


def test_pool_of_one_is_the_printed_algorithm() -> None:
    """It needs all of its candidates, so theta ends at .90: what passes there is kept."""
    X, y = blobs(0.5)
    candidates = SMOTE(random_state=0).fit_resample(X, y)[0][60:]
    span = np.ptp(X, axis=0)
    chosen = slow_accepted(candidates, X[y == 0], span, len(candidates))
    assert 0 < len(chosen) < len(candidates)
    points, _ = SMOTERSB(random_state=0, pool=1).fit_resample(X, y)
    assert np.array_equal(points[60:], candidates[chosen])


def test_candidates_are_made_within_max_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def measured(points, others, max_memory):
        seen.append(points.nbytes)
        return similarity(points, others, max_memory)

    monkeypatch.setattr(smote_rsb, "similarity", measured)
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 500)), np.repeat([0, 1], [50, 10])
    little = SMOTERSB(random_state=0, max_memory=2**16).fit_resample(X, y)[0]
    assert len(seen) > 1
    assert max(seen) <= 2**16
    monkeypatch.undo()
    assert np.array_equal(little, SMOTERSB(random_state=0).fit_resample(X, y)[0])


def test_many_others_are_met_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points that resemble somebody are compared with no more; the others with all, and exactly."""
    monkeypatch.setattr(smote_rsb, "FEW", 2)
    random = np.random.default_rng(1)
    points, others = (
        torch.from_numpy(random.random((50, 6))),
        torch.from_numpy(random.random((40, 6))),
    )
    exact = 1 - (points[:, None] - others).abs().mean(2).amin(1)
    found = similarity(points, others, 2**20)
    low = exact <= 0.9
    assert 5 < int(low.sum()) < 45
    torch.testing.assert_close(found[low], exact[low])
    assert bool((found[~low] > 0.9).all())
