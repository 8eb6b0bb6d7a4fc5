"""A frame that was fetched becomes a result or is dropped for a named reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.errors import DataError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.frame import Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.samples import fitting, of_npy
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.image_header import require_picture

NO_NUMBERS = "the model gave no finite numbers"


def analyse(
    model: ExportedModel | Program, frames: Sequence[Frame]
) -> Iterator[Seen | Unusable | Failed]:
    """One result or reason for each frame; what was sent never raises."""
    if isinstance(model, Program):
        yield from model.analyse(frames)
        return
    kept, samples = [], []
    for frame in frames:
        try:
            size, sample = _read(model, frame.content)
            samples.append(sample)
        except DeviceError as error:
            yield Unusable(frame, error.reason, error.detail)
        except DataError as error:
            yield Unusable(frame, "truncated", str(error))
        else:
            kept.append((frame, size))
    if not kept:
        return
    found = model.predict(np.stack(samples))
    table = found.scores if found.probabilities is None else found.probabilities
    with np.errstate(over="ignore"):
        rows = table.astype("<f4")
    for (frame, (width, height)), label, row in zip(kept, found.labels, rows, strict=True):
        if not np.isfinite(row).all():  # of a sensor's numbers that are far too large
            yield Failed(frame, NO_NUMBERS, "")
            continue
        yield Seen(
            frame,
            label=model.classes[label],
            probability=None if found.probabilities is None else float(row[label]),
            scores=row.tobytes(),
            width=width,
            height=height,
        )


def _read(model: ExportedModel, content: bytes) -> tuple[tuple[int, int], npt.NDArray[Any]]:
    """Width and height of a frame, and the frame as the model takes it."""
    if model.kind == "image":
        return require_picture(content), model.decode(content)
    sample = fitting(of_npy(content), model)
    return (sample.shape[-1], sample.shape[0] if sample.ndim > 1 else 1), sample
