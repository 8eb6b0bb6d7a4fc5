"""A frame that was fetched becomes a result or is dropped for a named reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from counterpoise.errors import DataError
from counterpoise.predict import ExportedModel
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.image_header import require_picture


@dataclass(frozen=True)
class Frame:
    """A fetched frame that waits.

    Args:
        camera: its number in the database.
        content: bytes of an image file.
        at: when its last byte arrived, microseconds since 1970.
        stores: whether its picture is kept.
    """

    camera: int
    content: bytes = field(repr=False)
    at: int
    stores: bool = True


@dataclass(frozen=True)
class Seen:
    """What the model says of a frame; `probability` is None for a model of margins."""

    frame: Frame
    label: str
    probability: float | None
    scores: bytes  # (K,) float32
    width: int
    height: int


@dataclass(frozen=True)
class Unusable:
    """A frame that the model never sees, and why."""

    frame: Frame
    reason: str
    detail: str


def analyse(model: ExportedModel, frames: Sequence[Frame]) -> Iterator[Seen | Unusable]:
    """One result or reason for each frame; what was sent never raises."""
    kept, samples = [], []
    for frame in frames:
        try:
            size = require_picture(frame.content)
            samples.append(model.decode(frame.content))
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
    rows = table.astype("<f4")
    for (frame, (width, height)), label, row in zip(kept, found.labels, rows, strict=True):
        yield Seen(
            frame,
            label=model.classes[label],
            probability=None if found.probabilities is None else float(row[label]),
            scores=row.tobytes(),
            width=width,
            height=height,
        )
