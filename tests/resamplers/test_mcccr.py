"""MC-CCR: one class at a time, the largest first, each step that of a slow loop."""

import numpy as np
import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.resamplers import CCR, MCCCR, mcccr

pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")


def test_with_two_classes_it_is_ccr(cloud) -> None:
    X, y = cloud()
    points, labels = MCCCR(random_state=0).fit_resample(X, y)
    expected, _ = CCR(random_state=0).fit_resample(X, y)
    assert np.array_equal(points[:75], expected[:75])
    assert np.bincount(labels).tolist() == [60, 60]


def test_many_classes_see_larger_ones_as_they_are_by_then(cloud, cleaned_slowly) -> None:
    """Growing by nothing, then one class at a time: the order, and moves upon moves."""
    X, y = cloud((12, 30, 20))  # of 30: 30 for the first, floor(30 / 2) = 15 of each after that
    points, labels = MCCCR(energy=0.4, random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [30, 30, 30]
    assert np.array_equal(points[:12], X[:12]), "the smallest class sees, and is not seen"
    _, first = cleaned_slowly(X[y > 0], y[y > 0], 2, 0.4)
    alone, _ = MCCCR(energy=0.4, random_state=0, sampling_strategy={2: 30}).fit_resample(X, y)
    np.testing.assert_allclose(alone[12:62], first, atol=1e-12)
    moved = (points[12:42] != alone[12:42]).any(1)
    assert 0 < moved.sum() <= 15, "half of the largest class was drawn for the smallest"
    only = {0: 13}
    last, _ = MCCCR(energy=0.4, random_state=0, sampling_strategy=only).fit_resample(X, y)
    seen = (last[12:62] != X[12:62]).any(1)
    for start, end, most in ((0, 30, 15), (30, 50, 15)):
        assert 0 < seen[start:end].sum() <= most


@pytest.mark.parametrize("energy", [0.3, 2.0])
def test_every_step_of_many_classes_is_that_of_a_slow_loop(
    monkeypatch, energy, cloud, cleaned_slowly
) -> None:
    """What a class sees is drawn here, what it does to them is not: moves upon moves."""
    X, y = cloud((12, 30, 20))
    drawn = {1: np.arange(30), 2: np.r_[5:20, 42:57]}  # of 30 and 20 originals, then 10 made

    def seen(problem, labels, usable, turn, majority):
        order = [1, 2, 0]
        places = [torch.nonzero(usable & (labels == k))[:, 0] for k in order[:turn]]
        found = torch.cat(places) if places else torch.empty(0, dtype=torch.int64)
        return found[torch.from_numpy(drawn[turn])] if turn else found

    monkeypatch.setattr(mcccr, "others", seen)
    points, labels = MCCCR(energy=energy, random_state=0).fit_resample(X, y)
    two, _ = MCCCR(energy=energy, random_state=0, sampling_strategy={2: 30}).fit_resample(X, y)
    _, pushed = cleaned_slowly(X[12:], y[12:], 2, energy)
    np.testing.assert_allclose(two[12:62], pushed, atol=1e-12)
    # the smallest sees class 1 as pushed, and of class 2 originals and those made at its turn
    made = two[62:]
    large = np.concatenate((pushed[:30], pushed[30:], made))[drawn[2]]
    both = np.concatenate((X[:12], large))
    radii, after = cleaned_slowly(both, np.repeat([0, 1], [12, 30]), 0, energy)
    where = np.concatenate((12 + np.arange(50), np.flatnonzero(labels == 2)[20:]))
    np.testing.assert_allclose(points[where[drawn[2]]], after[12:], atol=1e-12)
    new = points[np.flatnonzero(labels == 0)[12:]]
    apart = np.abs(new[:, None] - X[None, :12]).sum(2)
    assert (apart <= radii + 1e-9).any(1).all()


def test_complete_sees_smaller_classes_too(cloud, cleaned_slowly) -> None:
    X, y = cloud((40, 20, 10))
    complete = MCCCR(energy=0.4, majority="complete", sampling_strategy={1: 40}, random_state=0)
    points, _ = complete.fit_resample(X, y)
    np.testing.assert_allclose(points[:70], cleaned_slowly(X, y, 1, 0.4)[1], atol=1e-12)


def test_the_largest_class_of_many_sees_none(cloud) -> None:
    X, y = cloud((40, 20, 10))
    points, _ = MCCCR(sampling_strategy={0: 60}, random_state=0).fit_resample(X, y)
    assert np.array_equal(points[:70], X)


def test_an_unknown_majority(cloud) -> None:
    with pytest.raises(ArgumentError, match="did you mean 'sampled'"):
        MCCCR(majority="sample").fit_resample(*cloud())
