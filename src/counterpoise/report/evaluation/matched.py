"""Labelled data beside a model: its classes by their names, and what to know of the data first."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.data.labelled import LabelledSet
from counterpoise.errors import DataError

MOST_NAMED = 5  # classes that the model does not know
WHOLE = re.compile(r"(-?[1-9][0-9]*|0)(?:\.0+)?")


def matched(dataset: LabelledSet, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each of the data's classes among those of the model, -1 for one without samples.

    Whole numbers are the same with and without a fraction of zeros, as pandas writes a column of
    integers that has gaps as floats: 0 and 0.0. Where either side has both forms of a number as
    classes, names are compared as they are.
    """
    known, given = _by_number(classes), _by_number(dataset.classes)
    number = {name: k for k, name in enumerate(classes)}
    for value, names in given.items():
        if len(names) == 1 and len(known.get(value, ())) == 1:
            number[names[0]] = number[known[value][0]]
    present = np.bincount(dataset.labels, minlength=len(dataset.classes)) > 0
    unknown = [
        name
        for name, there in zip(dataset.classes, present, strict=True)
        if there and name not in number
    ]
    if unknown:
        some = ", ".join(f"'{name}'" for name in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        ours = ", ".join(f"'{name}'" for name in classes[:MOST_NAMED])
        ours += f" and {len(classes) - MOST_NAMED} more" if len(classes) > MOST_NAMED else ""
        raise DataError(
            f"the classes of '{dataset.name}' are among those of the model ({ours}); got {some}"
            f"{more} (rename its folders or labels, or leave these samples out)"
        )
    return np.array([number.get(name, -1) for name in dataset.classes], dtype=np.int64)


def _by_number(classes: Sequence[str]) -> dict[str, list[str]]:
    """The names of classes that are whole numbers, by the number as an integer is written."""
    found: dict[str, list[str]] = {}
    for name in classes:
        if whole := WHOLE.fullmatch(name):
            found.setdefault(whole[1], []).append(name)
    return found


def warnings_of(dataset: LabelledSet, classes: Sequence[str], *, was_trained_on: bool) -> list[str]:
    said = []
    if was_trained_on:
        said.append(
            "these are the very data that the model was trained on, so the numbers say nothing of "
            "new samples; the comparison's report has its test samples"
        )
    there = {classes[k] for k in matched(dataset, classes)[np.unique(dataset.labels)]}
    missing = sorted(set(classes) - there)
    if missing:
        named = ", ".join(f"'{name}'" for name in missing[:MOST_NAMED])
        said.append(
            f"{len(missing)} of {len(classes)} classes of the model have no sample here, so nothing"
            f" is said of them: {named}{' ...' if len(missing) > MOST_NAMED else ''}"
        )
    return [*said, *dataset.notes, *(f"left out: {reason}" for reason in dataset.skipped[:20])]
