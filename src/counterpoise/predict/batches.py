"""Inputs in batches that fit in memory, from arrays or from image files."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.data.decode import Pixels, count_sixteen_bit
from counterpoise.data.image_files import FileInputs
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.size import STRETCH, Resize
from counterpoise.data.tables.columns import Columns
from counterpoise.errors import ArgumentError, DataError
from counterpoise.predict.prediction import Prediction
from counterpoise.predict.samples import reads
from counterpoise.protocols import Scores

NOT_FINITE = "inputs are finite numbers; got NaN or infinity"
TOO_FAR = (
    "inputs lie in the range of the training samples; some are beyond float32 after preprocessing "
    "(are they in other units?)"
)
_VALUES_AT_ONCE = 1 << 22  # input values in one batch: 27 images of 224x224, 512 small ones


def slices(inputs: npt.NDArray[np.generic] | Tensor, shape: tuple[int, ...]) -> Iterator[Tensor]:
    """Batches of samples (N, ...) as tensors, in order; arrays are copied, a batch at a time.

    Raises:
        ArgumentError: values that are no numbers.
    """
    step = _batch(shape)
    for first in range(0, len(inputs), step):
        part = inputs[first : first + step]
        try:
            yield part if isinstance(part, Tensor) else torch.tensor(part)
        except TypeError as error:
            raise ArgumentError(f"inputs are numbers; got {part.dtype}") from error


def require_scale(inputs: npt.NDArray[np.generic] | Tensor, preprocess: Preprocess) -> None:
    """Refuse images that do not hold numbers of the kind that a model was trained on.

    Bytes are 0 to 255 in any type of integers; where training images were wider integers or
    floating-point numbers, so are these. Series and vectors are taken in any type.

    Raises:
        ArgumentError: another kind, which would be on another scale.

    >>> bytes_ = Preprocess.fit("unit", np.zeros((1, 1, 2, 2), dtype=np.uint8))
    >>> require_scale(np.full((1, 1, 2, 2), 255), bytes_)
    >>> require_scale(np.ones((1, 1, 2, 2), dtype=np.float32), bytes_)
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: this model was trained on images of bytes, 0 to 255; got \
float32, from 1 to 1 (if 1 is white: multiply by 255, round and convert to uint8)
    """
    trained, given = np.dtype(preprocess.dtype), _dtype(inputs)
    if preprocess.kind != "image" or not len(inputs) or given.kind not in "biuf":
        return
    whole = given.kind in "iu"
    if trained.kind == "f":
        fits, rule = not whole, "floating-point numbers"
        advice = "bring them to the range of the training images"
    elif trained != np.uint8:
        fits, rule, advice = whole, f"integers ({trained})", "give the raw values of the files"
    else:
        fits = given == np.uint8 or (whole and _range(inputs)[0] >= 0 and _range(inputs)[1] <= 255)
        rule = "bytes, 0 to 255"
        advice = (
            "convert them as the training images were"
            if whole
            else "if 1 is white: multiply by 255, round and convert to uint8"
        )
    if not fits:
        low, high = _range(inputs)
        raise ArgumentError(
            f"this model was trained on images of {rule}; got {given}, from {low:.4g} to "
            f"{high:.4g} ({advice})"
        )


def require_finite(values: Tensor, what: str) -> None:
    """Refuse NaN and infinity; `what` is the sentence that says so.

    Raises:
        DataError: some of the floating-point `values` are not finite.
    """
    if values.is_floating_point() and not bool(torch.isfinite(values).all()):
        raise DataError(what)


def _dtype(inputs: npt.NDArray[np.generic] | Tensor) -> np.dtype[np.generic]:
    """Of an array, or the like of a tensor; float32 stands for types that numpy lacks."""
    if isinstance(inputs, Tensor):
        name = str(inputs.dtype).removeprefix("torch.")
        return np.dtype(name if hasattr(np, name) else np.float32)
    return inputs.dtype


def _range(inputs: npt.NDArray[np.generic] | Tensor) -> tuple[float, float]:
    """Smallest and largest value."""
    values = inputs.double() if isinstance(inputs, Tensor) else inputs
    return float(values.min()), float(values.max())


class OfSamples(Protocol):
    """A predictor or an ensemble."""

    classes: tuple[str, ...]
    scores: Scores

    @property
    def input_shape(self) -> tuple[int, ...]: ...

    @property
    def input_dtype(self) -> str: ...

    @property
    def input_resize(self) -> Resize: ...

    @property
    def columns(self) -> Columns | None: ...

    def predict(self, inputs: npt.NDArray[np.generic]) -> Prediction: ...


def predict_files(model: OfSamples, paths: Sequence[str | Path]) -> Prediction:
    """Predict image files, a batch at a time.

    Errors name options of the command line; methods of the same name have them in Python.
    """
    if model.columns is not None:
        first = f"; got {paths[0]}" if len(paths) else ""
        raise ArgumentError(
            f"this model reads rows of a table with the columns {reads(model.columns)}, not image "
            f"files{first} (in Python: predict of a DataFrame, such as pandas.read_csv(...) gives)"
        )
    parts = [np.zeros((0, len(model.classes)))]
    for images in decoded(paths, model.input_shape, model.input_dtype, model.input_resize):
        parts.append(model.predict(images).scores)
    return Prediction.from_scores(np.concatenate(parts), model.classes, model.scores)


def decoded(
    paths: Sequence[str | Path],
    shape: tuple[int, ...],
    dtype: str = "uint8",
    how: Resize = STRETCH,
) -> Iterator[Pixels]:
    """Batches of image files, decoded to (B, C, H, W) the way training data are.

    Warns of 16-bit grey images where the model was trained on 8-bit ones.

    Args:
        paths: of the files.
        shape: of one image, (C, H, W).
        dtype: of the training images: "int32" where all values of 16-bit grey were read.
        how: by which rule they were brought to size.

    Raises:
        ArgumentError: `shape` is not that of an image, or no file was read as `dtype`.
        DataError: a file is missing or damaged.
    """
    if len(shape) != 3:
        raise ArgumentError(f"this model reads arrays of shape {shape}, not image files")
    if dtype not in ("uint8", "int32"):
        raise ArgumentError(
            f"this model was trained on arrays of {dtype}, not on image files (give it arrays)"
        )
    channels, height, width = shape
    files = tuple(Path(path) for path in paths)
    names, deep = tuple(str(path) for path in files), dtype == "int32"
    inputs = FileInputs(files, names, (height, width), channels, deep, how)
    lost = 0 if deep else count_sixteen_bit(files)
    if lost:
        warnings.warn(
            f"{lost} of {len(files)} images are 16-bit, and this model was trained on 8-bit ones: "
            "it sees the high byte of their values (convert them as the training images were)",
            stacklevel=4,  # whoever asked for predictions
        )
    step = _batch(shape)
    for first in range(0, len(files), step):
        yield inputs.read(np.arange(first, min(first + step, len(files))))


def _batch(shape: tuple[int, ...]) -> int:
    return max(1, min(512, _VALUES_AT_ONCE // math.prod(shape)))
