"""Samples of a data set as a file that `load` reads."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from counterpoise.atomic import ASIDE, replacing
from counterpoise.data.tables.given import archive, by_content
from counterpoise.errors import ArgumentError, DataError, OutputError
from counterpoise.printable import SURROGATE, printable

LARGEST = 2**29  # bytes of arrays that are kept in one file
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "BMP": ".bmp", "WEBP": ".webp", "TIFF": ".tif"}
Content = Path | bytes | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample.

    Args:
        content: a file, the bytes of one, or an array: uint8 (H, W[, C]) of an image, (D,), (C, T).
        label: name of its class.
        part: "train", "val", "test", or "" where it is free to be split.
        group: name of its group; "" for one of its own.
    """

    content: Content
    label: str
    part: str = ""
    group: str = ""


def written(
    name: str, samples: Callable[[], Iterable[Sample]], classes: Sequence[str], folder: Path
) -> str:
    """The path of a file of the samples, an .npz of arrays or a .csv that lists image files.

    Args:
        name: of the set; a digest of the content is added.
        samples: gives them in order; called again where one reading is not enough.
        classes: order of the names of classes; those without a sample are left out.
        folder: where it is written.

    Raises:
        ArgumentError: no sample, or samples that are no images and have several shapes.
        OutputError: the folder cannot be written.
    """
    arrays = _alike(samples())
    if arrays is not None:
        return _archive(name, arrays, classes, folder)
    return _listed(name, samples, folder)


def _alike(samples: Iterable[Sample]) -> list[Sample] | None:
    """All samples where they are arrays of one shape that fit into a file, else None."""
    kept: list[Sample] = []
    size = 0
    for sample in samples:
        content = sample.content
        if not isinstance(content, np.ndarray):
            return None
        first = kept[0].content if kept else content
        assert isinstance(first, np.ndarray)
        same = (content.shape, content.dtype) == (first.shape, first.dtype)
        size += content.nbytes
        is_image = content.dtype == np.uint8 and content.ndim > 1
        if not same and not (is_image and first.dtype == np.uint8):
            raise ArgumentError(
                "samples that are no images have one shape and type; got "
                f"{first.dtype} {first.shape} and {content.dtype} {content.shape} in sample "
                f"{len(kept)} (pad, cut or convert them)"
            )
        if is_image and (not same or size > LARGEST):
            return None
        kept.append(sample)
    if not kept:
        raise ArgumentError("the data set is empty")
    return kept


def _archive(name: str, samples: Sequence[Sample], classes: Sequence[str], folder: Path) -> str:
    arrays: dict[str, NDArray[np.generic]] = {}
    there = {sample.label for sample in samples}
    names = [name for name in classes if name in there]
    for part in dict.fromkeys(sample.part for sample in samples):
        some = [sample for sample in samples if sample.part == part]
        key = part or "train"
        arrays[f"x_{key}"] = np.stack([np.asarray(sample.content) for sample in some])
        labels = [sample.label for sample in some]
        arrays[f"y_{key}"] = np.array([names.index(label) for label in labels] if names else labels)
        if any(sample.group for sample in samples):
            arrays[f"group_{key}"] = np.array([sample.group for sample in some])
    if names:
        arrays["classes"] = np.array(names)
    return by_content(name, ".npz", partial(archive, arrays), folder)


def _listed(name: str, samples: Callable[[], Iterable[Sample]], folder: Path) -> str:
    """A list of image files; what is no file yet lies in a folder beside it."""
    whole = hashlib.sha256()
    copies, divided, grouped = 0, False, False
    for sample in samples():
        held = _held(sample)
        what = str(held.absolute()).encode() if isinstance(held, Path) else _digest(held)
        copies += not isinstance(held, Path)
        divided, grouped = divided or bool(sample.part), grouped or bool(sample.group)
        said = (sample.label, sample.part, sample.group)
        whole.update(repr((what, said)).encode())
    name = f"{name}-{whole.hexdigest()[:12]}"
    table, inside = folder / f"{name}.csv", folder / name
    there = [path for path in inside.glob("*") if path.suffix != ASIDE]
    if table.is_file() and len(there) == copies:
        return str(table)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("path", "label", *(["split"] * divided), *(["group"] * grouped)))
    for path, sample in _files(samples(), inside):
        more = [*([sample.part] * divided), *([sample.group] * grouped)]
        lines.writerow((path, sample.label, *more))
    with replacing(table) as stream:  # last: where the list is, its files are
        stream.write(text.getvalue().encode())
    return str(table)


def _held(sample: Sample) -> Content:
    """What it is; of a file whose name is no UTF-8, as the list is, the bytes."""
    held = sample.content
    if not isinstance(held, Path) or not SURROGATE.search(str(held.absolute())):
        return held
    try:
        return held.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot read '{printable(str(held))}': {reason}") from error


def _digest(content: bytes | NDArray[np.generic]) -> bytes:
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest()
    shape = str(content.shape).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(content).tobytes()).digest()


def _files(samples: Iterable[Sample], inside: Path) -> Iterator[tuple[str, Sample]]:
    """The path of each sample's file, as the list names it."""
    for place, sample in enumerate(samples):
        content = _held(sample)
        if isinstance(content, Path):
            yield str(content.absolute()), sample
            continue
        if isinstance(content, np.ndarray):
            content = png(Image.fromarray(content))
        path = inside / f"{place:07d}{_suffix(content)}"
        aside = inside / f"{path.name}.{os.getpid()}{ASIDE}"
        try:
            inside.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(content)
            os.replace(aside, path)  # whole at any time: another call may be reading it
        except OSError as error:
            raise OutputError(f"cannot write '{path}': {error.strerror or error}") from error
        yield f"{inside.name}/{path.name}", sample


def png(image: Image.Image) -> bytes:
    """An image as the bytes of a PNG file.

    Raises:
        ArgumentError: its pixels are floats, or whole numbers that 16 bits do not hold.
    """
    stream = io.BytesIO()
    if image.mode[0] in "IF":
        image = _of_16_bits(image)
    fits = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    (image if fits else image.convert("RGB")).save(stream, "PNG")
    return stream.getvalue()


def _of_16_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    low, high = values.min(initial=0), values.max(initial=0)
    if values.dtype.kind == "f" or low < 0 or high > np.iinfo(np.uint16).max:
        raise ArgumentError(
            f"pixels have 8 or 16 bits per channel; got an image of mode {image.mode} with values "
            f"from {low} to {high} (scale them to uint8 or to 0 ... 65535)"
        )
    return Image.fromarray(values.astype(np.uint16))


def _suffix(content: bytes) -> str:
    """By what the bytes say; whoever reads a damaged image says so then."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return SUFFIXES.get(str(image.format), ".png")
    except (OSError, ValueError, SyntaxError):
        return ".png"
