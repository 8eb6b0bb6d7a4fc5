"""What is to be said of a data set before anything is trained on it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from counterpoise.data.duplicates import Duplicates, copies_to_bind
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.tables.look import ColumnLook, look, sentences


@lru_cache(maxsize=1)  # asked several times of one set
def look_at(dataset: LabelledSet) -> tuple[ColumnLook, ...]:
    """The columns of a table, one by one; none of other data."""
    if dataset.table is None:
        return ()
    rows = np.asarray(dataset.inputs.read(), dtype=np.float64)
    return look(dataset.table, rows, dataset.labels)


def remarks(dataset: LabelledSet) -> tuple[str, ...]:
    """What loading left out, and how many images are not read as they are."""
    formats, num = dataset.formats, len(dataset.formats)
    said = [*dataset.notes, *sentences(look_at(dataset))]
    alpha = sum(form.alpha for form in formats)
    if alpha:
        said.append(
            f"{alpha} of {num} images have an alpha channel: transparent pixels are put on white, "
            "or on black where what is visible is light"
        )
    deep = sum(form.sixteen_bit for form in formats)
    if deep:
        whole = isinstance(dataset.inputs, FileInputs) and dataset.inputs.deep
        read = (
            "all of their values are read, on one scale for the whole set, that of the training "
            "images"
            if whole
            else "their high byte is read"
        )
        said.append(f"{deep} of {num} images are 16-bit: {read}")
    several = sum(form.several for form in formats)
    if several:
        said.append(f"{several} of {num} files hold further images, which are left out")
    return tuple(said)


def remarks_on_copies(dataset: LabelledSet, found: Duplicates) -> tuple[str, ...]:
    """How many samples of a later part were seen before, and what is done with other copies."""
    said = []
    example = f" ({found.examples[0]})" if found.examples else ""
    earlier = {"validation": "training", "test": "training or validation"}
    for part, number in sorted(found.leaked.items()):
        copies = "1 is an exact copy" if number == 1 else f"{number} are exact copies"
        said.append(
            f"! of the {part} samples, {copies} of {earlier[part]} samples{example}: what is "
            "measured there is too good (delete them from one of the parts)"
        )
    if found.conflicting:
        contents = "1 content" if found.conflicting == 1 else f"{found.conflicting} contents"
        said.append(
            f"! {found.disputed} samples, of {contents}, have copies under another label{example}"
        )
    pool = dataset.contents[dataset.part <= 0]
    again = len(pool) - len(np.unique(pool))
    if again and not dataset.published:
        word = "sample repeats" if again == 1 else "samples repeat"
        kept = (
            "copies are kept in one part where data are divided here"
            if copies_to_bind(dataset)
            else "most under another label, so they count as equal answers, not as copies"
        )
        said.append(f"{again} {word} an earlier one exactly; {kept}")
    return tuple(said)
