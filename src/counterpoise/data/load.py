"""One door to every kind of data set."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.labelled import LabelledSet, verify
from counterpoise.data.nearby import nearby
from counterpoise.data.size import RESIZES, STRETCH, Resize, Size, sides
from counterpoise.data.sources.about import NAMED
from counterpoise.data.sources.archive import load_npz
from counterpoise.data.sources.folder import load_folder
from counterpoise.data.sources.named import load_named
from counterpoise.data.sources.rows import TableQuestion, load_table
from counterpoise.data.sources.table import REQUIRED, load_csv
from counterpoise.data.sources.walk import is_special
from counterpoise.data.tables import given
from counterpoise.data.tables.cells import SUFFIXES as TABLES
from counterpoise.data.tables.cells import read_header
from counterpoise.data.tables.columns import Columns
from counterpoise.errors import ArgumentError, DataError, near


def load(
    data: str,
    *,
    data_root: str | None = None,
    size: Size | None = None,
    channels: int | None = None,
    skip_corrupt: bool = False,
    ignore: str | Path | None = None,
    resize: Resize = STRETCH,
    table: TableQuestion | None = None,
    columns: Columns | None = None,
) -> LabelledSet:
    """Load a named set, a folder of class folders, an .npz, a .csv or a .parquet file.

    A name wins over a folder of the same name; write ``./digits`` for the folder. Labels are
    read without decoding images.

    Args:
        data: a key of `NAMED`, or a path.
        data_root: where named sets live; default $COUNTERPOISE_DATA, then ~/.cache/counterpoise.
        size: what images are brought to: a side in pixels, or ``"160x120"``, width by height;
            default: see `decode.default_form` for image files, the stored size for arrays.
        channels: 1 (grey) or 3 (RGB); default: RGB unless all are grey.
        skip_corrupt: decode every image file now and leave out the damaged ones, which
            ``skipped`` lists; otherwise the first read names them and raises.
        ignore: a folder that is no part of the data even if it lies among them, such as the one
            for results.
        resize: "stretch"; "short-side", which keeps the aspect: what is longer is cut off evenly at
            both ends; or "whole", which reads nearly the same, and keeps the ends for training.
        table: which column of a table is what; a .csv without it lists images.
        columns: those of a table that a model was trained on; found in it when left out.

    Raises:
        ArgumentError: `size` is neither form or below 1, `channels` neither 1 nor 3, or `resize`
            none of the three.
        DataError: no such name or path, or the data break a rule of their format.

    >>> digits = load("digits")
    >>> digits.kind, digits.input_shape, len(digits)
    ('image', (1, 8, 8), 1797)
    """
    if size is not None:
        sides(size)
    if channels not in (None, 1, 3):
        raise ArgumentError(f"channels is 1 (grey) or 3 (RGB); got {channels}")
    if resize not in RESIZES:
        raise ArgumentError(
            f"resize is {' or '.join(RESIZES)}; got '{resize}'{near(resize, RESIZES)}"
        )
    try:
        dataset = (
            _open(data, data_root, size, channels, ignore)
            if table is None
            else _table(data, table, columns)
        )
        dataset = replace(dataset, name=given.title(data, len(dataset)) or dataset.name)
        dataset = verify(dataset)[0] if skip_corrupt else dataset
        return dataset if resize == STRETCH else _resized(dataset, data, resize)
    except OSError as error:
        raise DataError(f"cannot read '{data}': {error.strerror or error}") from error


def _open(
    data: str,
    data_root: str | None,
    size: Size | None,
    channels: int | None,
    ignore: str | Path | None,
) -> LabelledSet:
    if data in NAMED:
        return load_named(data, data_root, size, channels)
    path = Path(data).expanduser()
    if not data.strip() or not path.exists():
        said = nearby(data, NAMED)
        raise DataError(f"no such path, and no data set of this name: '{data}'{said}")
    if path.is_dir():
        return load_folder(path, size, channels, None if ignore is None else Path(ignore))
    if is_special(path):
        raise DataError(f"'{data}' is a named pipe, a socket or a device; give a folder or a file")
    if path.suffix.lower() == ".npz":
        return load_npz(path, size, channels)
    if path.suffix.lower() == ".csv":
        return load_csv(path, size, channels)
    if path.suffix.lower() in TABLES:
        raise DataError(f"'{data}' is a table: name the column of its classes (--label COLUMN)")
    raise DataError(
        f"'{data}' is neither a folder of class folders nor an .npz, .csv or .parquet file"
    )


def _table(data: str, question: TableQuestion, columns: Columns | None) -> LabelledSet:
    """A table, unless its columns are those of a list of images."""
    path = Path(data).expanduser()
    if data not in NAMED and not path.exists():
        raise DataError(f"no such file: '{data}'{nearby(data, NAMED)}")
    if data in NAMED or path.suffix.lower() not in TABLES or not path.is_file():
        raise DataError(
            f"a label column is one of a table, {' or '.join(TABLES)}; got '{data}' (leave "
            "--label, --group, --drop and --categories out for other data)"
        )
    if is_special(path):
        raise DataError(f"'{data}' is a named pipe, a socket or a device; give a file")
    header = read_header(path) if path.suffix.lower() == ".csv" else []
    if set(REQUIRED) <= set(header) and question.label == "label":
        raise DataError(
            f"'{data}' has the columns path and label, as a list of images has (leave --label "
            "out; if it is a table, rename the column 'path')"
        )
    return load_table(path, question, columns)


def _resized(dataset: LabelledSet, data: str, resize: Resize) -> LabelledSet:
    """The same images by another rule: another set, as its checksum says."""
    if dataset.kind != "image":
        raise DataError(
            f"{dataset.name} holds {dataset.kind}s, which nothing resizes (leave resize out)"
        )
    if data == "gtsrb":
        raise DataError(
            "the signs of gtsrb are cut out and stretched as they are read (leave resize out, or "
            "give a folder of cut signs)"
        )
    inputs = dataset.inputs
    assert isinstance(inputs, FileInputs | ArrayInputs)
    checksum = hashlib.sha256(f"{dataset.checksum} {resize}".encode()).hexdigest()[:16]
    return replace(dataset, inputs=replace(inputs, how=resize), checksum=checksum)
