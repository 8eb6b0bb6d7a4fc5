"""Frames as the running model reads them: raw samples, their features, and what it says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
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
REMEMBERED = 100_000  # pictures that cannot be looked at
AGAIN = 600.0  # seconds until they are asked for again: a folder may have been unmounted


class EndedError(Exception):
    """The server ends, so nobody waits for what is being computed."""


class Looking:
    """Looks at stored frames, a few at a time, until the server ends.

    A picture that is gone or damaged is asked for once for each model and `AGAIN`; one that the
    store could not give this time is asked for again.

    Args:
        pictures: the store.
        has_ended: whether the server ends.
    """

    def __init__(
        self, pictures: PictureStore, has_ended: Callable[[], bool] = lambda: False
    ) -> None:
        self._pictures, self._has_ended = pictures, has_ended
        self._of = ""  # digest of the model that cannot read these
        self._lost: set[str] = set()
        self._until = 0.0  # when they are asked for again

    def go_on(self) -> None:
        """Raise EndedError where the server ends."""
        if self._has_ended():
            raise EndedError

    def sample(self, model: Model, picture: str) -> Sample | None:
        """The raw sample of a stored frame; None where there is none, or the model is a program.

        Args:
            model: that runs.
            picture: its key in the store, or "".
        """
        self.go_on()
        if isinstance(model, Program) or not picture:
            return None
        if model.digest != self._of or monotonic() > self._until:
            self._of, self._lost, self._until = model.digest, set(), monotonic() + AGAIN
        if picture in self._lost:
            return None
        try:
            found = sample_of(model, self._pictures.read(picture))
        except FileNotFoundError:
            found = None
        except Exception:  # each kind of store raises what it likes
            return None
        if found is None and len(self._lost) < REMEMBERED:
            self._lost.add(picture)
        return found

    def features(
        self, model: Model, samples: Sequence[Sample | None]
    ) -> npt.NDArray[np.float64] | None:
        """What the head reads of samples (N, D); None where the model was exported without."""
        if isinstance(model, Program) or not getattr(model, "has_features", False) or not samples:
            return None
        parts = []
        for some in self._parts(samples):
            found = model.features(some)
            if found is None:
                return None
            parts.append(found.astype(np.float64))
        return np.concatenate(parts)

    def labels(self, model: ExportedModel, samples: Sequence[Sample]) -> Iterator[str]:
        """What a model says of each sample, a part at a time."""
        for some in self._parts(samples):
            yield from (model.classes[k] for k in model.predict(some).labels)

    def _parts(self, samples: Sequence[Sample | None]) -> Iterator[Sample]:
        for start in range(0, len(samples), PART):
            self.go_on()
            yield np.stack([s for s in samples[start : start + PART] if s is not None])


def sample_of(model: ExportedModel, content: bytes) -> Sample | None:
    """The raw sample of a file; None where it is damaged."""
    try:
        if model.kind == "image":
            return model.decode(content)
        return fitting(of_npy(content), model)
    except (CounterpoiseError, DeviceError):
        return None
