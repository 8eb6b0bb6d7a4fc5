"""A frame that was fetched becomes a result or is dropped for a named reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from counterpoise.errors import DataError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.frame import Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.program import Program
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.image_header import require_picture


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
