"""The door: whatever is given in memory as a path, and the options that go with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from counterpoise.data.sets import hugging_face as hub
from counterpoise.data.sets import map_style
from counterpoise.data.sets.parts import parts_of
from counterpoise.data.sets.written import Sample, written
from counterpoise.data.tables import given
from counterpoise.errors import ArgumentError

SPLIT = "split"  # the column of a table that says the part of each row
Part = tuple[str, Any]


def stored(
    data: object, options: Mapping[str, object], folder: Path = given.FOLDER
) -> tuple[object, dict[str, object]]:
    """What `data` is to `Options`: a path, and the options that go with it.

    A data set of torch, torchvision or Hugging Face, or a mapping of its parts by name, is written
    below `folder` under a name that holds a digest of the content; so are a DataFrame and a pair
    (X, y). Image files that lie on disk are listed, not copied. Whatever is none of these comes
    back as it is.

    Args:
        data: what a caller gave.
        options: what else; `label`, `group`, `drop` and `categories` are looked at.
        folder: where files are written.

    Raises:
        ArgumentError: a stream, a set without classes or whose samples change, or what
            `tables.given.stored` refuses.
        OutputError: the folder cannot be written.
    """
    if isinstance(data, str | os.PathLike):
        return data, dict(options)
    parts = parts_of(data)
    several = parts is not None
    parts = [("", data)] if parts is None else parts
    known = [hub.is_hugging_face(held) for _, held in parts]
    sets = [is_hub or map_style.is_map_style(held) for is_hub, (_, held) in
            zip(known, parts, strict=True)]  # fmt: skip
    frames = [given.is_frame(held) for _, held in parts]
    if any(frames) and several:
        raise ArgumentError(
            f"a DataFrame is given whole, with a column '{SPLIT}' of train, val and test for its "
            f"{len(parts)} parts (pandas.concat puts them together)"
        )
    if any(frames):
        return given.stored(data, options, folder)
    for part, held in parts:
        if not _is_plain(held):
            map_style.refuse_streams(held, _where(held, part))
    if not all(sets):
        return given.stored(data, options, folder)
    if all(known):
        return _hub(parts, options, folder)
    if any(known):
        said = ", ".join(
            f"{part or 'train'}: {type(held).__name__} of {type(held).__module__.split('.')[0]}"
            for part, held in parts
        )
        raise ArgumentError(
            f"the parts of one data set are sets of one library; got {said} (read all of them by "
            "one, such as datasets.load_dataset or torchvision.datasets.ImageFolder)"
        )
    empty = next((held for _, held in parts if not len(held)), None)
    if empty is not None:
        raise ArgumentError(f"{type(empty).__name__}: the data set is empty")
    _same([map_style.class_list(held) for _, held in parts], "classes")
    first = parts[0][1]
    samples = partial(_map_samples, parts)
    path = written(map_style.name_of(first), samples, map_style.class_list(first), folder)
    return path, dict(options)


def _is_plain(data: object) -> bool:
    """Whether it is an array, a list or a text, of which `given.stored` says what to do."""
    return isinstance(data, list | tuple | dict | set) or hasattr(data, "shape")


def _map_samples(parts: Sequence[Part]) -> Iterator[Sample]:
    for part, held in parts:
        yield from map_style.samples_of(held, part, _where(held, part))


def _hub(
    parts: Sequence[Part], options: Mapping[str, object], folder: Path
) -> tuple[object, dict[str, object]]:
    first, asked = parts[0][1], options.get("label")
    dropped = given.names(options.get("drop"))
    label = hub.label_column(first, asked, _where(first, parts[0][0]))
    _same([tuple(held.features) for _, held in parts], "columns")
    _same([hub.names_of(held, label) for _, held in parts], "classes")
    for part, held in parts:
        hub.refuse_transform(held, _where(held, part))
    absent = [name for name in dropped if name not in first.features]
    if absent:
        raise ArgumentError(
            f"drop= names columns of the data; got '{absent[0]}', there are "
            f"{', '.join(first.features)}"
        )
    image = hub.image_column(first, dropped, _where(first, parts[0][0]))
    if image is None:
        return _hub_table(parts, label, options, folder)
    group = options.get("group")
    samples = partial(_hub_samples, parts, image, label, None if group is None else str(group))
    rest = {k: v for k, v in options.items() if k not in ("label", "group", "drop")}
    return written(hub.name_of(first), samples, hub.names_of(first, label), folder), rest


def _hub_samples(
    parts: Sequence[Part], image: str, label: str, group: str | None
) -> Iterator[Sample]:
    for part, held in parts:
        yield from hub.image_samples(held, image, label, group, part, _where(held, part))


def _hub_table(
    parts: Sequence[Part], label: str, options: Mapping[str, object], folder: Path
) -> tuple[object, dict[str, object]]:
    dropped = given.names(options.get("drop"))
    columns: dict[str, list[Any]] = {}
    for part, held in parts:
        found = hub.columns_of(held, label, dropped, _where(held, part))
        if len(parts) > 1:
            if SPLIT in found:
                raise ArgumentError(
                    f"data that come in parts have no column '{SPLIT}' of their own "
                    f"(ds.rename_column or ds.remove_columns)"
                )
            found[SPLIT] = [part] * len(held)
        for name, values in found.items():
            columns.setdefault(name, []).extend(values)
    left = {"drop": tuple(name for name in dropped if name in columns)} if dropped else {}
    return given.table_file(columns, label, {**options, **left}, folder)


def _same(found: Sequence[object], what: str) -> None:
    if any(one != found[0] for one in found):
        other = next(one for one in found if one != found[0])
        raise ArgumentError(
            f"the parts of one data set have the same {what}, in one order; got {found[0]} and "
            f"{other}"[:400]
        )


def _where(data: object, part: str) -> str:
    name = type(data).__name__
    return f"{name} '{part}'" if part else name
