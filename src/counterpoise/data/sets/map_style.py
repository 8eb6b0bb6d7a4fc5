"""Samples of a data set of torch or torchvision: anything that gives (image, label) by index."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from counterpoise.data.sets.written import Content, Sample, png
from counterpoise.errors import ArgumentError
from counterpoise.printable import printable

TWICE = 16  # samples that are read twice, to see whether they change
AUGMENTS = re.compile(
    r"\b(Random\w+|ColorJitter|AutoAugment|TrivialAugmentWide|RandAugment|AugMix|MixUp|CutMix|"
    r"GaussianNoise|ElasticTransform|JPEG|ScaleJitter)\("
)
AS_STORED = (
    "give the set without it: images are read as they are stored, normalised, and augmented "
    "during training only (--set train.augment=...)"
)


def is_map_style(data: object) -> bool:
    """Whether samples are asked for by index, as of torch's `Dataset`."""
    plain = isinstance(data, list | tuple | dict | str | bytes | set | range)
    return not plain and not hasattr(data, "shape") and hasattr(data, "__getitem__")


def refuse_streams(data: object, where: str) -> None:
    """Say what to do with data that can only be read one after the other.

    Raises:
        ArgumentError: it is a loader or a stream.
    """
    kinds = {kind.__name__ for kind in type(data).__mro__}
    if hasattr(data, "dataset") and hasattr(data, "batch_size"):
        raise ArgumentError(
            f"{where}: a data set is given, not its loader; got {type(data).__name__} (give "
            "loader.dataset, made without transforms)"
        )
    if kinds & {"IterableDataset", "IterDataPipe"} or (
        hasattr(data, "__iter__") and not hasattr(data, "__len__")
    ):
        raise ArgumentError(
            f"{where}: samples are read several times and in any order, so a stream is not taken; "
            f"got {type(data).__name__} (load it whole: load_dataset(..., streaming=False), "
            "Dataset.from_generator, or a Dataset with __getitem__ and __len__)"
        )


def class_list(data: Any) -> tuple[str, ...]:
    """Names of the classes, in the set's order; empty where it has none.

    Raises:
        ArgumentError: it is made of sets of different classes.
    """
    found = getattr(data, "classes", None)
    if isinstance(found, list | tuple) and all(isinstance(name, str) for name in found):
        return tuple(map(printable, found))
    lists = [class_list(one) for one in _inner(data)]
    if any(one != lists[0] for one in lists):
        raise ArgumentError(
            f"{type(data).__name__}: the sets that it is made of have the same classes; got "
            f"{lists[0]} and {next(one for one in lists if one != lists[0])}"
        )
    return lists[0] if lists else ()


def name_of(data: Any) -> str:
    """What to call the set: the name of its class, or of the set that it is some of."""
    inner = _inner(data)
    return name_of(inner[0]) if inner else type(data).__name__.lower()


def samples_of(data: Any, part: str, where: str) -> Iterator[Sample]:
    """The samples of a set; image files are named where they lie, without being read.

    Args:
        data: has ``__getitem__`` and ``__len__``.
        part: of all samples.
        where: the set, as messages name it.

    Raises:
        ArgumentError: items that are no pairs of an image and a class, that change from one
            reading to the next, or that are images as floats.
    """
    classes = class_list(data)
    files = _files(data)
    if files is not None:
        for place, (path, label) in enumerate(files):
            yield Sample(Path(path), _label(label, classes, place, where), part)
        return
    _refuse_changes(data, where)
    for place in range(len(data)):
        content, label = _pair(data, place, where)
        yield Sample(
            _content(content, place, where, _transform(data)),
            _label(label, classes, place, where),
            part,
        )


def _files(data: Any) -> Sequence[tuple[str, object]] | None:
    """Paths and labels of a folder of images, or of some of it, that is given as it is."""
    inner, indices = _inner(data), getattr(data, "indices", None)
    if len(inner) == 1 and indices is not None:
        files = _files(inner[0])
        found = None if files is None else [files[int(k)] for k in indices]
        return found if found is not None and _once(found) else None
    if isinstance(getattr(data, "datasets", None), list):
        lists = [_files(one) for one in inner]
        found = [pair for one in lists for pair in one or ()]
        return found if _once(found) and None not in lists else None
    samples, loader = getattr(data, "samples", None), getattr(data, "loader", None)
    plain = getattr(loader, "__name__", "") in ("default_loader", "pil_loader")
    if not plain or not isinstance(samples, list) or _transform(data):
        return None
    return samples


def _once(files: Sequence[tuple[str, object]]) -> bool:
    """Whether each file is there once, as in a list; of what is there twice samples are copied."""
    return len({path for path, _ in files}) == len(files)


def _transform(data: Any) -> str:
    """The transforms of a set, or of those that it is made of, as text."""
    names = ("transform", "target_transform")
    found = [str(one) for name in names if (one := getattr(data, name, None)) is not None]
    both = getattr(data, "transforms", None)  # of the image and its class, made of these two
    found = [str(both)] if both is not None and not found else found
    return " ".join([*found, *filter(None, map(_transform, _inner(data)))])


def _inner(data: Any) -> list[Any]:
    """The sets that a `Subset` or a `ConcatDataset` is made of."""
    one, several = getattr(data, "dataset", None), getattr(data, "datasets", None)
    return [one] if one is not None else list(several) if isinstance(several, list) else []


def _refuse_changes(data: Any, where: str) -> None:
    found = AUGMENTS.search(_transform(data))
    if found:
        raise ArgumentError(
            f"{where}: samples are the same each time; got a transform that augments, "
            f"{found.group(1)} ({AS_STORED})"
        )
    for place in np.linspace(0, len(data) - 1, min(TWICE, len(data))).astype(int).tolist():
        one, other = (np.asarray(_pair(data, place, where)[0]) for _ in range(2))
        alike = np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f")
        if not alike:
            raise ArgumentError(
                f"{where}: samples are the same each time; sample {place} differed when it was "
                f"read again, so something augments it ({AS_STORED})"
            )


def _pair(data: Any, place: int, where: str) -> tuple[Any, Any]:
    item = data[place]
    if not isinstance(item, tuple | list) or len(item) != 2:
        what = type(item).__name__
        what = f"{what} of {len(item)}" if isinstance(item, tuple | list) else what
        raise ArgumentError(
            f"{where}: a sample is a pair (image, class); sample {place} is {what} (a set without "
            "classes is not compared on; of more values give a Dataset of these two)"
        )
    return item[0], item[1]


def _content(value: Any, place: int, where: str, transform: str) -> Content:
    if isinstance(value, Image.Image):
        return np.asarray(value) if value.mode in ("L", "RGB") else png(value)
    is_tensor = hasattr(value, "detach")
    array: NDArray[np.generic] = np.asarray(value.detach().cpu() if is_tensor else value)
    if array.dtype == np.uint8 and array.ndim == 3:
        # tensors have channels first; an array has, where only that can be
        first = is_tensor or (array.shape[2] not in (1, 3) and array.shape[0] in (1, 3))
        array = np.ascontiguousarray(array.transpose(1, 2, 0)) if first else array
        if array.shape[2] in (1, 3):
            return array[:, :, 0] if array.shape[2] == 1 else array
    if array.dtype.kind in "fiu" and array.ndim in (1, 2):
        return array
    by = f", made by {' '.join(transform.split())[:80]}" if transform else ""
    raise ArgumentError(
        f"{where}: an image is a PIL image or uint8 (H, W[, C]), other samples are numbers (D,) or "
        f"(C, T); sample {place} is {type(value).__name__} {array.dtype} {array.shape}{by} "
        f"({AS_STORED})"
    )


def _label(value: Any, classes: Sequence[str], place: int, where: str) -> str:
    if hasattr(value, "item") and math.prod(getattr(value, "shape", ())) == 1:
        value = value.item()
    if isinstance(value, str) and value.strip():
        return printable(value.strip())
    if not isinstance(value, Integral):
        raise ArgumentError(
            f"{where}: the class of a sample is one whole number or a text; that of sample {place} "
            f"is {type(value).__name__} {str(value)[:40]!r} (leave samples without a class out; "
            "several classes at once, boxes and masks are out of scope)"
        )
    if not classes:
        return str(int(value))
    if not 0 <= int(value) < len(classes):
        raise ArgumentError(
            f"{where}: the class of a sample is a place among the set's {len(classes)} classes; "
            f"that of sample {place} is {int(value)}{' (unlabelled?)' if value < 0 else ''}, leave "
            "such samples out with torch.utils.data.Subset"
        )
    return classes[int(value)]
