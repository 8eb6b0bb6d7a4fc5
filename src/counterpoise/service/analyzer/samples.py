"""Measurements of a sensor: numbers (C, T) or (D,), as JSON and as .npy files without pickles."""

from __future__ import annotations

import io
import json
import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from counterpoise.service.runtime.failure import DeviceError

NUMPY = b"\x93NUMPY"
HEADER = 1000  # characters of a .npy file's header
_READ = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}

Samples = npt.NDArray[Any]


class Takes(Protocol):
    """A model, by what it reads; a program reads any numbers, and has neither shape nor type."""

    @property
    def kind(self) -> str:
        """ "series", "vector" or "any"."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one sample."""

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """Of its numbers."""


def of_npy(content: bytes) -> Samples:
    """The array of a .npy file.

    Raises:
        DeviceError: it is none, holds no numbers, or is longer or shorter than it says.
    """
    stream = io.BytesIO(content)
    try:
        read = _READ[npy.read_magic(stream)]
        shape, is_fortran, dtype = read(stream, max_header_size=HEADER)
    except Exception as error:  # what NumPy raises on damaged files is of many classes
        raise DeviceError("not samples", f"no .npy file: {error}"[:120]) from None
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise DeviceError("not samples", f"a .npy file of {str(dtype)[:40]}, and not of numbers")
    number = math.prod(shape)
    if number * dtype.itemsize != len(content) - stream.tell():
        raise DeviceError("not samples", f"shape {shape} does not go with {len(content)} bytes")
    flat = np.frombuffer(content, dtype, number, stream.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C")


def of_json(content: bytes) -> Samples:
    """The array of nested lists, or of an object whose key `samples` has them.

    Raises:
        DeviceError: it is no JSON, or no rows of numbers of one length.
    """
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DeviceError("not samples", f"neither a .npy file nor JSON: {error}"[:120]) from None
    if isinstance(given, dict):
        given = given.get("samples")
    rows = given if isinstance(given, list) and given and isinstance(given[0], list) else [given]
    if not all(isinstance(row, list) and row and all(map(_is_number, row)) for row in rows):
        raise DeviceError("not samples", "samples are a list of numbers, or a list of such lists")
    if len({len(row) for row in rows}) > 1:
        raise DeviceError("not samples", "each channel has as many numbers as the others")
    try:
        return np.array(given, dtype=np.float64)
    except OverflowError:
        raise DeviceError("not samples", "a number is too large") from None


def to_npy(samples: Samples) -> bytes:
    """The content of a .npy file, as it is stored."""
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(samples), allow_pickle=False)
    return stream.getvalue()


def fitting(samples: Samples, model: Takes) -> Samples:
    """The samples as the model takes them: of its type, and checked for its shape.

    Raises:
        DeviceError: another shape, or numbers that its type cannot hold.
    """
    if samples.ndim not in (1, 2) or not samples.size:
        raise DeviceError(
            "not samples", f"samples are (channels, times) or (numbers,); got {samples.shape}"
        )
    if model.shape is None or model.dtype is None:
        found = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    else:
        if samples.shape != model.shape:
            raise DeviceError(
                "not samples", f"the model takes a {model.kind} {model.shape}; got {samples.shape}"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            found = samples.astype(model.dtype)
        if model.dtype.kind != "f" and not np.array_equal(found, samples):
            raise DeviceError("not samples", f"a number is none of {model.dtype}")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise DeviceError("not samples", "samples are finite numbers; got NaN or infinity")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
