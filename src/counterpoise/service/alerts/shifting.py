"""How far the features of each camera's frames have moved, measured when somebody asks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from counterpoise.errors import CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.feature_shift import HOUR, LEAST, Shift, shift
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.samples import fitting, of_npy
from counterpoise.service.database import kept_frames
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.failure import DeviceError

FRAMES = 96  # of a camera that are looked at
KEPT = 600.0  # seconds that an answer is given again
PLACES = 8  # who may wait at a time: a browser asks for six cameras at once
BUSY = "many cameras are being measured; ask again in a minute"
PART = 16  # samples that the model sees at a time
NOT_RECORDED = "not recorded in this export"
TOO_LITTLE = "too few pictures yet: of five different hours, or of five minutes of the last one"

log = logging.getLogger(__name__)


class Shifting:
    """Reads some of the newest pictures of a camera, and compares their features.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        clock: microseconds since 1970.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: PictureStore,
        model: Callable[[], ExportedModel | Program],
        clock: Callable[[], int],
    ) -> None:
        self._engine, self._pictures = engine, pictures
        self._model, self._clock = model, clock
        self._lock = threading.Lock()  # one at a time: each costs a second of a core
        self._places = threading.BoundedSemaphore(PLACES)  # so that other pages have threads left
        self._known: dict[int, tuple[float, str, Shift | str]] = {}

    def why_not(self) -> str:
        """Why the model that runs allows no comparison, in a word; "" where it does."""
        described = getattr(self._model(), "described", None)
        recorded = getattr(described, "training_features", None)
        return "" if recorded is not None else NOT_RECORDED

    def of(self, camera: int) -> Shift | str:
        """The shift of a camera, or why nothing can be said; remembered for ten minutes."""
        model = self._model()
        if isinstance(model, Program) or self.why_not():
            return NOT_RECORDED
        if not self._places.acquire(blocking=False):
            return BUSY
        try:
            return self._remembered(model, camera)
        finally:
            self._places.release()

    def _remembered(self, model: ExportedModel, camera: int) -> Shift | str:
        with self._lock:
            known = self._known.get(camera)
            if known and known[1] == model.digest and time.monotonic() - known[0] < KEPT:
                return known[2]
            found = self._measured(model, camera)
            self._known = {
                number: one
                for number, one in self._known.items()
                if time.monotonic() - one[0] < KEPT
            }
            self._known[camera] = (time.monotonic(), model.digest, found)
        return found

    def said(self, camera: int) -> str:
        """It in a sentence, for an alert, which is raised whatever happens here."""
        try:
            found = self.of(camera)
        except Exception:
            log.exception("the shift of features of camera %d", camera)
            return ""
        return found.said if isinstance(found, Shift) else f"shift of features: {found}"

    def _measured(self, model: ExportedModel, camera: int) -> Shift | str:
        end = self._clock() + 1
        for seconds in (24 * HOUR, HOUR):
            with self._engine.connect() as connection:
                frames = kept_frames.spread(
                    connection, camera, end - seconds * 1_000_000, end, FRAMES
                )
            if seconds == HOUR or len({at // (HOUR * 1_000_000) for at, _ in frames}) >= LEAST:
                break
        samples, times = [], []
        for at, key in frames:
            sample = self._sample(model, key)
            if sample is not None:
                samples.append(sample)
                times.append(at // 1_000_000)
        if not samples:
            return TOO_LITTLE
        parts = [
            model.features(np.stack(samples[start : start + PART]))
            for start in range(0, len(samples), PART)
        ]
        features = np.concatenate([part for part in parts if part is not None])
        trained = model.described.training_features
        assert trained is not None, "as it was asked"
        return shift(features, np.array(times), trained) or TOO_LITTLE

    def _sample(self, model: ExportedModel, key: str) -> npt.NDArray[Any] | None:
        content = self._pictures.get(key)
        if content is None:
            return None
        try:
            if model.kind == "image":
                return model.decode(content)
            return fitting(of_npy(content), model)
        except (CounterpoiseError, DeviceError):
            return None
