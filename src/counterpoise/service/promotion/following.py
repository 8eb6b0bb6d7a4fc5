"""Has the server do what the database says of models: which one runs, which one is shadowed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import CounterpoiseError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import audit, candidates, model_choices, models
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.labelled_frames import Labelled, random_tenth
from counterpoise.service.database.model_choices import Choice
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion import promoting
from counterpoise.service.promotion.choosing import AWAITED, SERVER
from counterpoise.service.promotion.examining import Examining, judgement
from counterpoise.service.promotion.patience import Patience
from counterpoise.service.promotion.showing import Showing
from counterpoise.service.promotion.travelling import AGAIN, Copies
from counterpoise.service.resources.shadowing import Shadowing

STEP = 1.0  # seconds between two looks
EXAMINE = 5.0  # seconds between two looks for labelled frames, when all are known
JUDGE = 60.0  # seconds between two judgements by the rule

log = logging.getLogger(__name__)


class Following:
    """Follows the choices of admins from a thread of its own, or at once when asked to.

    Args:
        engine: of the database.
        copies: of models, which it has the store keep, too.
        pictures: where frames are kept.
        shadowing: shows frames to a candidate.
        use: has a model run, with its name and number in the database.
        used: the model that runs.
        running: number of the model that runs.
        clock: microseconds since 1970.
        labelled: gives the labelled frames that judge.
    """

    def __init__(
        self,
        engine: Engine,
        copies: Copies,
        pictures: PictureStore,
        shadowing: Shadowing,
        use: Callable[[ExportedModel, str, int], None],
        used: Callable[[], ExportedModel | Program],
        running: int,
        clock: Callable[[], int],
        labelled: Labelled = random_tenth,
    ) -> None:
        self._labelled = labelled
        self._examining = Examining(engine, pictures, lambda connection: self._labelled(connection))
        self._engine, self._copies = engine, copies
        self._shadowing, self._use, self._used, self._clock = shadowing, use, used, clock
        self._showing = Showing(engine, copies, shadowing, clock, decides=True)
        self.running = running
        self._patience = Patience()
        self._unjudged: Choice | None = None  # that the rule waits for, which was said
        self._waits = False  # for a model that the store may give later
        self._lock = threading.RLock()  # one change at a time, by whichever thread
        self._heard = 0  # the newest line of the audit log that was acted upon
        self._judged = self._examine_at = self._send_at = 0.0
        self._to_send = True  # whether the store may lack a model
        self._store_error = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="models", daemon=True)

    def start(self) -> None:
        """Begin with what the database says."""
        with self._engine.connect() as connection:
            self._heard = audit.last_about(connection, "model", 0)
            wanted = model_choices.current(connection)
        if wanted is None or wanted.model == self.running:
            self.sync()
        else:  # the store did not give it a moment ago, and may take long to say so again
            self._waits = True
        self._thread.start()

    def stop(self) -> None:
        """End, with what the candidate saw in the database."""
        self._ended.set()
        self._thread.join()
        self._showing.stop()

    def sync(self) -> None:
        """Run and shadow the models that the database says."""
        with self._lock:
            with self._engine.connect() as connection:
                wanted = model_choices.current(connection)
            self._waits = False
            if wanted is not None and wanted.model != self.running:
                self._run(wanted)
            self._showing.sync(self.running)
            self._waits |= self._showing.waits

    def _run(self, wanted: Choice) -> None:
        """Run a model; where it cannot be loaded, the one that runs stays, and it is said.

        One that the store may give later stays chosen, and is tried again until it can be had.
        """
        if not self._patience.may_try(wanted.model):
            self._waits = True
            return
        try:
            model = self._copies.get(wanted.digest)
            self._use(model, wanted.name, wanted.model)
        except CounterpoiseError as error:
            if self._copies.may_come(error):
                self._waits = True
                if self._patience.is_to_be_said(error):
                    log.error("%s is awaited, and the one before runs: %s", wanted.name, error)
                    self._note_awaited(wanted, error)
                return
            log.error("the model that runs goes on: %s cannot be loaded: %s", wanted.name, error)
            at, why = self._clock(), f"{wanted.name} cannot be loaded: {self._copies.said(error)}"
            with self._engine.begin() as connection:
                one_at_a_time(connection, "changes")
                if model_choices.current(connection) != wanted:  # an admin chose again meanwhile
                    self._waits = True
                    return
                started = wanted.started
                model_choices.choose(connection, at, SERVER, why, self.running, started)
                audit.note(
                    connection, at, SERVER, "model changed", f"the one before goes on: {why}"
                )
        else:
            self._patience.forget()
            self.running = wanted.model

    def _note_awaited(self, wanted: Choice, error: CounterpoiseError) -> None:
        """Have the audit log say so, unless it did when the server started."""
        said = f"the one before runs until {wanted.name} can be had: {self._copies.said(error)}"
        with self._engine.begin() as connection:
            one_at_a_time(connection, "changes")
            is_news = audit.newest(connection, AWAITED, wanted.at) is None
            if is_news and model_choices.current(connection) == wanted:
                audit.note(connection, self._clock(), SERVER, AWAITED, said)

    def told(self, number: int) -> None:
        """Another model runs, which the operator had loaded."""
        with self._lock:
            self.running = number

    def look(self) -> None:
        """Take up what changed, and write what a candidate saw."""
        with self._engine.connect() as connection:
            last = audit.last_about(connection, "model", self._heard)
        if last > self._heard or self._waits:
            self.sync()
        if last > self._heard:
            self._heard, self._to_send = last, True
        if self._to_send and time.monotonic() >= self._send_at:
            self._send()
        self._showing.write()
        if time.monotonic() >= self._examine_at:
            self._examine()

    def _send(self) -> None:
        """Have the store keep the models that run, ran or may; it is tried again until it does."""
        with self._engine.connect() as connection:
            needed = models.needed(connection)
        try:
            self._copies.send(needed)
            self._copies.fetch(needed)
            self._copies.tidy(needed)
        except OutputError as error:
            self._send_at = time.monotonic() + AGAIN
            if str(error) != self._store_error:
                log.warning("workers of other machines may lack models: %s", error)
            self._store_error = str(error)
        else:
            self._to_send, self._store_error = False, ""

    def _examine(self) -> None:
        """Ask both models about labelled frames, and promote by the rule if that is asked for."""
        shown, ours = self._shadowing.shown, self._used()
        if shown is None or isinstance(ours, Program):
            return
        number, model = shown
        begun = time.thread_time()
        with self._engine.connect() as connection:
            known = candidates.one(connection, number)
        left = self._examining.look(model, known.model) + self._examining.look(ours, self.running)
        spent = time.thread_time() - begun
        wait = spent / self._shadowing.share if left else EXAMINE
        self._examine_at = time.monotonic() + wait
        if known.by_rule and not left and time.monotonic() - self._judged >= JUDGE:
            self._judged = time.monotonic()
            judged = self.running
            with self._engine.connect() as connection:
                wanted = model_choices.current(connection)
                if wanted is not None and wanted.model != judged:
                    self._judge_later(wanted)
                    return
                found = judgement(connection, self._labelled(connection), judged, known)
            if found.holds:
                try:
                    promoting.promote(
                        self._engine, self._copies.folder, number, "the rule", self._clock(),
                        found.why, judged=judged,
                    )  # fmt: skip
                except CounterpoiseError as error:  # an admin was faster, or its copy is damaged
                    log.warning("the rule promotes nothing: %s", error)
                self.sync()

    def _judge_later(self, wanted: Choice) -> None:
        """Against a model that is chosen, and not here yet."""
        if self._unjudged != wanted:
            self._unjudged = wanted
            log.warning(
                "the rule judges no candidate until the model that is chosen runs: %s (see that "
                "its copy can be had, or roll back)", wanted.said,
            )  # fmt: skip

    def _follow(self) -> None:
        while not self._ended.wait(STEP):
            try:
                self.look()
            except SQLAlchemyError:  # locked or gone; the recorder says so
                continue
            except Exception:  # a defect of ours; the model that runs goes on
                log.exception("models")
                self._ended.wait(60)
