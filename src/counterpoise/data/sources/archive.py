"""An .npz file of arrays: images, series or vectors."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.held import require_held
from counterpoise.data.inputs import ArrayInputs, Values
from counterpoise.data.label_codes import class_names, encode_array, encode_groups, texts
from counterpoise.data.labelled import Kind, LabelledSet, labelled_set
from counterpoise.data.size import Size, sides
from counterpoise.errors import DataError, near

PARTS = {"train": 0, "val": 1, "test": 2}
KNOWN = (*(f"{what}_{part}" for what in ("x", "y", "group") for part in PARTS), "classes")
FEWEST_PIXELS = 8  # a side from which an image is one
Arrays = Mapping[str, NDArray[np.generic]]


def load_npz(file: Path, size: Size | None = None, channels: int | None = None) -> LabelledSet:
    """Read ``x_train, y_train[, x_val, y_val][, x_test, y_test][, group_*][, classes]``.

    The rule for `x`: uint8 (N, H, W) or (N, H, W, C) with C 1 or 3 is images; any other real
    dtype (N, C, T) is series; (N, D) of any real dtype is vectors. Nothing is unpickled.

    Raises:
        DataError: an array is missing, misspelt, of a wrong shape or dtype, or holds NaN or a
            number beyond float32.
    """
    return from_arrays(file.stem, read_npz(file), f"'{file}'", size=size, channels=channels)


def read_npz(file: Path) -> dict[str, NDArray[np.generic]]:
    """All arrays of an .npz file, without unpickling.

    Raises:
        DataError: the file is damaged, or an array holds Python objects.
    """
    if not zipfile.is_zipfile(file):  # np.load would take any other bytes for a pickle
        raise DataError(
            f"'{file}' is not a whole .npz file; write it again with np.savez(x_train=..., ...)"
        )
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise DataError(f"'{file}' is not a whole .npz file: {error}") from error
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise DataError(f"'{file}' is not a whole .npz file: {error}") from error
        raise DataError(
            f"'{file}' holds Python objects, which are not loaded (images of mixed sizes? "
            "resize them, or use a folder of image files)"
        ) from error


def from_arrays(
    name: str,
    arrays: Arrays,
    where: str,
    *,
    size: Size | None = None,
    channels: int | None = None,
    published: bool = False,
) -> LabelledSet:
    """Build a set from arrays under the names that `load_npz` documents."""
    ignored = _check_names(arrays, where)
    parts = [part for part in PARTS if f"x_{part}" in arrays]
    pieces = [_values(arrays[f"x_{part}"], f"{where}, x_{part}") for part in parts]
    kinds = {kind for kind, _ in pieces}
    shapes = {values.shape[1:] for _, values in pieces}
    if len(kinds) > 1 or len(shapes) > 1:
        shown = ", ".join(f"x_{p} {arrays[f'x_{p}'].dtype} {arrays[f'x_{p}'].shape}" for p in parts)
        raise DataError(f"{where}: all x arrays have the same kind and sample shape; got {shown}")
    for part, (_, values) in zip(parts, pieces, strict=True):
        for what in ("y", "group"):
            held = arrays.get(f"{what}_{part}")
            if held is not None and held.shape[:1] != (len(values),):
                raise DataError(
                    f"{where}: {what}_{part} needs one entry per sample of x_{part} "
                    f"({len(values)}); got shape {held.shape}"
                )
    names = class_names(arrays["classes"], f"{where}, classes") if "classes" in arrays else []
    stacked = (
        np.concatenate([arrays[f"y_{part}"] for part in parts])
        if _same_kind(arrays, parts)
        else None
    )
    if stacked is None:
        shown = ", ".join(f"y_{part} {arrays[f'y_{part}'].dtype}" for part in parts)
        raise DataError(f"{where}: all y arrays hold integers, or all hold strings; got {shown}")
    labels, classes, notes = encode_array(stacked, f"{where}, y", names)
    (kind,) = kinds
    values = pieces[0][1] if len(pieces) == 1 else np.concatenate([v for _, v in pieces])
    if kind != "image" and (size is not None or channels is not None):
        raise DataError(f"{where}: size and channels are for images; this set holds {kind} data")
    form = None if size is None else sides(size)
    shape = values.shape[1:]
    if kind == "image":
        shape = (channels or shape[0], *(form or shape[1:]))
    lengths = [len(v) for _, v in pieces]
    groups, said = _groups(arrays, parts, lengths)
    notes = (*notes, *said)
    if kind == "series" and _may_be_images(arrays["x_train"]):
        _, height, width = arrays["x_train"].shape
        notes = (
            *notes,
            f"x {arrays['x_train'].dtype} (N, {height}, {width}) is read as series of {height} "
            f"channels and {width} steps: images in an .npz are uint8 (16-bit ones are read from "
            "files, such as PNG, in class folders)",
        )
    if ignored:
        notes = (*notes, f"arrays ignored: {', '.join(ignored)}")
    return labelled_set(
        name,
        kind,
        ArrayInputs(values, form, channels),
        labels,
        classes,
        part=_parts(parts, lengths),
        input_shape=tuple(shape),
        groups=groups,
        published=published,
        notes=notes,
    )


def _may_be_images(array: NDArray[np.generic]) -> bool:
    """Whether series have the shape of images: square, or of many channels of 16-bit numbers."""
    many = min(array.shape[1:]) >= FEWEST_PIXELS
    return many and (array.shape[1] == array.shape[2] or array.dtype == np.uint16)


def _parts(parts: list[str], lengths: list[int]) -> NDArray[np.int8]:
    """Code of each sample's part; a lone x_train is free to be split."""
    codes = [PARTS[part] for part in parts] if len(parts) > 1 else [-1]
    return np.repeat(codes, lengths).astype(np.int8)


def _check_names(arrays: Arrays, where: str) -> list[str]:
    faults = [f"no array '{name}'" for name in ("x_train", "y_train") if name not in arrays]
    for part in ("val", "test"):
        if (f"x_{part}" in arrays) != (f"y_{part}" in arrays):
            faults.append(f"x_{part} and y_{part} come together")
    for part in PARTS:
        if f"group_{part}" in arrays and f"x_{part}" not in arrays:
            faults.append(f"group_{part} without x_{part}")
    ignored = [name for name in arrays if name not in KNOWN]
    for name in ignored:
        hint = near(name.lower(), [k for k in KNOWN if k not in arrays])
        if "did you mean" in hint:
            faults.append(f"array '{name}'{hint.replace('; ', ': ')}")
    if faults:
        raise DataError(f"{where}: {'; '.join(faults)}; it holds {', '.join(arrays) or 'nothing'}")
    return ignored


def _values(array: NDArray[np.generic], where: str) -> tuple[Kind, Values]:
    """Kind and (N, C, H, W), (N, C, T) or (N, D) values of one x array."""
    shown = f"{array.dtype} {array.shape}"
    if array.dtype.kind not in "fiu":
        raise DataError(f"{where}: inputs are real numbers; got {shown}")
    if array.dtype == np.uint8 and array.ndim == 3:
        return "image", np.ascontiguousarray(array[:, None]).astype(np.uint8, copy=False)
    if array.ndim == 4:
        if array.dtype == np.uint8 and array.shape[3] in (1, 3):
            return "image", np.ascontiguousarray(array.transpose(0, 3, 1, 2)).astype(
                np.uint8, copy=False
            )
        raise DataError(
            f"{where}: images are uint8 (N, H, W) or (N, H, W, C) with C 1 or 3; got {shown}"
            + ("; move the channels last" if array.shape[1] in (1, 3) else "")
        )
    if array.ndim not in (2, 3) or 0 in array.shape[1:]:
        raise DataError(f"{where}: expected (N, H, W[, C]) uint8, (N, C, T) or (N, D); got {shown}")
    values = _exact(array)
    require_held(values, where)
    return ("series" if array.ndim == 3 else "vector"), values


def _exact(array: NDArray[np.generic]) -> NDArray[np.float32] | NDArray[np.float64]:
    """Numbers as float32 where that changes none of them, else as float64."""
    with np.errstate(over="ignore"):
        small = array.astype(np.float32)
    return small if np.array_equal(array, small) else array.astype(np.float64, copy=False)


def _same_kind(arrays: Arrays, parts: list[str]) -> bool:
    families = {
        {"U": "text", "S": "text", "f": "float"}.get(arrays[f"y_{p}"].dtype.kind, "int")
        for p in parts
    }
    return len(families) == 1 and len({arrays[f"y_{p}"].ndim for p in parts}) == 1


def _groups(
    arrays: Arrays, parts: list[str], lengths: list[int]
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    if not any(f"group_{part}" in arrays for part in parts):
        return None, ()
    names: list[str] = []
    for part, length in zip(parts, lengths, strict=True):
        held = arrays.get(f"group_{part}")
        names += [""] * length if held is None else _group_names(held)
    return encode_groups(names)


def _group_names(held: NDArray[np.generic]) -> list[str]:
    """One name per sample; "" for NaN, which is no group."""
    if held.dtype.kind == "S":
        return texts(held)
    return ["" if group != group else str(group) for group in held]
