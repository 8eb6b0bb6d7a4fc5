"""What ``predict`` is given: files, folders of images, arrays, and a prior."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.errors import ArgumentError, DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from counterpoise.data.tables.columns import Columns
    from counterpoise.data.tables.row_names import RowNames


def gather(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Image files, those of folders included; and ``.npy`` files and tables, in the order given.

    Raises:
        ArgumentError: every path that is not there or is of another kind, one line each.
    """
    from counterpoise.data.decode import SUFFIXES, is_image
    from counterpoise.data.sources.walk import is_special
    from counterpoise.data.tables.cells import SUFFIXES as TABLES

    files: list[Path] = []
    arrays: list[Path] = []
    faults = []
    for path in paths:
        if path.is_dir():
            below = _files_below(path)
            inside = [file for file in below if is_image(file.name) and not is_special(file)]
            files += inside
            if not inside:
                faults.append(f"{path}: no image in this folder ({' '.join(SUFFIXES)})")
        elif not path.exists():
            faults.append(f"{path}: no such file or folder")
        elif is_special(path):
            faults.append(f"{path}: a named pipe, a socket or a device; give files or folders")
        elif path.suffix.lower() in (".npy", *TABLES):
            arrays.append(path)
        elif is_image(path.name):
            files.append(path)
        else:
            faults.append(
                f"{path}: neither an image ({' '.join(SUFFIXES)}) nor .npy, {' or '.join(TABLES)}"
            )
    if faults:
        raise ArgumentError("\n".join(faults))
    return files, arrays


def with_listed(files: Sequence[Path], arrays: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files and arrays, with the images of each ``.csv`` that lists them in a column ``path``.

    Raises:
        ArgumentError: an image that is not there.
        DataError: the list cannot be read.
    """
    from counterpoise.data.tables.cells import read_cells, read_header

    found, others = list(files), []
    for table in arrays:
        if table.suffix.lower() != ".csv" or "path" not in read_header(table):
            others.append(table)
            continue
        cells = read_cells(table)
        listed = [table.parent / name for name in cells.columns["path"]]
        absent = [i for i, path in enumerate(listed) if not path.is_file()]
        if absent:
            raise ArgumentError(
                f"{table}: the column path names image files, from the folder of the list; "
                f"{len(absent)} of {len(listed)} are none ({cells.rows.places(absent)}: "
                f"'{cells.columns['path'][absent[0]]}')"
            )
        found += listed
    return found, others


def whole(files: Sequence[Path], input_shape: tuple[int, ...]) -> tuple[list[Path], list[str]]:
    """The images that can be decoded for a model of that input, and why the others cannot."""
    from counterpoise.data import FileInputs

    if len(input_shape) != 3:
        return list(files), []  # the model refuses image files, and says so
    channels, height, width = input_shape
    names = tuple(str(file) for file in files)
    damaged = FileInputs(tuple(files), names, (height, width), channels).damaged()
    return [file for i, file in enumerate(files) if i not in damaged], list(damaged.values())


def _files_below(folder: Path) -> list[Path]:
    """All files in a folder, sorted; linked folders are entered, each folder once."""
    found: list[Path] = []
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
        else:
            seen.add(real)
            found += [Path(place, name) for name in files]
    return sorted(found)


def read_array(
    path: Path, columns: "Columns | None" = None
) -> "tuple[npt.NDArray[np.generic], Sequence[str] | RowNames]":
    """The samples (N, ...) of a ``.npy`` file, or the rows of a table; and what each is called.

    Args:
        path: the file.
        columns: those that a model of tables reads; None for another model.

    Raises:
        DataError: it is no ``.npy`` file, holds Python objects, or is no table of these columns.
        ArgumentError: a table, and a model of something else.
    """
    import numpy as np

    if path.suffix.lower() != ".npy":
        from counterpoise.data.sources.rows import read_rows

        if columns is None:
            raise ArgumentError(
                f"{path} is a table, and this model was not trained on one (a list of images has "
                "a column path)"
            )
        rows, names = read_rows(path, columns)
        return rows, replace(names, file=str(path))

    try:
        array: npt.NDArray[np.generic] = np.asarray(np.load(path, allow_pickle=False))
    except (ValueError, EOFError, OSError) as error:
        raise DataError(f"cannot read {path}: {error}".splitlines()[0]) from error
    return array, [f"{path}[{i}]" for i in range(len(array) if array.ndim else 0)]


def read_prior(text: str) -> list[float]:
    """``"0.01,0.99"`` as numbers; whether they fit the classes is the predictor's to say.

    Raises:
        ArgumentError: a piece is no number.

    >>> read_prior("0.01, 0.99")
    [0.01, 0.99]
    """
    try:
        return [float(piece) for piece in text.split(",")]
    except ValueError:
        raise ArgumentError(
            f"--prior takes one share for each class, such as 0.01,0.99; got '{text}'"
        ) from None
