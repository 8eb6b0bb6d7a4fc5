"""The queue of frames to be labelled, filled while somebody labels."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_pool, label_queue
from counterpoise.service.database.label_pool import Found
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.labelling.centers import Centers
from counterpoise.service.labelling.choosing import Pick, Pool, choose
from counterpoise.service.labelling.contrast import Contrast
from counterpoise.service.labelling.deficit import Need, need
from counterpoise.service.labelling.looking import EndedError, Looking, Model
from counterpoise.service.labelling.outline import outline
from counterpoise.service.labelling.reasons import RANDOM, Rules
from counterpoise.service.pictures.store import PictureStore

NEWEST = 60  # frames of each class that come into the pool besides those drawn at random
BY = "the label queue"

log = logging.getLogger(__name__)


class Filler:
    """Fills the queue when it is half empty and somebody asks for frames, on its own thread.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        rules: of the queue.
        clock: microseconds since 1970.
        base: pictures that the model was trained on; None where they are not known.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: PictureStore,
        model: Callable[[], Model],
        rules: Rules,
        clock: Callable[[], int],
        base: Path | None = None,
    ) -> None:
        self._engine, self._model, self.rules, self._clock = engine, model, rules, clock
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._chosen_by = ""  # digest of the model that the queue was chosen by
        self._looking = Looking(pictures, self._ended.is_set)
        self._centers = Centers(engine, self._looking, base)
        self._contrast = Contrast(engine, self._looking)
        self.said = ""  # what the last attempt says, for the page
        self._thread = threading.Thread(target=self._run, name="label queue", daemon=True)

    def start(self) -> None:
        """Begin; nothing is chosen until somebody labels."""
        self._thread.start()

    def stop(self) -> None:
        """End, without what is being chosen."""
        self._ended.set()
        self._wanted.set()
        self._thread.join()

    def want(self) -> None:
        """Somebody labels."""
        self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended.is_set():
                return
            try:
                self.fill()
            except EndedError:
                return
            except SQLAlchemyError as error:  # locked, or its disk is full; it is wanted again
                log.warning("the label queue waits for the database: %s", type(error).__name__)
            except Exception:  # a defect of ours; labelling goes on with what is there
                log.exception("the label queue")
                self._ended.wait(10)

    def fill(self, random: np.random.Generator | None = None) -> int:
        """Choose as many frames as the queue lacks, if it is half empty; how many came."""
        model, random = self._model(), random or np.random.default_rng()
        with self._engine.connect() as connection:
            waiting = label_queue.waiting(connection)
        if model.digest != self._chosen_by:
            if self._chosen_by:
                with self._engine.begin() as connection:
                    label_queue.forget_unlabelled(connection, self._clock(), BY)
                    waiting = label_queue.waiting(connection)
            self._chosen_by = model.digest
        if waiting > self.rules.size // 2 or not model.classes:
            return 0
        number = -(-(self.rules.size - waiting) // 10) * 10  # whole tens, for the random tenth
        with self._engine.connect() as connection:
            its = label_pool.number_of(connection, model.digest)
        made = None if its is None else self._pool(model, its, random)
        if its is None or made is None:
            self.said = (
                "No further frame can be asked about: results of the running model whose pictures "
                "are kept are needed, and all of them are in the queue or labelled, or there are "
                "none."
            )
            return 0
        pool, found = made
        needed = self._need(model, its, found, pool)
        go_on = self._looking.go_on
        picks = choose(pool, number, self.rules.shares, needed, model.classes, go_on)
        rows = [self._queued(pick, found[pick.index], pool, random) for pick in picks]
        with self._engine.begin() as connection:
            added = label_queue.put(connection, rows, self._clock(), BY)
        self.said = "" if pool.features is not None else _without_features(model)
        return added

    def _queued(self, pick: Pick, found: Found, pool: Pool, random: np.random.Generator) -> Queued:
        return Queued(
            result=found.id,
            camera=found.camera,
            predicted=found.label,
            reason=pick.reason,
            why=pick.why,
            is_random=pick.reason == RANDOM,
            needed=2 if random.random() < self.rules.twice else 1,
            rank=float(random.random()),  # so that whoever stops early has a tenth of random ones
            outline=pool.outlines[pick.index],
        )

    def _need(self, model: Model, number: int, found: Sequence[Found], pool: Pool) -> Need:
        known = self._contrast.counted(model, number)
        by_name = {name: k for k, name in enumerate(model.classes)}
        seen = [0] * len(by_name)
        for i in pool.uniform:
            seen[by_name[found[i].label]] += 1
        return need(known, model.classes, seen)

    def _pool(
        self, model: Model, number: int, random: np.random.Generator
    ) -> tuple[Pool, list[Found]] | None:
        """Frames to choose from; None where there are none."""
        with self._engine.connect() as connection:
            drawn = label_pool.drawn(connection, number, self.rules.pool, random)
            more = [
                one
                for label in model.classes
                for one in label_pool.newest(connection, number, label, NEWEST)
            ]
        known = set(model.classes)
        found = list({one.id: one for one in [*drawn, *more] if one.label in known}.values())
        uniform = len({one.id for one in drawn if one.label in known})
        looked = [self._looking.sample(model, one.picture) for one in found]
        kept = [i for i, sample in enumerate(looked) if sample is not None or self._is_blind(model)]
        if not kept:
            return None
        found = [found[i] for i in kept]
        samples = [looked[i] for i in kept]
        features = self._looking.features(model, samples)
        centers = (
            self._centers.probabilities(number, model.classes)
            if features is None
            else self._centers.features(model)
        )
        outlines = [None if sample is None else outline(sample) for sample in samples]
        with self._engine.connect() as connection:
            before = label_queue.outlines(connection, {one.camera for one in found})
        by_name = {name: k for k, name in enumerate(model.classes)}
        pool = Pool(
            results=[one.id for one in found],
            cameras=[one.camera for one in found],
            predicted=np.array([by_name[one.label] for one in found], dtype=np.int64),
            table=label_pool.table(found, model.classes),
            uniform=[place for place, i in enumerate(kept) if i < uniform],
            outlines=outlines,
            features=features,
            known=before,
            centers=centers,
        )
        return pool, found

    def _is_blind(self, model: Model) -> bool:
        """Whether frames are taken without being read: a program reads them in its own way."""
        return isinstance(model, Program)


def _without_features(model: Model) -> str:
    """By what frames are told apart, for the page."""
    if isinstance(model, Program):
        return "A program gives no features, so frames are told apart by the scores that it gives."
    described = getattr(model, "described", None)
    if described is not None and described.members:
        return (
            "The running model is the mean of several runs, and a mean has no features, so frames "
            "are told apart by their probabilities. A single run, served by itself, has features."
        )
    return (
        "The running model was exported without features, so frames are told apart by their "
        "probabilities (counterpoise export --features)."
    )
