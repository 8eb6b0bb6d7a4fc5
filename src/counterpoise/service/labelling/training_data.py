"""The data set of a retraining: settled labels, and what an operator names beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
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

Written = tuple[Path, list[int], set[str]]  # file, frames, classes


def write(
    place: Path,
    settled: Sequence[Settled],
    pictures: PictureStore,
    model: ExportedModel,
    base: Path | None,
) -> Written:
    """The data set, with cameras as groups; its file, the frames in it, and its classes.

    A tenth of each class, of whole cameras, is the part that the training is judged on.

    Args:
        place: folder that it is written to.
        settled: frames whose class is settled, without the random tenth.
        pictures: the store.
        model: that runs; samples are written as it reads them.
        base: pictures that are trained on, too.

    Raises:
        ArgumentError: there is nothing to train with, or of one class only.
    """
    known = [frame for frame in settled if frame.label in model.classes]
    if model.kind == "image":
        data, frames, classes = _images(place, known, pictures, model, base)
    else:
        data, frames, classes = _samples(place, known, pictures, model)
    if not frames:
        raise ArgumentError(
            "there are no labels to train with: frames that are settled as a class, outside the "
            "random tenth, whose pictures are kept"
        )
    if len(classes) < 2:
        raise ArgumentError(
            f"all labels are of one class, {next(iter(classes))}: label another, or name what the "
            "model was trained on (the setting retrain_with)"
        )
    return data, frames, classes


def _images(
    place: Path,
    known: Sequence[Settled],
    pictures: PictureStore,
    model: ExportedModel,
    base: Path | None,
) -> Written:
    rows: list[tuple[str, str, str]] = []
    frames: list[int] = []
    taken: dict[str, str] = {}
    for frame in known:
        content = pictures.get(frame.picture) if frame.picture else None
        if content is None:
            continue
        with suppress(CounterpoiseError):
            folder = dataset.folder_name(frame.label, taken)
            path = f"pictures/{folder}/camera-{frame.camera}-frame-{frame.result}.png"
            _write_png(place / path, model.decode(content))
            rows.append((path, frame.label, f"camera-{frame.camera}"))
            frames.append(frame.result)
    for number, sample in enumerate(base_data.samples(base) if base is not None else ()):
        if sample.label not in model.classes:
            raise ArgumentError(
                f"{base} has the class '{sample.label}', which the model does not have"
            )
        with suppress(CounterpoiseError, OSError):
            folder = dataset.folder_name(sample.label, taken)
            path = f"pictures/{folder}/base-{number}.png"
            _write_png(place / path, model.decode(sample.path.read_bytes()))
            rows.append((path, sample.label, f"base-{sample.group}" if sample.group else ""))
    file = place / "labels.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        parts = _parts([label for _, label, _ in rows], [group for _, _, group in rows])
        whole = [(*row, part) for row, part in zip(rows, parts, strict=True)]
        csv.writer(stream).writerows([("path", "label", "group", "split"), *whole])
    return file, frames, {label for _, label, _ in rows}


def _samples(
    place: Path, known: Sequence[Settled], pictures: PictureStore, model: ExportedModel
) -> Written:
    found: list[tuple[npt.NDArray[Any], Settled]] = []
    for frame in known:
        content = pictures.get(frame.picture) if frame.picture else None
        if content is not None:
            with suppress(DeviceError):
                found.append((fitting(of_npy(content), model), frame))
    file = place / "labels.npz"
    if found:
        arrays = {
            "x": np.stack([sample for sample, _ in found]),
            "y": np.array([frame.label for _, frame in found]),
            "group": np.array([f"camera-{frame.camera}" for _, frame in found]),
        }
        held = held_out(arrays["y"].tolist(), arrays["group"].tolist())
        parts = {"train": ~held, "test": held} if held.any() else {"train": ~held}
        whole = {
            f"{what}_{part}": values[which]
            for what, values in arrays.items()
            for part, which in parts.items()
        }
        np.savez(file, **whole)  # type: ignore[arg-type]
    return file, [frame.result for _, frame in found], {frame.label for _, frame in found}


def _parts(labels: Sequence[str], groups: Sequence[str]) -> list[str]:
    """ "train" or "test" for each sample; "" where none can be held out."""
    held = held_out(labels, groups)
    return ["test" if one else "train" for one in held] if held.any() else [""] * len(held)


def _write_png(path: Path, pixels: npt.NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=1)
    path.write_bytes(stream.getvalue())
