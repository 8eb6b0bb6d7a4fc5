"""Exact copies as groups, so that a split does not put one into training and another into test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.duplicates import copies_to_bind
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.draw import Indices
from counterpoise.errors import DataError

Found = TypeVar("Found")
Ways = tuple[LabelledSet, ...]  # the same samples with different groups, the stricter ones first


def ways_to_divide(dataset: LabelledSet) -> Ways:
    """The set with exact copies as groups, and as it is; only as it is where nothing is repeated.

    Only copies outside the source's validation and test parts count, since these stay as they
    are; see `copies_to_bind`.
    """
    groups = _with_copies(dataset)
    return (dataset,) if groups is None else (replace(dataset, groups=groups), dataset)


def first_way(ways: Ways, step: Callable[[LabelledSet], Found]) -> tuple[Ways, Found]:
    """What `step` makes of the first set that allows it, and the ways that are left.

    Raises:
        DataError: of the last way, if there is none.
    """
    for place, dataset in enumerate(ways[:-1]):
        try:
            return ways[place:], step(dataset)
        except DataError:
            continue
    return ways[-1:], step(ways[-1])


def straddling_copies(
    dataset: LabelledSet, name: str, train: Indices, validation: Indices, test: Indices
) -> tuple[str, ...]:
    """A note on copies that this split puts on either side, if it does.

    None on those that the source's own parts put there: they are known before any split.
    """
    if not copies_to_bind(dataset):
        return ()
    free = [part[dataset.part[part] <= 0] for part in (train, validation, test)]
    held = [dataset.contents[part] for part in free]
    again = np.isin(held[1], held[0]).sum(), np.isin(held[2], np.concatenate(held[:2])).sum()
    if not any(again):
        return ()
    return (
        f"{name}: some class has too few different samples to keep exact copies in one part: "
        f"{again[0]} validation and {again[1]} test samples are copies of samples seen before",
    )


def _with_copies(dataset: LabelledSet) -> NDArray[np.int64] | None:
    """Groups (N,), of which those that hold copies of one sample are one; None where none are."""
    repeated = copies_to_bind(dataset)
    if not repeated:
        return None
    pool = dataset.indices(-1, 0)
    groups = np.arange(len(dataset)) if dataset.groups is None else dataset.groups
    joined: dict[int, int] = {}  # group -> one that it is joined to

    def root(group: int) -> int:
        while group in joined:
            group = joined[group]
        return group

    first: dict[int, int] = {}
    for content, group in zip(dataset.contents[pool].tolist(), groups[pool].tolist(), strict=True):
        if content in repeated:
            one, other = sorted((root(first.setdefault(content, group)), root(group)))
            if one != other:
                joined[other] = one
    if not joined:  # the set's own groups keep the copies together already
        return None
    roots = {group: root(group) for group in joined}
    return np.array([roots.get(group, group) for group in groups.tolist()], dtype=np.int64)
