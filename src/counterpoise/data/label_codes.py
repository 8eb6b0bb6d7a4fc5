"""Raw labels, groups and split names -> the integer codes that the rest of the library uses."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError, near

NEGATIVE = (
    "-1 and 1 alone are two classes; beside other numbers -1 may mean that there is no label: take "
    "such samples out, or write names instead of numbers"
)
PARTS = {"": -1, "train": 0, "val": 1, "valid": 1, "validation": 1, "test": 2}
SIGNS = {"-1", "1"}  # two classes, as those who write of margins name them
PART_NAMES = {-1: "free", 0: "train", 1: "validation", 2: "test"}


class Encoded(NamedTuple):
    """Codes (N,) of labels, the classes that they index, and what is to be said of the names."""

    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names, sorted; numerically when all are whole numbers (2 before 10)."""
    distinct = set(names)
    if distinct == SIGNS:
        return ("-1", "1")
    if all(name.isascii() and name.isdigit() for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


def one_line(text: str) -> str:
    r"""Text with a line break or another character that cannot be printed as ``\n``, ``\t``, ...

    >>> print(one_line("cat\ndog"))
    cat\ndog
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def one_form(names: Sequence[str], what: str) -> tuple[list[str], tuple[str, ...]]:
    """Names that differ only in Unicode normal form become one, with a note for each of them.

    An "é" is one character, or two: "e" and an accent. Both look the same, and file systems and
    archives change one into the other.

    Args:
        names: one per sample.
        what: they are names of, for the note.
    """
    spellings: dict[str, set[str]] = {}
    for name in sorted(set(names)):
        spellings.setdefault(_form(name), set()).add(name)
    several = {form: names for form, names in spellings.items() if len(names) > 1}
    as_one = {name: form for form, names in several.items() for name in names}
    notes = tuple(
        f"{len(names)} names of a {what} look the same, '{form}', and differ only in Unicode "
        f"normal form; they are read as one {what}"
        for form, names in several.items()
    )
    return [as_one.get(name, name) for name in names], notes


def texts(array: NDArray[np.generic]) -> list[str]:
    """The items of an array of text or bytes as text, without spaces around them."""
    return [
        (item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)).strip()
        for item in array.tolist()
    ]


def class_names(array: NDArray[np.generic], where: str) -> list[str]:
    """The names that an array gives to classes, in its order.

    Raises:
        DataError: it is not (K,), or a name is empty or there twice, in whatever Unicode form.
    """
    if array.ndim != 1:
        raise DataError(f"{where}: one name per class, shape (K,); got shape {array.shape}")
    names = texts(array)
    faults: list[str] = []
    first: dict[str, int] = {}
    for k, name in enumerate(names):
        if not name:
            faults.append(f"the name of class {k} is empty")
        elif first.setdefault(_form(name), k) != k:
            faults.append(f"classes {first[_form(name)]} and {k} are both called '{name}'")
    if faults:
        raise DataError(f"{where}: {_some(faults, quote='')} (give each class a name of its own)")
    return names


def encode_names(names: Sequence[str], where: str) -> Encoded:
    """Codes (N,) and classes of labels given as text; -1 and 1 alone are two classes.

    Args:
        names: one per sample.
        where: they stand, for messages.

    Raises:
        DataError: all labels are numbers and some are negative or fractional.
    """
    names, notes = one_form(names, "class")
    classes = class_order(names)
    numbers = [_number(name) for name in classes]
    if all(number is not None for number in numbers) and set(classes) != SIGNS:
        bad = [
            name
            for name, number in zip(classes, numbers, strict=True)
            if name.startswith("-") or (number is not None and number % 1)
        ]
        if bad:
            whole = all(float(name) % 1 == 0 for name in classes)
            advice = "regression is out of scope; name the classes"
            advice = NEGATIVE if whole else advice
            raise DataError(
                f"{where}: labels are class names or whole numbers from 0; got {_some(bad)} "
                f"({advice})"
            )
    index = {name: k for k, name in enumerate(classes)}
    return Encoded(np.array([index[name] for name in names], dtype=np.int64), classes, notes)


def encode_array(labels: NDArray[np.generic], where: str, classes: Sequence[str] = ()) -> Encoded:
    """Codes (N,) and classes of an array of labels: integers from 0, or strings.

    Integers are mapped to their rank among the values that occur, which become the class names,
    as do -1 and 1 where there are no others; with `classes` they index it and keep their value.

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
        names = texts(labels)
        if "" in names:
            raise DataError(f"{where}: sample {names.index('')} has an empty label")
        if not classes:
            return encode_names(names, where)
        index = {_form(name): k for k, name in enumerate(classes)}
        foreign = sorted({name for name in names if _form(name) not in index})
        if foreign:
            raise DataError(f"{where}: labels {_some(foreign)} not in classes")
        codes = np.array([index[_form(name)] for name in names], dtype=np.int64)
        return Encoded(codes, tuple(classes))
    if kind not in "iub":
        raise DataError(
            f"{where}: labels are integers from 0, or strings; got dtype {labels.dtype} "
            "(class indices: convert with .astype(int); regression is out of scope)"
        )
    values = labels.astype(np.int64)
    if not classes and set(map(str, np.unique(values).tolist())) == SIGNS:
        return Encoded((values > 0).astype(np.int64), class_order(("-1", "1")))
    if values.size and values.min() < 0:
        count = int((values < 0).sum())
        raise DataError(
            f"{where}: labels are integers from 0; {count} of {values.size} are negative, "
            f"the smallest is {values.min()} ({NEGATIVE})"
        )
    if classes:
        if values.size and values.max() >= len(classes):
            raise DataError(
                f"{where}: label {values.max()} has no name; 'classes' holds {len(classes)}"
            )
        return Encoded(values, tuple(classes))
    found, codes = np.unique(values, return_inverse=True)
    return Encoded(codes.astype(np.int64), tuple(str(value) for value in found))


def encode_groups(names: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Group codes (N,) and notes; a sample whose name is empty is a group of its own."""
    names, notes = one_form(names, "group")
    index = {name: g for g, name in enumerate(sorted(set(names) - {""}))}
    alone = len(index)
    codes = np.empty(len(names), dtype=np.int64)
    for i, name in enumerate(names):
        codes[i] = index.get(name, alone)
        alone += name == ""
    return codes, notes


def part_code(name: str, where: str) -> int:
    """Code of a split name: "" -1, train 0, val 1, test 2.

    Raises:
        DataError: any other name.
    """
    key = name.strip().lower()
    if key not in PARTS:
        raise DataError(f"{where}: unknown split '{name}'{near(key, [p for p in PARTS if p])}")
    return PARTS[key]


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _some(names: Sequence[str], most: int = 3, quote: str = "'") -> str:
    shown = ", ".join(f"{quote}{name}{quote}" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
