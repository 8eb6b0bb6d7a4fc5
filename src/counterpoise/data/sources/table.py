"""A CSV file of image paths and labels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from counterpoise.data.decode import default_form
from counterpoise.data.image_files import FileInputs
from counterpoise.data.label_codes import encode_groups, encode_names, part_code
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.data.size import Size, sides
from counterpoise.errors import DataError, near

REQUIRED = ("path", "label")
OPTIONAL = ("split", "group")


def load_csv(file: Path, size: Size | None = None, channels: int | None = None) -> LabelledSet:
    """Read the columns ``path,label[,split][,group]``; paths are relative to the CSV file.

    `split` is train, val, test or empty (free to be split); an empty `group` is a group of its
    own. Other columns are ignored and named in the set's notes; no image is decoded.

    Raises:
        DataError: a column is missing or misspelt, a row lacks its path or label, a split name
            is unknown, a path is listed twice or does not exist.
    """
    rows, ignored = _rows(file)
    faults: list[str] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        for column in REQUIRED:
            if not row[column]:
                faults.append(f"line {line}: empty {column}")
        if row["path"] in seen:
            faults.append(
                f"line {line}: repeats the path of line {seen[row['path']]}, {row['path']}"
            )
        seen.setdefault(row["path"], line)
        image = file.parent / row["path"]
        if row["path"] and not image.is_file():
            what = "no such file" if not image.exists() else "a folder or a pipe is no image:"
            faults.append(f"line {line}: {what} '{row['path']}'")
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise DataError(f"'{file}': {'; '.join(faults[:3])}{more}")
    codes, classes, notes = encode_names([row["label"] for _, row in rows], f"'{file}'")
    part = [part_code(row.get("split", ""), f"'{file}' line {line}") for line, row in rows]
    if ignored:
        notes = (*notes, f"columns ignored: {', '.join(ignored)}")
    groups = None
    if "group" in rows[0][1]:
        groups, said = encode_groups([row["group"] for _, row in rows])
        notes = (*notes, *said)
    names = tuple(row["path"] for _, row in rows)
    paths = tuple(file.parent / name for name in names)
    side, depth = default_form(paths) if size is None or channels is None else (size, channels)
    height, width = sides(size or side)
    depth = channels or depth
    return labelled_set(
        file.stem,
        "image",
        FileInputs(paths, names, (height, width), depth),
        codes,
        classes,
        part=np.array(part, dtype=np.int8),
        input_shape=(depth, height, width),
        groups=groups,
        notes=notes,
    )


def _rows(file: Path) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Line number and cells of each row, by column name; and the columns that mean nothing."""
    known = (*REQUIRED, *OPTIONAL)
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            cells = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"'{file}' is not a UTF-8 comma-separated file: {error}") from error
    faults = [f"no column '{name}'" for name in REQUIRED if name not in columns]
    ignored = [name for name in columns if name not in known]
    for name in ignored:
        hint = near(name.lower(), [k for k in known if k not in columns])
        if "did you mean" in hint:
            faults.append(f"column '{name}'{hint.replace('; ', ': ')}")
    faults += [f"column '{name}' twice" for name in sorted(set(columns)) if columns.count(name) > 1]
    if len(columns) > 1 and not {"path", "label"} & set(columns):
        raise DataError(
            f"'{file}' has no columns path and label, so it is no list of images; for a table of "
            f"numbers and categories name the column of its classes: --label NAME, one of "
            f"{', '.join(columns[:30])}{', ...' if len(columns) > 30 else ''}"
        )
    if faults:
        raise DataError(
            f"'{file}': {'; '.join(faults)}; the first line is path,label[,split][,group], "
            f"got {','.join(columns) or 'nothing'}"
        )
    if not cells:
        raise DataError(f"'{file}' has a header but no row")
    ragged = [line for line, row in cells if len(row) != len(columns)]
    if ragged:
        raise DataError(
            f"'{file}' line {ragged[0]}: {len(columns)} columns expected ({len(ragged)} such lines)"
        )
    rows = [
        (line, {name: cell.strip() for name, cell in zip(columns, row, strict=True)})
        for line, row in cells
    ]
    return rows, ignored
