"""Random orders, draws, carving and folds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.data.splits.draw import (
    Purpose,
    carve,
    deal,
    draw,
    group_counts,
    members,
    permutation,
)

LABELS = st.lists(st.integers(0, 3), min_size=8, max_size=60).map(
    lambda drawn: np.array([0, 1, 2, 3, *drawn], dtype=np.int64)
)


def test_permutation_is_frozen() -> None:
    """A change here would silently change every published split."""
    assert permutation(8, Purpose.TRAIN, 0, 3).tolist() == [7, 2, 4, 6, 0, 5, 1, 3]


def test_streams_and_keys_differ() -> None:
    orders = {
        tuple(permutation(20, purpose, *key))
        for purpose in Purpose
        for key in [(0, 1), (1, 0), (1, 1), (2**33, 0)]
    }
    assert len(orders) == 4 * len(Purpose)
    assert all(sorted(order) == list(range(20)) for order in orders)


def test_permutation_is_uniform_enough() -> None:
    first = [int(permutation(5, Purpose.TEST, seed)[0]) for seed in range(1000)]
    assert np.bincount(first, minlength=5).min() > 140  # 200 expected, sd 12.6


@given(labels=LABELS)
def test_members_are_the_positions_of_each_class(labels: np.ndarray) -> None:
    for k, own in enumerate(members(labels, 5)):
        assert own.tolist() == [i for i, label in enumerate(labels) if label == k]


@given(labels=LABELS, seed=st.integers(0, 99), data=st.data())
def test_draws_have_exact_counts_and_nest(
    labels: np.ndarray, seed: int, data: st.DataObject
) -> None:
    have = np.bincount(labels, minlength=4)
    many = [data.draw(st.integers(0, int(n))) for n in have]
    few = [data.draw(st.integers(0, n)) for n in many]
    large, small = (draw(labels, None, wanted, seed) for wanted in (many, few))
    assert np.bincount(labels[large], minlength=4).tolist() == many
    assert np.bincount(labels[small], minlength=4).tolist() == few
    assert len(set(large.tolist())) == len(large)
    assert set(small.tolist()) <= set(large.tolist())


def test_a_small_draw_spans_two_groups() -> None:
    labels = np.zeros(40, dtype=np.int64)
    groups = np.repeat([0, 1], [38, 2])
    for seed in range(20):
        assert len(set(groups[draw(labels, groups, [2], seed)])) == 2


@given(labels=LABELS, seed=st.integers(0, 99), data=st.data())
def test_carving_without_groups_is_exact(
    labels: np.ndarray, seed: int, data: st.DataObject
) -> None:
    targets = [data.draw(st.integers(0, int(n))) for n in np.bincount(labels, minlength=4)]
    held = carve(labels, None, targets, Purpose.TEST, seed)
    assert held is not None
    assert np.bincount(labels[held], minlength=4).tolist() == targets


@given(
    sizes=st.lists(st.lists(st.integers(1, 9), min_size=2, max_size=8), min_size=2, max_size=4),
    seed=st.integers(0, 99),
)
def test_carving_pure_groups(sizes: list[list[int]], seed: int) -> None:
    """Groups of one class each can always be divided; none straddles, all classes on both sides."""
    labels = np.repeat(np.arange(len(sizes)), [sum(own) for own in sizes])
    groups = np.repeat(np.arange(sum(map(len, sizes))), [n for own in sizes for n in own])
    targets = [max(1, round(0.2 * sum(own))) for own in sizes]
    held = carve(labels, groups, targets, Purpose.VALIDATION, seed)
    assert held is not None
    assert not set(groups[held]) & set(groups[~held])
    for k, own in enumerate(sizes):
        carved = int((labels[held] == k).sum())
        assert 0 < carved < sum(own)
        assert abs(carved - targets[k]) <= max(own)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=6, max_size=80),
    seed=st.integers(0, 99),
)
def test_carving_mixed_groups(pairs: list[tuple[int, int]], seed: int) -> None:
    groups, labels = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    have = np.bincount(labels, minlength=3)
    targets = [int(n > 1) for n in have]
    held = carve(labels, groups, targets, Purpose.VALIDATION, seed)
    if held is None:
        return
    assert not set(groups[held]) & set(groups[~held])
    for k in np.flatnonzero(targets):
        assert 0 < (labels[held] == k).sum() < have[k]


def test_impossible_carving_says_so() -> None:
    labels, groups = np.array([0, 0, 1, 1, 1]), np.array([0, 0, 1, 2, 2])
    assert carve(labels, groups, [1, 1], Purpose.TEST, 0) is None


@given(labels=LABELS, folds=st.integers(2, 5))
def test_folds_are_stratified(labels: np.ndarray, folds: int) -> None:
    fold = deal(labels, None, folds, 4)
    for k in range(4):
        sizes = np.bincount(fold[labels == k], minlength=folds)
        assert sizes.max() - sizes.min() <= 1
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_folds_of_groups() -> None:
    labels = np.repeat([0, 1], [210, 1860])
    groups = np.arange(2070) // 30
    fold = deal(labels, groups, 5, 2)
    assert all(len(set(fold[groups == g])) == 1 for g in range(69))
    assert sorted(np.bincount(fold[labels == 0], minlength=5)) == [30, 30, 30, 60, 60]
    assert set(np.bincount(fold[labels == 1], minlength=5)) <= {360, 390}


def test_group_counts() -> None:
    labels, groups = np.array([0, 0, 0, 1, 1]), np.array([5, 5, 7, 7, 7])
    assert group_counts(labels, groups, 3).tolist() == [2, 1, 0]
    assert group_counts(labels, None, 3).tolist() == [3, 2, 0]
