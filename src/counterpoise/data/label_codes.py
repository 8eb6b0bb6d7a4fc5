"""Raw labels, groups and split names -> the integer codes that the rest of the library uses."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError, near

PARTS = {"": -1, "train": 0, "val": 1, "valid": 1, "validation": 1, "test": 2}
PART_NAMES = {-1: "free", 0: "train", 1: "validation", 2: "test"}


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names, sorted; numerically when all are whole numbers (2 before 10)."""
    distinct = set(names)
    if all(name.isascii() and name.isdigit() for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


def printable(name: str) -> str:
    r"""A file's name as text that can be printed and stored: bytes that are no UTF-8 as ``\xff``.

    >>> printable("caf\udce9"), printable("café")
    ('caf\\xe9', 'café')
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def one_form(names: Sequence[str], what: str) -> tuple[list[str], tuple[str, ...]]:
    """Names that differ only in Unicode normal form become one; with a note for each of them.

    An "é" is one character or two, "e" and an accent, and looks the same; file systems and
    archives change one into the other.

    Args:
        names: one per sample.
        what: they are names of, for the note.
    """
    spellings: dict[str, set[str]] = {}
    for name in sorted(set(names)):
        spellings.setdefault(unicodedata.normalize("NFC", name), set()).add(name)
    several = {form: names for form, names in spellings.items() if len(names) > 1}
    as_one = {name: form for form, names in several.items() for name in names}
    notes = tuple(
        f"{len(names)} {what} whose names look the same, '{form}', and differ only in Unicode "
        "normal form are read as one"
        for form, names in several.items()
    )
    return [as_one.get(name, name) for name in names], notes


def encode_names(names: Sequence[str], where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Codes (N,) and classes of labels given as text.

    Raises:
        DataError: all labels are numbers and some are negative or fractional.
    """
    classes = class_order(names)
    numbers = [_number(name) for name in classes]
    if all(number is not None for number in numbers):
        bad = [
            name
            for name, number in zip(classes, numbers, strict=True)
            if name.startswith("-") or (number is not None and number % 1)
        ]
        if bad:
            raise DataError(
                f"{where}: labels are class names or whole numbers from 0; got {_some(bad)} "
                "(regression is out of scope; name the classes)"
            )
    index = {name: k for k, name in enumerate(classes)}
    return np.array([index[name] for name in names], dtype=np.int64), classes


def encode_array(
    labels: NDArray[np.generic], where: str, classes: Sequence[str] = ()
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Codes (N,) and classes of an array of labels: integers from 0, or strings.

    Integers are mapped to their rank among the values that occur, which become the class names;
    with `classes` they index it and keep their value.

    Raises:
        DataError: not one label per sample; floats; negative integers; an index past `classes`.
    """
    if labels.ndim != 1:
        raise DataError(
            f"{where}: one label per sample, shape (N,); got shape {labels.shape} "
            "(one-hot: take argmax; multi-label is out of scope)"
        )
    kind = labels.dtype.kind
    if kind in "US":
        items: list[str | bytes] = labels.tolist()
        text = [item.decode() if isinstance(item, bytes) else item for item in items]
        names = [name.strip() for name in text]
        if "" in names:
            raise DataError(f"{where}: sample {names.index('')} has an empty label")
        if classes and not set(names) <= set(classes):
            raise DataError(
                f"{where}: labels {_some(sorted(set(names) - set(classes)))} not in classes"
            )
        if classes:
            index = {name: k for k, name in enumerate(classes)}
            return np.array([index[name] for name in names], dtype=np.int64), tuple(classes)
        return encode_names(names, where)
    if kind not in "iub":
        raise DataError(
            f"{where}: labels are integers from 0, or strings; got dtype {labels.dtype} "
            "(class indices: convert with .astype(int); regression is out of scope)"
        )
    values = labels.astype(np.int64)
    if values.size and values.min() < 0:
        count = int((values < 0).sum())
        raise DataError(
            f"{where}: labels are integers from 0; {count} of {values.size} are negative, "
            f"the smallest is {values.min()} (drop what has no label, or name the classes)"
        )
    if classes:
        if values.size and values.max() >= len(classes):
            raise DataError(
                f"{where}: label {values.max()} has no name; 'classes' holds {len(classes)}"
            )
        return values, tuple(classes)
    found, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), tuple(str(value) for value in found)


def encode_groups(names: Sequence[str]) -> NDArray[np.int64]:
    """Group codes (N,); a sample whose name is empty is a group of its own."""
    index = {name: g for g, name in enumerate(sorted(set(names) - {""}))}
    alone = len(index)
    codes = np.empty(len(names), dtype=np.int64)
    for i, name in enumerate(names):
        codes[i] = index.get(name, alone)
        alone += name == ""
    return codes


def part_code(name: str, where: str) -> int:
    """Code of a split name: "" -1, train 0, val 1, test 2.

    Raises:
        DataError: any other name.
    """
    key = name.strip().lower()
    if key not in PARTS:
        raise DataError(f"{where}: unknown split '{name}'{near(key, [p for p in PARTS if p])}")
    return PARTS[key]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _some(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
