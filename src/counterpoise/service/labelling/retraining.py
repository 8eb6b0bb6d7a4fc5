"""A training with the labels, in child processes; the model that runs goes on meanwhile."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.records import ReportRecord, RunRecord
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_contrast, labels, retrainings
from counterpoise.service.database.audit import note
from counterpoise.service.labelling.held_out import judged
from counterpoise.service.labelling.outcome import NOTHING_HELD, measured
from counterpoise.service.labelling.recipe import (
    COMPARE,
    METHODS,
    Plan,
    begins_anew,
    comparison,
    recipe,
)
from counterpoise.service.labelling.start import Start, start_of
from counterpoise.service.labelling.tidying import tidy
from counterpoise.service.labelling.training_data import Written, write
from counterpoise.service.labelling.weights import weights_of
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.keeping import FULL
from counterpoise.service.runtime.failure import DeviceError

FOLDER = "retraining"  # in the server's folder; one folder for each retraining in it
LOG = "log.txt"
KEPT = 4000  # characters of the log's end that a page shows
AGAIN = 2.0  # seconds until a database that was away is asked again
NICE = 10  # the server's own threads come first

log = logging.getLogger(__name__)

Also = Callable[[Connection, int], None]
Offer = Callable[[Path, int, str, Also], None]


class StoppedError(Exception):
    """Somebody stopped it."""


class Retrainer:
    """One retraining at a time.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        folder: of the server.
        clock: microseconds since 1970.
        offer: makes an exported folder a candidate, given the number of the retraining, who
            began it, and what else to write if and only if it becomes one.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: PictureStore,
        model: Callable[[], ExportedModel | Program],
        folder: Path,
        clock: Callable[[], int],
        offer: Offer,
    ) -> None:
        self._engine, self._pictures, self._model = engine, pictures, model
        self._server, self.folder = folder, folder / FOLDER
        self._clock, self._offer = clock, offer
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped, self._ending = threading.Event(), threading.Event()
        self.running: int | None = None  # its number

    def start(self) -> None:
        """Say of what ran when the server ended that it failed, and remove what is of no use."""
        with self._engine.begin() as connection:
            retrainings.abandon(connection, self._clock())
        tidy(self.folder, self._server, None)

    def stop(self) -> None:
        """End, with the training that runs."""
        self._ending.set()
        self.cancel()
        if self._thread is not None:
            self._thread.join()

    def begin(self, plan: Plan, by: str) -> int:
        """Start one; its number.

        Raises:
            ArgumentError: one runs already, or this model cannot be trained again, and why.
        """
        model = self._model()
        if isinstance(model, Program):
            raise ArgumentError("a program is not trained (export the labels, and train elsewhere)")
        if plan.method not in (*METHODS, COMPARE):
            raise ArgumentError(
                f"a method is one of {', '.join((*METHODS, COMPARE))}; got '{plan.method[:80]}'"
            )
        with self._lock:
            if self.running is not None:
                raise ArgumentError(f"retraining {self.running} runs; stop it, or wait for its end")
            with self._engine.begin() as connection:
                number = retrainings.begin(connection, self._clock(), by, plan.method)
            self.running = number
            self._stopped.clear()
        self._thread = threading.Thread(
            target=self._run, args=(number, plan, model, by), name="retraining", daemon=True
        )
        self._thread.start()
        return number

    def cancel(self, by: str = "") -> None:
        """Stop the one that runs, if there is one."""
        self._stopped.set()
        if self.running is not None and by:
            with self._engine.begin() as connection:
                note(connection, self._clock(), by, "retraining to be stopped", str(self.running))
        child = self._child
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def begins_with(self, model: ExportedModel) -> tuple[Path | None, str]:
        """The weights that a retraining of this model begins with; or why with none."""
        anew = begins_anew(model.described)
        weights = None if anew else weights_of(self._server, self.folder, model)
        if anew or weights is not None:
            return weights, anew
        return None, "they are not beside the exported model (serve the run folder itself)"

    def said(self, number: int) -> str:
        """The end of what a retraining printed."""
        try:
            text = (self.folder / str(number) / LOG).read_text("utf-8", "replace")
        except OSError:
            return ""
        return text[-KEPT:]

    def _run(self, number: int, plan: Plan, model: ExportedModel, by: str) -> None:
        state, detail = retrainings.FAILED, ""
        try:
            self._train(number, plan, model, by)
            state = retrainings.DONE  # which is written with its candidate
        except StoppedError:
            state, detail = retrainings.STOPPED, "stopped before its end"
        except (CounterpoiseError, DeviceError) as error:
            detail = str(error)
        except OSError as error:
            log.exception("retraining %d", number)
            full = "the disk is full, free some space there" if error.errno in FULL else error
            detail = f"the server's folder cannot be read or written: {full}"
        except Exception as error:  # a defect of ours: the running model goes on all the same
            log.exception("retraining %d", number)
            detail = f"{type(error).__name__}: {error}"
        finally:
            while state != retrainings.DONE and not self._ended(number, state, detail):
                if self._ending.wait(AGAIN):  # at the next start it says that it failed
                    break
            tidy(self.folder, self._server, None)
            self.running = None

    def _ended(self, number: int, state: str, detail: str) -> bool:
        """Write why nothing came of it; whether the database took it."""
        try:
            with self._engine.begin() as connection:
                retrainings.end(connection, number, self._clock(), state, detail)
        except SQLAlchemyError:
            log.exception("retraining %d", number)
            return False
        except Exception:  # a defect of ours, which no second try mends
            log.exception("retraining %d", number)
        return True

    def _train(self, number: int, plan: Plan, model: ExportedModel, by: str) -> None:
        """Train, measure, and offer what was made as a candidate."""
        place = self.folder / str(number)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        weights = self.begins_with(model)[0]
        with self._engine.connect() as connection:
            settled = labels.settled(connection, random=False)
            seen = set() if weights is None else label_contrast.cameras_seen(connection)
        data = write(place, settled, self._pictures, model, plan.base, seen)
        if not data.held:
            (place / LOG).write_text(NOTHING_HELD, "utf-8")
        start = start_of(model.described, weights, data.classes)
        run, among = self._trained(place, data, plan, model, start)
        record = RunRecord.read(run / "report.json")
        if record.status != "ok":
            raise ArgumentError(
                f"the training {record.status}: {record.error or 'it says no more'}"
            )
        exported = place / "onnx"
        self._call(place, "counterpoise.cli", "export", run, "--out", exported, "--features")
        made = ExportedModel.load(exported)
        if made.kind != model.kind:
            raise ArgumentError(f"it takes {made.kind}s, and the model that runs {model.kind}s")
        found = judged(run, data.held, made.classes)
        self._offered(exported, number, by, data, measured(found, record, made, model, among))

    def _offered(self, exported: Path, number: int, by: str, data: Written, detail: str) -> None:
        """Make it a candidate and write its end, at once or not at all, when the database is there.

        Raises:
            ArgumentError: it cannot be a candidate.
            StoppedError: the database did not come back before somebody stopped it.
        """

        def also(connection: Connection, model: int) -> None:
            retrainings.end(
                connection, number, self._clock(), retrainings.DONE, detail, model=model,
                frames=data.trained, held=len(data.held),
            )  # fmt: skip

        while not self._stopped.is_set():
            try:
                with self._engine.connect() as connection:
                    if not retrainings.is_running(connection, number):
                        return  # it was written, though its answer was lost
                self._offer(exported, number, by, also)
                return
            except (OperationalError, InterfaceError) as error:  # locked, or away
                log.warning("retraining %d waits for the database: %s", number, error)
                self._stopped.wait(AGAIN)
        raise StoppedError

    def _trained(
        self, place: Path, data: Written, plan: Plan, model: ExportedModel, start: Start
    ) -> tuple[Path, int]:
        """The run that becomes a candidate, and how many methods it was chosen from."""
        out = place / "out"
        if plan.method != COMPARE:
            file = place / "retrained.toml"
            text = recipe(model.described, data.file, plan.method, start, plan.rounds)
            file.write_text(text, "utf-8")
            self._call(place, "counterpoise.cli", "run", file, "--out", out)
            return out / "runs" / file.stem / "seed-0", 1
        words = comparison(model.described, data.file, start, plan.rounds, out)
        self._call(place, "counterpoise.cli", *words)
        report = ReportRecord.read(out / "report.json")
        # advice weighs what the test part says, which says nothing where it is a copy
        best = (report.advised if data.held else None) or report.best
        if best is None:
            raise ArgumentError("no method of the comparison came to its end")
        for other in (out / "runs").iterdir():  # so that weights are those of the one that is kept
            if other.name != best:
                shutil.rmtree(other, ignore_errors=True)
        shutil.rmtree(out / "stages", ignore_errors=True)
        return out / "runs" / best / "seed-0", sum(one.status == "ok" for one in report.methods)

    def _call(self, place: Path, module: str, *arguments: object) -> None:
        """One child process, whose words go to the log.

        Raises:
            ArgumentError: it failed, with the last of what it said.
            StoppedError: somebody stopped it.
        """
        if self._stopped.is_set():
            raise StoppedError
        file = place / LOG
        with file.open("ab") as stream:
            begin = stream.tell()
            self._child = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,  # so that it ends with all that it started
            )
            with suppress(OSError):
                os.setpriority(os.PRIO_PGRP, self._child.pid, NICE)
            if self._stopped.is_set():  # before there was a child to end
                self.cancel()
            status = self._child.wait()
            self._child = None
        if self._stopped.is_set():
            raise StoppedError
        if status:
            said = file.read_bytes()[begin:].decode("utf-8", "replace").strip().splitlines()
            last = " ".join(said[-3:]).removeprefix("error: ") or f"it ended with code {status}"
            raise ArgumentError(last)
