"""Frames as the running model reads them: raw samples, and the features of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.errors import CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.samples import fitting, of_npy
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.failure import DeviceError

Sample = npt.NDArray[Any]
Model = ExportedModel | Program

PART = 32  # samples that the model sees at a time


def look(model: Model, pictures: PictureStore, picture: str) -> Sample | None:
    """The raw sample of a stored frame; None where it is gone or damaged, or the model a program.

    Args:
        model: that runs.
        pictures: the store.
        picture: its key there, or "".
    """
    if isinstance(model, Program):
        return None
    content = pictures.get(picture) if picture else None
    return None if content is None else sample_of(model, content)


def sample_of(model: ExportedModel, content: bytes) -> Sample | None:
    """The raw sample of a file; None where it is damaged."""
    try:
        if model.kind == "image":
            return model.decode(content)
        return fitting(of_npy(content), model)
    except (CounterpoiseError, DeviceError):
        return None


def features_of(model: Model, samples: Sequence[Sample | None]) -> npt.NDArray[np.float64] | None:
    """What the head reads of samples (N, D); None where the model was exported without."""
    if isinstance(model, Program) or not getattr(model, "has_features", False) or not samples:
        return None
    parts = []
    for start in range(0, len(samples), PART):
        found = model.features(
            np.stack([s for s in samples[start : start + PART] if s is not None])
        )
        if found is None:
            return None
        parts.append(found.astype(np.float64))
    return np.concatenate(parts)
