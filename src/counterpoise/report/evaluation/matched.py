"""Labelled data beside a model: its classes by their names, and what to know of the data first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.data.labelled import LabelledSet
from counterpoise.errors import DataError

MOST_NAMED = 5  # classes that the model does not know


def matched(dataset: LabelledSet, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each of the data's classes among those of the model, -1 for one without samples."""
    number = {name: k for k, name in enumerate(classes)}
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


def warnings_of(dataset: LabelledSet, classes: Sequence[str], *, was_trained_on: bool) -> list[str]:
    said = []
    if was_trained_on:
        said.append(
            "these are the very data that the model was trained on, so the numbers say nothing of "
            "new samples; the comparison's report has its test samples"
        )
    missing = sorted(set(classes) - {dataset.classes[k] for k in np.unique(dataset.labels)})
    if missing:
        named = ", ".join(f"'{name}'" for name in missing[:MOST_NAMED])
        said.append(
            f"{len(missing)} of {len(classes)} classes of the model have no sample here, so nothing"
            f" is said of them: {named}{' ...' if len(missing) > MOST_NAMED else ''}"
        )
    return [*said, *dataset.notes, *(f"left out: {reason}" for reason in dataset.skipped[:20])]
