"""A DataFrame or a pair of arrays as a file, which workers and later calls read."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.atomic import replacing
from counterpoise.data.tables.cells import NONE
from counterpoise.data.tables.kinds import NUMBER
from counterpoise.errors import ArgumentError, near

FOLDER = Path("counterpoise-out") / "given"
LABEL = "label"


def stored(
    data: object, options: Mapping[str, object], folder: Path = FOLDER
) -> tuple[object, dict[str, object]]:
    """What `data` is to `Options`: a path, and the options that go with it.

    A DataFrame is written as CSV, a pair (X, y) of arrays as .npz, under a name that holds a digest
    of the content: the same data are the same file, so the same call resumes. A DataFrame X with
    its y is a table, too. Whatever is neither comes back as it is.

    Args:
        data: what a caller gave.
        options: what else; `label` and `categories` are looked at.
        folder: where files are written.

    Raises:
        ArgumentError: a DataFrame without `label`, lengths of X and y that differ, or columns that
            have no text as a name.
        OutputError: the folder cannot be written.
    """
    if isinstance(data, str | os.PathLike):
        return data, dict(options)
    if isinstance(data, tuple) and len(data) == 2:
        X, y = data
        if len(X) != len(y):
            raise ArgumentError(f"X and y have one row per sample; got {len(X)} and {len(y)}")
        if not _is_frame(X):
            content = io.BytesIO()
            np.savez(content, x_train=np.asarray(X), y_train=np.asarray(y))
            return _written(content.getvalue(), "arrays", ".npz", folder), dict(options)
        label = str(options.get("label") or getattr(y, "name", None) or LABEL)
        columns = _columns(X)
        if label in columns:
            raise ArgumentError(f"X has a column '{label}', as the label is called (label=...)")
        return _table(columns | {label: y}, label, options, folder)
    if not _is_frame(data):
        return data, dict(options)
    columns, named = _columns(data), options.get("label")
    if named not in columns:
        got = "nothing" if named is None else f"'{named}'{near(str(named), columns)}"
        raise ArgumentError(f"label= names the column of a DataFrame with the class; got {got}")
    return _table(columns, str(named), options, folder)


def _is_frame(data: object) -> bool:
    """Whether it is a DataFrame, of pandas or of a library that has the same."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "dtypes")


def _columns(frame: Any) -> dict[str, Any]:
    names = list(frame.columns)
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong or len(set(names)) < len(names):
        what = f"{wrong[0]!r}" if wrong else "a name twice"
        raise ArgumentError(f"columns of a DataFrame have texts as names, each once; got {what}")
    return {name: frame[name] for name in names}


def _table(
    columns: Mapping[str, Any], label: str, options: Mapping[str, object], folder: Path
) -> tuple[object, dict[str, object]]:
    cells = {name: [_cell(value) for value in _list(held)] for name, held in columns.items()}
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(cells)
    lines.writerows(zip(*cells.values(), strict=True))
    given = options.get("categories")
    asked = given.split(",") if isinstance(given, str) else list(_sequence(given))
    dropped = options.get("drop")
    out = {label, options.get("group"), *(dropped.split(",") if isinstance(dropped, str)
                                          else _sequence(dropped))}  # fmt: skip
    # A frame says what a file cannot: that what looks like numbers is text.
    texts = [
        name
        for name, held in columns.items()
        if name not in out
        and any(isinstance(value, str) for value in _list(held))
        and all(not c or c.lower() == NONE or NUMBER.fullmatch(c.strip()) for c in cells[name])
    ]
    found = {**options, "label": label, "categories": tuple(dict.fromkeys([*asked, *texts]))}
    return _written(text.getvalue().encode(), "frame", ".csv", folder), found


def _sequence(value: object) -> Sequence[str]:
    return value if isinstance(value, list | tuple) else ()


def _list(column: Any) -> list[object]:
    found: list[object] = column.tolist() if hasattr(column, "tolist") else list(column)
    return found


def _cell(value: object) -> str:
    """One value as text; "" for a missing one, of whatever kind."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return str(value)


def _written(content: bytes, name: str, suffix: str, folder: Path) -> str:
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}{suffix}"
    if not path.is_file() or path.stat().st_size != len(content):
        with replacing(path) as stream:
            stream.write(content)
    return str(path)
