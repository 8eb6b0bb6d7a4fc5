"""Decoded inputs, which workers memory-map; or files and what is known of them, to stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import replacing
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import WHOLE, Size, sides
from counterpoise.data.survey import summary_form, survey
from counterpoise.errors import DataError
from counterpoise.experiments.machine import cores
from counterpoise.experiments.tasks import Streamed, Whole

MOST_BYTES = 4 << 30
SIZES = "sizes.npy"  # of images that are kept whole


@dataclass(frozen=True)
class Stored:
    """Where the samples lie as ``.npy`` files; or the files that are decoded when it is time."""

    inputs: Path
    labels: Path
    streamed: Streamed | None = None
    whole: Whole | None = None


def keeps_whole(dataset: LabelledSet) -> bool:
    """Whether images are as long as they are, so that they make no array."""
    return isinstance(dataset.inputs, FileInputs | ArrayInputs) and dataset.inputs.how == WHOLE


def streams(dataset: LabelledSet, memory: int) -> bool:
    """Whether these are image files of which decoded ones take more than `memory` bytes."""
    return isinstance(dataset.inputs, FileInputs) and bytes_of(dataset) > memory


def bytes_of(dataset: LabelledSet) -> int:
    """What all samples take in memory; of images that are kept whole, about."""
    if keeps_whole(dataset):
        inputs = dataset.inputs
        assert isinstance(inputs, FileInputs | ArrayInputs)
        return int(len(dataset) * inputs.area * dataset.input_shape[0] * inputs.dtype.itemsize)
    return len(dataset) * int(np.prod(dataset.input_shape)) * dataset.inputs.dtype.itemsize


def store(
    dataset: LabelledSet, out: Path, decode: bool = True, memory: int = MOST_BYTES, jobs: int = 1
) -> Stored:
    """Write decoded inputs and labels under ``out/cache``, unless they are there already.

    Images that are kept whole lie end to end, (P, C), and their sizes (N, 2) beside them.

    Of image files that take more than `memory` bytes decoded only histograms are written, which
    takes one decoding of each: a damaged one is found now and not in the middle of a training.

    Args:
        dataset: the samples.
        out: folder of the experiment.
        decode: whether inputs are wanted at all.
        memory: bytes of decoded images that one training may hold.
        jobs: trainings at a time, which share the cores for decoding.

    Raises:
        DataError: an array would take more than 4 GiB, or a file is damaged.
        OutputError: the disk is full.
    """
    folder = out / "cache" / dataset.checksum
    stored = Stored(folder / "inputs.npy", folder / "labels.npy")
    if not holds_array(stored.labels):
        _save(stored.labels, dataset.labels)
    if decode and streams(dataset, memory):
        return replace(stored, streamed=_surveyed(dataset, folder, memory, jobs))
    if decode and keeps_whole(dataset):
        return replace(stored, whole=_end_to_end(dataset, stored.inputs))
    if decode and not holds_array(stored.inputs):
        _require_fit(dataset)
        values = dataset.inputs.read()
        with replacing(stored.inputs) as stream:
            np.save(stream, values)
    return stored


def decoded_pixels(dataset: LabelledSet, size: Size | None = None) -> list[str | None]:
    """What this machine's decoder makes of image files, for identities; nothing of arrays.

    Args:
        dataset: any.
        size: of RGB images for a feature extractor; by default the form of the set.
    """
    files = dataset.inputs
    if not isinstance(files, FileInputs):
        return []
    among = np.flatnonzero([form.alpha for form in dataset.formats])
    if size is None:
        return [files.pixels(among=among)]
    return [files.pixels(size=sides(size), channels=3, among=among)]


def holds_array(path: Path) -> bool:
    """Whether a ``.npy`` file is there and as long as it says; one that is cut off is made anew."""
    try:
        np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return True


def _surveyed(dataset: LabelledSet, folder: Path, memory: int, jobs: int) -> Streamed:
    """Image files to decode in training, each looked at once."""
    files = dataset.inputs
    assert isinstance(files, FileInputs), "only files are streamed"
    path = folder / "histograms.npy"
    lengths = folder / SIZES if keeps_whole(dataset) else None
    if not holds_array(path) or not (lengths is None or holds_array(lengths)):
        dtype, shape = summary_form(files)
        found = None if lengths is None else np.zeros((len(files), 2), dtype=np.int64)
        with replacing(path) as stream:
            _head(stream, dtype, shape)
            for counts in survey(files, cores(), found):
                stream.write(counts.astype(dtype, copy=False).tobytes())
            if lengths is not None and found is not None:
                _save(lengths, found)
    return Streamed(files, path, memory, max(1, cores() // jobs), lengths)


def _end_to_end(dataset: LabelledSet, path: Path) -> Whole:
    """Whole images one after the other; only a few are in memory at a time."""
    inputs, (channels, height, width) = dataset.inputs, dataset.input_shape
    assert isinstance(inputs, FileInputs | ArrayInputs)
    made = Whole(path.with_name(SIZES), (height, width))
    if holds_array(path) and holds_array(made.sizes):
        return made
    _require_fit(dataset)
    found = np.zeros((len(dataset), 2), dtype=np.int64)
    dtype = inputs.dtype.newbyteorder("<")
    with replacing(path) as stream:
        _head(stream, dtype, (0, channels))
        for place, image in enumerate(inputs.wholes()):
            found[place] = image.shape[:2]
            stream.write(image.astype(dtype, copy=False).tobytes())
        stream.seek(0)  # numpy leaves room for a first axis of any length
        _head(stream, dtype, (int(found.prod(axis=1).sum()), channels))
        _save(made.sizes, found)
    return made


def _head(stream: BinaryIO, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> None:
    header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)


def _save(path: Path, values: npt.NDArray[np.int64]) -> None:
    with replacing(path) as stream:
        np.save(stream, values)


def _require_fit(dataset: LabelledSet) -> None:
    needed = bytes_of(dataset)
    if needed > MOST_BYTES:
        raise DataError(
            f"{dataset.name}: {len(dataset):,} samples of shape {dataset.input_shape} take "
            f"{needed / 2**30:.1f} GiB decoded; at most {MOST_BYTES >> 30} GiB are held "
            "(use a smaller --size, or --frozen)"
        )
