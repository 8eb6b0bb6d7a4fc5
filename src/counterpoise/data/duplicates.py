"""Samples that occur more than once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterpoise.data.image_files import FileInputs
from counterpoise.data.label_codes import PART_NAMES
from counterpoise.data.labelled import LabelledSet

_EXAMPLES = 8


@dataclass(frozen=True)
class Duplicates:
    """Samples with the same content, byte for byte.

    Args:
        within: samples that repeat an earlier one of their part.
        across: contents that occur in more than one part, such as train and test.
        conflicting: contents that occur under more than one label.
        disputed: samples with such a content.
        leaked: validation or test -> how many of its samples lie in an earlier part, too.
        examples: "a = b" for the first of them, across parts and conflicts first; each names
            samples of other parts or labels before more of the same.
    """

    within: int
    across: int
    conflicting: int
    disputed: int
    leaked: dict[str, int]
    examples: tuple[str, ...]


def find_duplicates(dataset: LabelledSet) -> Duplicates:
    """Count what `dataset.contents` says; a few milliseconds."""
    first, times = np.unique(dataset.contents, return_counts=True)
    places: dict[int, list[int]] = {content: [] for content in first[times > 1].tolist()}
    for i in np.flatnonzero(np.isin(dataset.contents, first[times > 1])).tolist():
        places[int(dataset.contents[i])].append(i)
    part = np.maximum(dataset.part, 0)
    within = across = conflicting = disputed = 0
    leaked: dict[str, int] = {}
    ranked: list[tuple[int, str]] = []
    for held in places.values():
        parts = sorted(int(part[i]) for i in held)
        labels = {int(dataset.labels[i]) for i in held}
        within += len(held) - len(set(parts))
        across += len(set(parts)) > 1
        conflicting += len(labels) > 1
        disputed += len(held) * (len(labels) > 1)
        for code in parts:
            if code > parts[0]:
                leaked[PART_NAMES[code]] = leaked.get(PART_NAMES[code], 0) + 1
        rank = -(len(labels) > 1) - (len(set(parts)) > 1)
        ranked.append((rank, " = ".join(_called(dataset, i) for i in _telling(dataset, held))))
    ranked.sort(key=lambda pair: pair[0])
    examples = tuple(text for _, text in ranked[:_EXAMPLES])
    return Duplicates(within, across, conflicting, disputed, leaked, examples)


def _telling(dataset: LabelledSet, held: Sequence[int], most: int = 3) -> list[int]:
    """Some of the samples with one content, of as many parts and labels as there are."""
    seen: dict[tuple[int, int], int] = {}
    for i in held:
        seen.setdefault((int(max(dataset.part[i], 0)), int(dataset.labels[i])), i)
    others = [i for i in held if i not in seen.values()]
    return sorted([*seen.values(), *others][:most])


def conflicting(dataset: LabelledSet) -> tuple[tuple[int, ...], ...]:
    """Indices of samples that are copies of each other under more than one label.

    None for vectors: equal answers of different people are no copies.
    """
    if dataset.kind == "vector":
        return ()
    first, times = np.unique(dataset.contents, return_counts=True)
    repeated = np.flatnonzero(np.isin(dataset.contents, first[times > 1]))
    places: dict[int, list[int]] = {}
    for i in repeated.tolist():
        places.setdefault(int(dataset.contents[i]), []).append(i)
    return tuple(
        tuple(held) for held in places.values() if len({int(dataset.labels[i]) for i in held}) > 1
    )


def copies_to_bind(dataset: LabelledSet) -> set[int]:
    """Contents that occur more than once among the samples that a split may divide.

    None for published splits. None for vectors of which most that are repeated carry more than
    one label: these are answers of few kinds, such as yes and no, and not copies of a sample.
    """
    pool = dataset.indices(-1, 0)
    contents, times = np.unique(dataset.contents[pool], return_counts=True)
    repeated = contents[times > 1]
    if dataset.published or not len(repeated):
        return set()
    pairs = np.unique(np.stack([dataset.contents[pool], dataset.labels[pool]]), axis=1)[0]
    labels = np.unique(pairs, return_counts=True)[1][times > 1]
    if dataset.kind == "vector" and 2 * int((labels > 1).sum()) > len(repeated):
        return set()
    return set(repeated.tolist())


def _called(dataset: LabelledSet, i: int) -> str:
    """A file's name; of a table its line; for arrays ``x_train[i]``, as the .npz has it."""
    if isinstance(dataset.inputs, FileInputs):
        return dataset.inputs.names[i]
    if dataset.rows is not None:
        return f"{dataset.rows[i]} ({dataset.classes[int(dataset.labels[i])]})"
    names = {-1: "x_train", 0: "x_train", 1: "x_val", 2: "x_test"}
    before = int((dataset.part[:i] == dataset.part[i]).sum())
    return f"{names[int(dataset.part[i])]}[{before}] ({dataset.classes[int(dataset.labels[i])]})"
