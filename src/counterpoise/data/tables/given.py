"""A DataFrame or a pair of arrays as a file, which workers and later calls read."""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from counterpoise.atomic import ASIDE, replacing, unwritable
from counterpoise.data.held import require_held
from counterpoise.data.tables.cells import NONE
from counterpoise.data.tables.column_list import column_list
from counterpoise.data.tables.kinds import DATE, DECIMAL_COMMA, MOST_DISTINCT, NUMBER
from counterpoise.errors import ArgumentError, near

FOLDER = Path("counterpoise-out") / "given"
LABEL = "label"
WRITTEN = re.compile(r"(.+)-[0-9a-f]{12}\.(?:csv|npz)")  # as `by_content` names a file
CALLED = {"frame": "DataFrame, {:,} rows", "arrays": "arrays, {:,} samples"}
HOLES = "impute them, or give a DataFrame and label=..., in which cells may be empty"


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
        DataError: numbers in X that float32 does not hold, NaN or infinity.
        OutputError: the folder cannot be written.
    """
    if isinstance(data, str | os.PathLike):
        return data, dict(options)
    if isinstance(data, tuple) and len(data) == 2:
        X, y = data[0], _one_column(data[1])
        for name, held in (("X", X), ("y", y)):
            if not hasattr(held, "__len__") or hasattr(held, "toarray"):
                raise ArgumentError(
                    f"X and y are arrays, lists or a DataFrame; got {name} of type "
                    f"{type(held).__name__} (X.toarray() of a sparse array, list of an iterator)"
                )
        if len(X) != len(y):
            raise ArgumentError(f"X and y have one row per sample; got {len(X)} and {len(y)}")
        if not is_frame(X):
            arrays = {"x_train": _plain(X, "X"), "y_train": _plain(y, "y")}
            require_held(arrays["x_train"], "X", HOLES)
            return by_content("arrays", ".npz", partial(archive, arrays), folder), dict(options)
        label = str(options.get("label") or getattr(y, "name", None) or LABEL)
        columns = _columns(X)
        if label in columns:
            raise ArgumentError(f"X has a column '{label}', as the label is called (label=...)")
        return table_file(columns | {label: y}, label, options, folder)
    if not is_frame(data):
        return data, dict(options)
    columns, named = _columns(data), options.get("label")
    if named not in columns:
        got = "nothing" if named is None else f"'{named}'{near(str(named), columns)}"
        raise ArgumentError(f"label= names the column of a DataFrame with the class; got {got}")
    return table_file(columns, str(named), options, folder)


def title(path: str | Path, number: int) -> str | None:
    """What reports call data that Python gave, and that lie in a file; None for other files.

    >>> title("counterpoise-out/given/frame-0123456789ab.csv", 1200)
    'DataFrame, 1,200 rows'
    >>> title("given/cifar10-0123456789ab.csv", 9), title("churn.csv", 1200)
    ('cifar10', None)
    """
    found = WRITTEN.fullmatch(Path(path).name)
    if found is None or (found[1] not in CALLED and Path(path).parent.name != FOLDER.name):
        return None
    return CALLED[found[1]].format(number) if found[1] in CALLED else found[1]


def _plain(held: Any, name: str) -> NDArray[np.generic]:
    """An array that needs no pickle: text of Python objects as text."""
    try:
        array = np.asarray(held)
    except ValueError as error:  # rows of several lengths
        raise ArgumentError(f"{name} is an array, one row per sample; got {error}") from error
    if array.dtype != object:
        return array
    kind = str if name == "y" else Real
    faults = [k for k, value in enumerate(array.ravel()) if not isinstance(value, kind)]
    if not faults:
        return array.astype(str if name == "y" else np.float64)
    rule = "y holds classes as whole numbers or text" if name == "y" else "X holds numbers"
    got = repr(array.ravel()[faults[0]])[:40]
    raise ArgumentError(
        f"{rule}; got Python objects such as {got} in place {faults[0]} (for "
        "columns of several kinds or missing values give a DataFrame and label=...)"
    )


def _one_column(y: Any) -> Any:
    """Labels that are a DataFrame or an array of one column, as that column."""
    if not is_frame(y):
        shape: tuple[int, ...] = getattr(y, "shape", ())
        return y[:, 0] if len(shape) == 2 and shape[1] == 1 else y
    columns = list(y.columns)
    if len(columns) != 1:
        raise ArgumentError(
            f"y is one class for each row; got a DataFrame of {len(columns)} columns "
            f"({', '.join(map(str, columns[:5]))}); give one of them"
        )
    return y[columns[0]]


def is_frame(data: object) -> bool:
    """Whether it is a DataFrame, of pandas or of a library that has the same."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "dtypes")


def _columns(frame: Any) -> dict[str, Any]:
    found = list(frame.columns)
    wrong = [name for name in found if not isinstance(name, str)]
    if wrong or len(set(found)) < len(found):
        what = f"{wrong[0]!r}" if wrong else "a name twice"
        raise ArgumentError(f"columns of a DataFrame have texts as names, each once; got {what}")
    return {name: frame[name] for name in found}


def table_file(
    columns: Mapping[str, Any], label: str, options: Mapping[str, object], folder: Path
) -> tuple[str, dict[str, object]]:
    """Columns as a CSV file, and the options that go with it.

    Args:
        columns: name -> values, one a row.
        label: the column of the class.
        options: what else; `drop`, `group` and `categories` are looked at.
        folder: where the file is written.
    """
    cells = {name: texts_of(held) for name, held in columns.items()}
    asked = names(options.get("categories"))
    out = {label, options.get("group"), *names(options.get("drop"))}
    # A frame says what a file cannot: that what looks like numbers is text.
    texts = [
        name
        for name, held in columns.items()
        if name not in out
        and any(isinstance(value, str) for value in _list(held))
        and _like_numbers(cells[name])
    ]
    found = {**options, "label": label, "categories": tuple(dict.fromkeys([*asked, *texts]))}
    return by_content("frame", ".csv", partial(_lines, cells), folder), found


def _like_numbers(cells: Sequence[str]) -> bool:
    """Whether some cells of a column of text look like numbers, and none like something else."""
    found = {cell.strip() for cell in cells} - {""}
    numbers = sum(bool(NUMBER.fullmatch(cell)) or cell.lower() == NONE for cell in found)
    if numbers == len(found):
        return True
    spoilt = any(DATE.fullmatch(cell) or DECIMAL_COMMA.fullmatch(cell) for cell in found)
    return numbers > 0 and not spoilt and len(found) <= MOST_DISTINCT


def names(value: object) -> Sequence[str]:
    """Names of columns, as options have them: in a list, or joined by commas."""
    if isinstance(value, str):
        return column_list(value)
    return value if isinstance(value, list | tuple) else ()


def _list(column: Any) -> list[object]:
    found: list[object] = column.tolist() if hasattr(column, "tolist") else list(column)
    return found


def texts_of(column: Any) -> list[str]:
    """The cells of a column as text."""
    return [_cell(value) for value in _list(column)]


def _cell(value: object) -> str:
    """One value as text; "" for a missing one, of whatever kind."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return str(value)


def _lines(cells: Mapping[str, Sequence[str]], stream: BinaryIO) -> None:
    lines = csv.writer(codecs.getwriter("utf-8")(stream), lineterminator="\n")
    lines.writerow(cells)
    lines.writerows(zip(*cells.values(), strict=True))


def archive(arrays: Mapping[str, NDArray[np.generic]], stream: BinaryIO) -> None:
    """Write arrays as an .npz file."""
    np.savez(stream, **arrays)  # type: ignore[arg-type]  # keywords are arrays


def by_content(name: str, suffix: str, write: Callable[[BinaryIO], None], folder: Path) -> str:
    """Write a file whose name holds a digest of its content, unless it is there.

    Nothing of it is held in memory: it is written under another name, and read again.
    """
    aside = folder / f"{name}-{secrets.token_hex(8)}{suffix}{ASIDE}"
    with replacing(aside) as stream:
        write(stream)
    try:
        with aside.open("rb") as held:
            digest = hashlib.file_digest(held, "sha256").hexdigest()[:12]
        path = folder / f"{name}-{digest}{suffix}"
        if path.is_file() and path.stat().st_size == aside.stat().st_size:
            return str(path)
        os.replace(aside, path)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        aside.unlink(missing_ok=True)
    return str(path)
