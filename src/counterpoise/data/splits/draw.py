"""Random orders that stay the same for ever, and group-aware carving built on them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


class Purpose(IntEnum):
    """What random numbers are for: each purpose has its own stream, so that none shifts another."""

    CLASSES = 1
    TEST = 2
    FOLDS = 3
    TRAIN = 4
    VALIDATION = 5
    CONTRAST = 6


def permutation(num: int, purpose: Purpose, *key: int) -> Indices:
    """Random order of ``range(num)``, a pure function of its arguments.

    Ranks raw PCG64 output, which numpy keeps stable between versions, unlike
    ``Generator.permutation``.
    """
    bits = np.random.PCG64(np.random.SeedSequence([int(purpose), *key]))
    return np.argsort(bits.random_raw(num), kind="stable").astype(np.int64)


def members(labels: NDArray[np.int64], num_classes: int) -> list[Indices]:
    """Positions of each class, ascending."""
    order = np.argsort(labels, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(labels, minlength=num_classes))
    return np.split(order, ends[:-1])


def group_counts(labels: NDArray[np.int64], groups: NDArray[np.int64] | None, num: int) -> Indices:
    """How many groups hold each class; samples per class when there are no groups."""
    if groups is None:
        return np.bincount(labels, minlength=num)
    pairs = np.unique(np.stack([labels, groups]), axis=1)
    return np.bincount(pairs[0], minlength=num)


def draw(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    wanted: Sequence[int],
    seed: int,
) -> Indices:
    """Positions of `wanted` samples per class, without replacement, ascending.

    A smaller draw of the same seed is a subset of a larger one. Where there are groups, a draw
    of two or more spans two groups if the class does, so that validation can be carved from it.
    """
    taken: list[Indices] = []
    for k, own in enumerate(members(labels, len(wanted))):
        order = own[permutation(len(own), Purpose.TRAIN, seed, k)]
        if groups is not None and len(order) > 1:
            other = np.flatnonzero(groups[order] != groups[order[0]])
            if len(other):
                order[1], order[other[0]] = order[other[0]], order[1]
        taken.append(order[: wanted[k]])
    return np.sort(np.concatenate(taken))


def carve(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    targets: Sequence[int],
    purpose: Purpose,
    seed: int,
    keep: Sequence[int] | None = None,
) -> NDArray[np.bool_] | None:
    """Mask of held-out samples: `targets` per class, exactly, or as near as whole groups allow.

    `targets` leave at least `keep` samples of each class, one by default. Whole groups are chosen
    so that each class with a target lands on both sides; None when no such choice was found.
    """
    held = np.zeros(len(labels), dtype=np.bool_)
    if groups is None or len(np.unique(groups)) == len(groups):
        for k, own in enumerate(members(labels, len(targets))):
            held[own[permutation(len(own), purpose, seed, k)[: targets[k]]]] = True
        return held
    codes, contents = _contents(labels, groups)
    have = [0] * len(targets)
    left = [int(n) for n in np.bincount(labels, minlength=len(targets))]
    least = [1] * len(targets) if keep is None else keep
    chosen = np.zeros(len(contents), dtype=np.bool_)

    def cost(group: int) -> float:
        """Change of the squared relative distance to the targets; infinite if a class runs dry."""
        change = 0.0
        for k, count in contents[group]:
            if left[k] - count < least[k]:
                return float("inf")
            change += (count * (2 * (have[k] - targets[k]) + count)) / max(targets[k], 1) ** 2
        return change

    def take(group: int) -> None:
        chosen[group] = True
        for k, count in contents[group]:
            have[k] += count
            left[k] -= count

    order = [int(g) for g in permutation(len(contents), purpose, seed)]
    for group in order:
        if cost(group) < 0:
            take(group)
    for k in range(len(targets)):
        if targets[k] and not have[k]:
            rest = [g for g in order if not chosen[g] and any(c == k for c, _ in contents[g])]
            best = min(rest, key=cost, default=-1)
            if best < 0 or cost(best) == float("inf"):
                return None
            take(best)
    return chosen[codes]


def deal(
    labels: NDArray[np.int64], groups: NDArray[np.int64] | None, folds: int, num_classes: int
) -> Indices:
    """Fold (N,) of each sample, stratified; a group goes to one fold as a whole."""
    fold = np.zeros(len(labels), dtype=np.int64)
    if groups is None or len(np.unique(groups)) == len(groups):
        start = 0
        for k, own in enumerate(members(labels, num_classes)):
            order = permutation(len(own), Purpose.FOLDS, k)
            fold[own[order]] = (start + np.arange(len(own))) % folds
            start += len(own)  # the next class goes on where this one stopped: equal folds
        return fold
    codes, contents = _contents(labels, groups)
    total = np.bincount(labels, minlength=num_classes)
    have = np.zeros((folds, num_classes))
    where = np.zeros(len(contents), dtype=np.int64)
    order = permutation(len(contents), Purpose.FOLDS)
    sizes = np.array([sum(count for _, count in content) for content in contents])
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        classes = [k for k, _ in contents[group]]
        counts = np.array([count for _, count in contents[group]])
        crowding = (have[:, classes] * counts / total[classes] ** 2).sum(axis=1)
        best = np.lexsort((have.sum(axis=1), crowding))[0]
        have[best, classes] += counts
        where[group] = best
    return where[codes]


def _contents(
    labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[Indices, list[list[tuple[int, int]]]]:
    """Group code of each sample, and the (class, count) pairs of each group."""
    names, codes = np.unique(groups, return_inverse=True)
    pairs, counts = np.unique(np.stack([codes, labels]), axis=1, return_counts=True)
    contents: list[list[tuple[int, int]]] = [[] for _ in names]
    for group, label, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
        contents[group].append((label, count))
    return codes.astype(np.int64), contents
