"""Samples that occur more than once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet

_EXAMPLES = 8


@dataclass(frozen=True)
class Duplicates:
    """Samples with the same content, byte for byte.

    Args:
        within: samples that repeat an earlier one of their part.
        across: contents that occur in more than one part, such as train and test.
        conflicting: contents that occur under more than one label.
        examples: "a = b" for the first of them, across parts and conflicts first.
    """

    within: int
    across: int
    conflicting: int
    examples: tuple[str, ...]


def find_duplicates(dataset: LabelledSet) -> Duplicates:
    places: dict[bytes, list[int]] = {}
    for i, fingerprint in enumerate(dataset.inputs.fingerprints()):
        places.setdefault(fingerprint, []).append(i)
    part = np.maximum(dataset.part, 0)
    within = across = conflicting = 0
    ranked: list[tuple[int, str]] = []
    for held in places.values():
        if len(held) == 1:
            continue
        parts = {int(part[i]) for i in held}
        labels = {int(dataset.labels[i]) for i in held}
        within += len(held) - len(parts)
        across += len(parts) > 1
        conflicting += len(labels) > 1
        rank = -(len(labels) > 1) - (len(parts) > 1)
        ranked.append((rank, " = ".join(_called(dataset, i) for i in held[:3])))
    ranked.sort(key=lambda pair: pair[0])
    return Duplicates(within, across, conflicting, tuple(text for _, text in ranked[:_EXAMPLES]))


def _called(dataset: LabelledSet, i: int) -> str:
    """A file's name; for arrays ``x_train[i]``, as the .npz has it."""
    if isinstance(dataset.inputs, FileInputs):
        return dataset.inputs.names[i]
    names = {-1: "x_train", 0: "x_train", 1: "x_val", 2: "x_test"}
    before = int((dataset.part[:i] == dataset.part[i]).sum())
    return f"{names[int(dataset.part[i])]}[{before}] ({dataset.classes[int(dataset.labels[i])]})"
