"""The contrast set: shares of each class, whole groups, and classes too small to be divided."""

import numpy as np
import pytest

from counterpoise.data.splits.contrast import carve_contrast, lending_notes
from counterpoise.errors import ArgumentError, DataError

LABELS = np.repeat([0, 1, 2], [100, 30, 10])


def counts(labels: np.ndarray, places: np.ndarray) -> list[int]:
    return np.bincount(labels[places], minlength=int(labels.max()) + 1).tolist()


def test_a_tenth_of_each_class_is_held_out_of_training() -> None:
    found = carve_contrast(LABELS, None, 3, share=0.1, seed=0)
    assert counts(LABELS, found.held) == [10, 3, 1]
    assert counts(LABELS, found.train) == [90, 27, 9]
    assert not np.intersect1d(found.held, found.train).size
    assert found.lent == ()


def test_balanced_takes_as_many_of_each_class() -> None:
    found = carve_contrast(LABELS, None, 3, share=0.3, seed=0, kind="balanced")
    assert counts(LABELS, found.held) == [3, 3, 3]


def test_the_seed_decides() -> None:
    first, again, other = (carve_contrast(LABELS, None, 3, share=0.1, seed=s) for s in (0, 0, 1))
    assert np.array_equal(first.held, again.held)
    assert not np.array_equal(first.held, other.held)


@pytest.mark.parametrize("num", [1, 2])
def test_a_class_below_three_samples_lends_one_to_both_sides(num: int) -> None:
    labels = np.repeat([0, 1], [20, num])
    found = carve_contrast(labels, None, 2, share=0.1, seed=3)
    assert found.lent == (1,)
    assert counts(labels, found.held) == [2, 1]
    assert counts(labels, found.train) == [18, num]
    (note,) = lending_notes(found.lent, labels, ("a", "b"))
    assert f"class 'b' ({num})" in note


def test_three_samples_are_divided_and_nothing_is_said() -> None:
    labels = np.repeat([0, 1], [20, 3])
    found = carve_contrast(labels, None, 2, share=0.1, seed=3)
    assert found.lent == ()
    assert counts(labels, found.train) == [18, 2]
    assert lending_notes(found.lent, labels, ("a", "b")) == ()


@pytest.mark.parametrize("seed", range(5))
def test_groups_never_straddle(seed: int) -> None:
    groups = np.arange(len(LABELS)) // 4  # four images of each lesion
    found = carve_contrast(LABELS, groups, 3, share=0.1, seed=seed)
    assert not np.intersect1d(groups[found.held], groups[found.train]).size
    assert found.lent == ()
    held = counts(LABELS, found.held)
    assert min(held) >= 1
    assert held[0] <= 14


def test_a_class_of_one_group_lends_its_samples() -> None:
    groups = np.concatenate([np.arange(130), np.full(10, 999)])
    found = carve_contrast(LABELS, groups, 3, share=0.1, seed=0)
    assert found.lent == (2,)
    assert counts(LABELS, found.train) == [90, 27, 10]
    assert counts(LABELS, found.held)[2] == 1


def test_groups_that_bind_the_classes_together_are_refused() -> None:
    labels = np.array([0, 0, 1, 1, 1, 1, 2, 2, 0, 0, 2, 2])
    groups = np.repeat([0, 1, 2], 4)
    with pytest.raises(DataError, match="some class lives in groups that others need whole"):
        carve_contrast(labels, groups, 3, share=0.9, seed=0)


def test_a_share_outside_its_range() -> None:
    with pytest.raises(ArgumentError, match="above 0 and below 1; got 1"):
        carve_contrast(LABELS, None, 3, share=1.0, seed=0)
