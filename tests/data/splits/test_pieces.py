"""Held-out, thinned and balanced pieces of a set."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from counterpoise.data import LabelledSet, make_splits, parse
from counterpoise.errors import DataError

MakeSet = Callable[..., LabelledSet]


def repeated(counts: Sequence[int]) -> list[int]:
    return [k for k, n in enumerate(counts) for _ in range(n)]


def class_counts(dataset: LabelledSet, indices: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[indices], minlength=dataset.num_classes).tolist()


def test_own_validation_part_is_thinned_to_the_profile(make_set: MakeSet) -> None:
    labels = repeated([50, 50]) + repeated([20, 20]) + repeated([5, 5])
    dataset = make_set(labels, part=[0] * 100 + [1] * 40 + [2] * 10)
    (split,) = make_splits(dataset, parse("step:rho=10,minority=1"), seeds=[0])
    assert class_counts(dataset, split.train) == [50, 5]
    assert class_counts(dataset, split.validation) == [20, 2]
    assert set(split.validation.tolist()) <= set(range(100, 140))
    (whole,) = make_splits(dataset, parse("none"), seeds=[0])
    assert whole.validation.tolist() == list(range(100, 140))
    (even,) = make_splits(
        dataset, parse("step:rho=10,minority=1"), seeds=[0], validation="balanced"
    )
    assert class_counts(dataset, even.validation) == [20, 20]
    assert "balanced validation uses extra labels: 40" in even.notes[0]


def test_balanced_same_size_changes_nothing_but_training(make_set: MakeSet) -> None:
    labels = repeated([90, 90, 90])
    dataset = make_set(labels, groups=[i // 3 for i in range(270)])
    profile = parse("step:rho=9,mu=0.34")
    plain = make_splits(dataset, profile, seeds=[0, 1])
    control = make_splits(dataset, profile, seeds=[0, 1], subset="balanced-same-size")
    for a, b in zip(plain, control, strict=True):
        parts = (b.train, b.validation, b.test)
        held = [set(dataset.groups[part].tolist()) for part in parts if dataset.groups is not None]
        assert len(held) == 3
        assert not held[0] & held[1]
        assert not held[0] & held[2]
        assert not held[1] & held[2]
        assert list(b.counts.values) == class_counts(dataset, b.train)
        assert np.array_equal(a.validation, b.validation)
        assert np.array_equal(a.test, b.test)
        assert len(a.train) == len(b.train)
        assert max(b.counts.values) - min(b.counts.values) <= 1
        assert a.checksum != b.checksum


def test_balanced_same_size_needs_enough_of_each_class(make_set: MakeSet) -> None:
    with pytest.raises(DataError, match=r"'c1' has \d+, \d+ needed"):
        make_splits(
            make_set(repeated([90, 9])), parse("none"), seeds=[0], subset="balanced-same-size"
        )


def test_groups_that_cannot_be_divided(make_set: MakeSet) -> None:
    """Three groups share three classes in a ring: two sides cannot both see every class."""
    labels = [0, 1, 1, 2, 2, 0, 0, 1, 2]
    dataset = make_set(labels, groups=[0, 0, 1, 1, 2, 2, 3, 4, 5], part=[0] * 6 + [2] * 3)
    with pytest.raises(DataError, match="no way was found to carve validation"):
        make_splits(dataset, parse("none"), seeds=[0])
