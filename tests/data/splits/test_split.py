"""Splits: disjoint, frozen, grouped, and what they refuse."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.data import LabelledSet, Split, load, make_splits, parse
from counterpoise.errors import DataError

MakeSet = Callable[..., LabelledSet]
TRAIN, VALIDATION, TEST = 0, 1, 2


def repeated(counts: Sequence[int]) -> list[int]:
    return [k for k, n in enumerate(counts) for _ in range(n)]


def class_counts(dataset: LabelledSet, indices: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[indices], minlength=dataset.num_classes).tolist()


def assert_sound(dataset: LabelledSet, split: Split) -> None:
    parts = (split.train, split.validation, split.test)
    for indices in parts:
        assert indices.dtype == np.int64
        assert all(a < b for a, b in pairwise(indices.tolist()))
        assert 0 not in class_counts(dataset, indices)
    joined = np.concatenate(parts)
    assert len(np.unique(joined)) == len(joined)
    assert list(split.counts.values) == class_counts(dataset, split.train)
    assert split.counts.names == dataset.classes
    if dataset.groups is not None:
        held = [set(dataset.groups[indices].tolist()) for indices in parts]
        assert not held[0] & held[1]
        assert not held[0] & held[2]
        assert not held[1] & held[2]


def test_the_demo_split() -> None:
    digits = load("digits")
    splits = make_splits(digits, parse("step:rho=20,mu=0.5"), seeds=[0, 1, 2])
    assert [split.name for split in splits] == ["seed-0", "seed-1", "seed-2"]
    for split in splits:
        assert_sound(digits, split)
        assert np.array_equal(split.test, splits[0].test)
        both = np.array(class_counts(digits, np.concatenate([split.train, split.validation])))
        assert sorted(both) == [7] * 5 + [139] * 5  # 174 of class 8, a fifth for test; 139 / 20
        assert len(split.test) == 359
    assert len({split.checksum for split in splits}) == 3
    assert splits[0].counts.values != splits[1].counts.values  # another random minority


def test_frozen_by_seed(make_set: MakeSet) -> None:
    """A change here would silently change every published split of this version."""
    (split,) = make_splits(make_set(repeated([10, 10])), parse("step:rho=2,minority=1"), seeds=[7])
    assert split.train.tolist() == [0, 1, 2, 4, 6, 9, 13, 14, 16]
    assert split.validation.tolist() == [5, 8, 17]
    assert split.test.tolist() == [3, 7, 18, 19]


def test_a_seed_gives_the_same_split_in_any_company(make_set: MakeSet) -> None:
    dataset = make_set(repeated([30, 40, 50]))
    profile = parse("exp:ratio=4,order=random")
    alone = make_splits(dataset, profile, seeds=[5])[0]
    among = make_splits(dataset, profile, seeds=[3, 5, 1])[1]
    assert alone.checksum == among.checksum
    assert np.array_equal(alone.train, among.train)


def test_official_test_part_is_the_test_set(make_set: MakeSet) -> None:
    labels = repeated([50, 50]) + repeated([3, 9])
    dataset = make_set(labels, part=[0] * 100 + [2] * 12)
    for split in make_splits(dataset, parse("step:rho=5,minority=0"), seeds=[0, 1]):
        assert_sound(dataset, split)
        assert split.test.tolist() == list(range(100, 112))  # unequal, and left so
        assert class_counts(dataset, split.train) == [8, 40]


def test_balanced_validation_comes_from_outside_the_profile(make_set: MakeSet) -> None:
    dataset = make_set(repeated([100, 60]))
    (split,) = make_splits(
        dataset, parse("step:rho=19,minority=1"), seeds=[0], validation="balanced"
    )
    assert_sound(dataset, split)
    assert class_counts(dataset, split.test) == [20, 12]
    assert class_counts(dataset, split.validation) == [10, 10]  # a fifth of 48
    assert class_counts(dataset, split.train) == [38, 2]  # n_max 48 - 10
    assert "extra labels: 20 samples" in split.notes[0]


def test_one_minority_sample_is_enough_when_validation_is_balanced(make_set: MakeSet) -> None:
    dataset = make_set(repeated([50, 50]))
    profile = parse("step:rho=30,minority=1,n_max=30")
    (split,) = make_splits(dataset, profile, seeds=[0], validation="balanced")
    assert class_counts(dataset, split.train) == [30, 1]
    with pytest.raises(DataError, match="'c1' has 1; train and validation under profile step"):
        make_splits(dataset, profile, seeds=[0])


def test_folds_cover_every_sample_once(make_set: MakeSet) -> None:
    dataset = make_set(repeated([20, 35]))
    splits = make_splits(dataset, parse("none"), folds=5)
    assert [split.name for split in splits] == [f"fold-{i}" for i in range(5)]
    tested = np.concatenate([split.test for split in splits])
    assert sorted(tested.tolist()) == list(range(55))
    for split in splits:
        assert_sound(dataset, split)
        assert class_counts(dataset, split.test) == [4, 7]


def test_folds_leave_the_official_test_part_alone(make_set: MakeSet) -> None:
    dataset = make_set([*repeated([20, 20]), 0, 1, 1], part=[0] * 40 + [2] * 3)
    for split in make_splits(dataset, parse("step:rho=2"), folds=4):
        assert max(map(max, (split.train, split.validation, split.test))) < 40
        assert any("official test set is not used by folds; use --seeds" in n for n in split.notes)


@pytest.mark.parametrize("folds", [None, 3])
def test_groups_never_straddle(make_set: MakeSet, folds: int | None) -> None:
    rng = np.random.default_rng(0)
    labels = repeated([120, 90, 60])
    groups = [label * 100 + int(rng.integers(0, 15)) for label in labels]
    dataset = make_set(labels, groups=groups)
    for text in ("none", "step:rho=4,mu=0.3", "exp:ratio=5"):
        seeds = None if folds else [0, 1, 2]
        for split in make_splits(dataset, parse(text), seeds=seeds, folds=folds):
            assert_sound(dataset, split)


@given(
    counts=st.lists(st.integers(6, 40), min_size=2, max_size=5),
    group_size=st.integers(1, 2),
    ratio=st.floats(1, 2),
    seed=st.integers(0, 2**31),
    shape=st.sampled_from(["none", "linear:rho={}", "exp:ratio={}", "exp:ratio={},order=random"]),
    validation=st.sampled_from(["profiled", "balanced"]),
)
def test_every_split_is_sound(
    make_set: MakeSet,
    counts: list[int],
    group_size: int,
    ratio: float,
    seed: int,
    shape: str,
    validation: str,
) -> None:
    labels = repeated(counts)
    groups = [100 * label + i // group_size for i, label in enumerate(labels)]
    dataset = make_set(labels, groups=groups if group_size > 1 else None)
    profile = parse(shape.format(ratio))
    try:
        first, second = (
            make_splits(dataset, profile, seeds=[seed], validation=validation)[0] for _ in range(2)
        )
    except DataError:  # whole groups cannot always be divided that finely
        assert group_size > 1
        return
    assert_sound(dataset, first)
    assert first.checksum == second.checksum
    if validation == "profiled" and shape != "none":
        test = class_counts(dataset, first.test)
        rest = [n - t for n, t in zip(counts, test, strict=True)]
        kept = profile.class_counts(rest, seed)
        both = np.concatenate([first.train, first.validation])
        assert class_counts(dataset, both) == list(kept)


@pytest.mark.data("gtsrb_20_80.npz")
def test_tracks_of_real_traffic_signs() -> None:
    signs = load("gtsrb-20-80")
    for split in make_splits(signs, parse("none"), seeds=range(3)):
        assert_sound(signs, split)
        assert class_counts(signs, split.test) == [630, 60]
        assert all(n % 30 == 0 for n in class_counts(signs, split.train))
    for split in make_splits(signs, parse("none"), folds=5):
        assert_sound(signs, split)
