"""The data set of a retraining: settled labels, and what an operator names beside them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.samples import fitting, of_npy
from counterpoise.service.database.labels import Settled
from counterpoise.service.labelling import base_data, dataset
from counterpoise.service.labelling.held_out import held_out
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.failure import DeviceError


@dataclass(frozen=True)
class Written:
    """A data set, and what it is made of.

    Args:
        file: its CSV or .npz file.
        trained: numbers of the frames that are trained on.
        held: labels of the frames that judge, in the order of the file.
        classes: of what is trained on.
    """

    file: Path
    trained: list[int]
    held: list[str]
    classes: set[str]

    @property
    def frames(self) -> int:
        """Labelled frames in it."""
        return len(self.trained) + len(self.held)


def write(
    place: Path,
    settled: Sequence[Settled],
    pictures: PictureStore,
    model: ExportedModel,
    base: Path | None,
    seen: Collection[int] = (),
) -> Written:
    """The data set, with cameras as groups.

    A tenth of each class, of whole cameras, is the part that the training is judged on. Where none
    can be held out that part is a copy of one sample of each class, as a training wants one.

    Args:
        place: folder that it is written to.
        settled: frames whose class is settled, without the random tenth.
        pictures: the store.
        model: that runs; samples are written as it reads them.
        base: pictures that are trained on, too, all of them.
        seen: cameras from which the weights that the training begins with learned, or may have;
            their frames are trained on. So are those of cameras with a frame that `base` holds,
            too, as it may hold labels that were exported.

    Raises:
        ArgumentError: there is nothing to train with, or of one class only.
    """
    known = [frame for frame in settled if frame.label in model.classes]
    if model.kind == "image":
        written = _images(place, known, pictures, model, base, seen)
    else:
        written = _samples(place, known, pictures, model, seen)
    if not written.frames:
        raise ArgumentError(
            "there are no labels to train with: frames that are settled as a class, outside the "
            "random tenth, whose pictures are kept"
        )
    if len(written.classes) < 2:
        raise ArgumentError(
            f"all labels are of one class, {next(iter(written.classes))}: label another, or name "
            "what the model was trained on (the setting retrain_with)"
        )
    return written


def _images(
    place: Path,
    known: Sequence[Settled],
    pictures: PictureStore,
    model: ExportedModel,
    base: Path | None,
    seen: Collection[int],
) -> Written:
    rows: list[tuple[str, str, str]] = []  # path, label, group
    frames: list[Settled] = []
    digests: list[bytes] = []
    taken: dict[str, str] = {}
    for frame in known:
        content = pictures.get(frame.picture) if frame.picture else None
        if content is None:
            continue
        with suppress(CounterpoiseError):
            folder = dataset.folder_name(frame.label, taken)
            path = f"pictures/{folder}/camera-{frame.camera}-frame-{frame.result}.png"
            pixels = model.decode(content)
            _write_png(place / path, pixels)
            rows.append((path, frame.label, f"camera-{frame.camera}"))
            frames.append(frame)
            digests.append(_digest(pixels))
    taught: set[bytes] = set()
    for number, sample in enumerate(base_data.samples(base) if base is not None else ()):
        if sample.label not in model.classes:
            raise ArgumentError(
                f"{base} has the class '{sample.label}', which the model does not have"
            )
        try:
            pixels = model.decode(sample.path.read_bytes())
        except (CounterpoiseError, OSError):
            continue
        path = f"pictures/{dataset.folder_name(sample.label, taken)}/base-{number}.png"
        _write_png(place / path, pixels)
        rows.append((path, sample.label, f"base-{sample.group}" if sample.group else ""))
        taught.add(_digest(pixels))
    seen = {*seen, *(f.camera for f, one in zip(frames, digests, strict=True) if one in taught)}
    held = _held(frames, seen, {label for _, label, _ in rows[len(frames) :]})
    held = np.concatenate([held, np.zeros(len(rows) - len(held), dtype=np.bool_)])
    whole = [(*row, "test" if one else "train") for row, one in zip(rows, held, strict=True)]
    if not held.any():
        for i in _one_of_each([label for _, label, _ in rows]):
            path = f"pictures/copy-{i}.png"
            (place / path).write_bytes((place / rows[i][0]).read_bytes())
            whole.append((path, rows[i][1], "", "test"))
    file = place / "labels.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("path", "label", "group", "split"), *whole])
    return _written(file, frames, held, {label for _, label, _ in rows})


def _samples(
    place: Path,
    known: Sequence[Settled],
    pictures: PictureStore,
    model: ExportedModel,
    seen: Collection[int],
) -> Written:
    found: list[tuple[npt.NDArray[Any], Settled]] = []
    for frame in known:
        content = pictures.get(frame.picture) if frame.picture else None
        if content is not None:
            with suppress(DeviceError):
                found.append((fitting(of_npy(content), model), frame))
    file, frames = place / "labels.npz", [frame for _, frame in found]
    held = _held(frames, seen, ())
    if found:
        arrays = {
            "x": np.stack([sample for sample, _ in found]),
            "y": np.array([frame.label for frame in frames]),
            "group": np.array([f"camera-{frame.camera}" for frame in frames]),
        }
        own = np.flatnonzero(held)
        parts = {"train": np.flatnonzero(~held), "test": own}
        if not len(own):
            parts["test"] = np.array(_one_of_each(arrays["y"].tolist()))
        whole = {
            f"{what}_{part}": values[which]
            for what, values in arrays.items()
            for part, which in parts.items()
        }
        if not len(own):  # no group is on both sides
            whole["group_test"] = np.array([f"copy-{i}" for i in parts["test"]])
        np.savez(file, **whole)  # type: ignore[arg-type]
    return _written(file, frames, held, {frame.label for frame in frames})


def _held(
    frames: Sequence[Settled], seen: Collection[int], taught: Collection[str]
) -> npt.NDArray[np.bool_]:
    """Mask of the frames that judge."""
    labels, cameras = [frame.label for frame in frames], [str(frame.camera) for frame in frames]
    return held_out(labels, cameras, {str(camera) for camera in seen}, taught)


def _written(
    file: Path, frames: Sequence[Settled], held: npt.NDArray[np.bool_], classes: set[str]
) -> Written:
    sides = list(zip(frames, held.tolist(), strict=False))  # what is beside them trains
    trained = [frame.result for frame, is_held in sides if not is_held]
    return Written(file, trained, [frame.label for frame, is_held in sides if is_held], classes)


def _one_of_each(labels: Sequence[str]) -> list[int]:
    """The first sample of each class."""
    return [labels.index(name) for name in sorted(set(labels))]


def _digest(pixels: npt.NDArray[Any]) -> bytes:
    return hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()


def _write_png(path: Path, pixels: npt.NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=1)
    path.write_bytes(stream.getvalue())
