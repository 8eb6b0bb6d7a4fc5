"""Columns and samples of a `datasets.Dataset` of Hugging Face."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from counterpoise.data.sets.written import Sample
from counterpoise.errors import ArgumentError, near

USUAL = ("label", "labels")  # names of a column of classes that is not declared as one


def is_hugging_face(data: object) -> bool:
    """Whether it is a Dataset, or a stream of the same library."""
    return all(hasattr(data, name) for name in ("features", "column_names", "with_format"))


def kind(feature: object) -> str:
    """Name of a feature's class, such as "ClassLabel"."""
    return type(feature).__name__


def image_column(data: Any, dropped: Sequence[str], where: str) -> str | None:
    """The column of images; None of a table.

    Raises:
        ArgumentError: there are several.
    """
    found = [n for n, f in data.features.items() if kind(f) == "Image" and n not in dropped]
    if len(found) > 1:
        raise ArgumentError(
            f"{where}: a sample has one image; got the columns {_quoted(found)} "
            f"(drop={found[1:]!r} leaves out, as ds.remove_columns does)"
        )
    return found[0] if found else None


def label_column(data: Any, asked: object, where: str) -> str:
    """The column of the class: the one that is asked for, or the only ClassLabel.

    Raises:
        ArgumentError: no such column, none, or several.
    """
    columns = list(data.features)
    if asked is not None:
        if asked not in columns:
            raise ArgumentError(
                f"{where}: label= names the column of the class; got '{asked}'"
                f"{near(str(asked), columns)}; there are {_quoted(columns)}"
            )
        return str(asked)
    declared = [name for name in columns if kind(data.features[name]) == "ClassLabel"]
    found = declared or [name for name in USUAL if name in columns]
    if len(found) == 1:
        return str(found[0])
    what = f"several are classes, {_quoted(found)}" if found else "no column is a ClassLabel"
    raise ArgumentError(
        f"{where}: label= names the column of the class; {what}; there are {_quoted(columns)} "
        "(a set without classes is not compared on)"
    )


def refuse_transform(data: Any, where: str) -> None:
    """Say what to do with a set that makes something else of its rows as they are read.

    Raises:
        ArgumentError: it has a transform.
    """
    if data.format["type"] == "custom":
        raise ArgumentError(
            f"{where}: samples are read as they are stored; got a set with a transform "
            "(give ds.with_format(None): images are normalised, and augmented during training only)"
        )


def texts_of(data: Any, column: str, where: str, *, is_label: bool = False) -> list[Any]:
    """The values of a column, names of classes instead of their numbers.

    Raises:
        ArgumentError: the column of the class has rows without one.
    """
    values = list(data.with_format(None)[column])
    feature = data.features[column]
    if kind(feature) == "ClassLabel":
        names = list(feature.names)
        values = [None if v is None or v < 0 else names[v] for v in values]
    absent = sum(value is None or value == "" for value in values)
    if is_label and absent:
        raise ArgumentError(
            f"{where}: every sample has a class; {absent:,} of {len(values):,} rows have none in "
            f"column '{column}' (-1 or nothing stands there; leave such rows, or the part without "
            "classes, out: ds.filter)"
        )
    return values


def columns_of(data: Any, label: str, dropped: Sequence[str], where: str) -> dict[str, list[Any]]:
    """All columns of a table that can be cells, also those that are left out later.

    Raises:
        ArgumentError: a column holds lists, sounds or other values that are no cells.
    """
    wrong = [
        f"'{name}' ({_said(feature)})"
        for name, feature in data.features.items()
        if name not in dropped and not _is_cell(feature)
    ]
    if wrong:
        names = [n for n, f in data.features.items() if not _is_cell(f)]
        raise ArgumentError(
            f"{where}: cells of a table are numbers, truth values or text; got {', '.join(wrong)} "
            f"(make columns of them, or leave them out: drop={names!r})"
        )
    return {
        name: texts_of(data, name, where, is_label=name == label)
        for name, feature in data.features.items()
        if _is_cell(feature)
    }


def image_samples(
    data: Any, image: str, label: str, group: str | None, part: str, where: str
) -> Iterator[Sample]:
    """The samples of a set of images, as files where they lie, or as the bytes of files.

    Raises:
        ArgumentError: a row without an image or without a class, or no such column of groups.
    """
    if group is not None and group not in data.features:
        raise ArgumentError(
            f"{where}: group= names a column; got '{group}'{near(group, data.features)}"
        )
    labels = texts_of(data, label, where, is_label=True)
    groups = [""] * len(labels) if group is None else texts_of(data, group, where)
    column = type(data.features[image])(decode=False)
    rows = data.with_format(None).select_columns([image]).cast_column(image, column)
    for place, (row, name, member) in enumerate(zip(rows, labels, groups, strict=True)):
        held: Mapping[str, Any] | None = row[image]
        if held is None or (held.get("bytes") is None and not held.get("path")):
            raise ArgumentError(f"{where}: row {place} has no image in column '{image}'")
        inside = held.get("bytes")
        content = Path(held["path"]) if inside is None else bytes(inside)
        yield Sample(content, str(name), part, "" if member is None else str(member))


def names_of(data: Any, label: str) -> tuple[str, ...]:
    """Names of the classes in the order of a ClassLabel; empty for other columns."""
    feature = data.features[label]
    return tuple(feature.names) if kind(feature) == "ClassLabel" else ()


def name_of(data: Any) -> str:
    """What to call the set: as the library does, "dataset" without a name."""
    found = getattr(data.info, "dataset_name", None)
    return str(found).replace("/", "-") if found else "dataset"


def _is_cell(feature: Any) -> bool:
    """Whether values of a column are numbers, truth values or text."""
    return kind(feature) in ("Value", "ClassLabel") and not _is_bytes(feature)


def _is_bytes(feature: Any) -> bool:
    return "binary" in str(getattr(feature, "dtype", ""))


def _said(feature: object) -> str:
    if _is_bytes(feature):
        return "bytes; those of images: ds.cast_column(..., datasets.Image())"
    return kind(feature) if kind(feature) != "dict" else "nested"


def _quoted(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in names[:most]) + more
