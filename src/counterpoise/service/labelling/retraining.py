"""A training with the labels, in child processes; the model that runs goes on meanwhile."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.records import ReportRecord, RunRecord
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import labels, retrainings
from counterpoise.service.database.audit import note
from counterpoise.service.labelling.held_out import judged
from counterpoise.service.labelling.recipe import (
    COMPARE,
    METHODS,
    begins_anew,
    comparison,
    recipe,
)
from counterpoise.service.labelling.start import Start, start_of
from counterpoise.service.labelling.tidying import tidy
from counterpoise.service.labelling.training_data import write
from counterpoise.service.labelling.weights import weights_of
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.failure import DeviceError

FOLDER = "retraining"  # in the server's folder; one folder for each retraining in it
LOG = "log.txt"
KEPT = 4000  # characters of the log's end that a page shows
AGAIN = 2.0  # seconds until a database that was away is asked again
NICE = 10  # the server's own threads come first

log = logging.getLogger(__name__)

Offer = Callable[[Path, int, str], int]


class StoppedError(Exception):
    """Somebody stopped it."""


@dataclass(frozen=True)
class Plan:
    """What a retraining is to do.

    Args:
        method: of the recipe; "compare" for several, of which the advised one is offered.
        rounds: 0 for as many as the library finds.
        base: pictures that are trained on besides the labels; None for none.
    """

    method: str
    rounds: int = 0
    base: Path | None = None


class Retrainer:
    """One retraining at a time.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        folder: of the server.
        clock: microseconds since 1970.
        offer: makes an exported folder a candidate, given the number of the retraining and who
            began it; the number of the candidate.
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
        state, detail, offered = retrainings.FAILED, "", None
        frames: Sequence[int] = ()
        try:
            frames, detail, offered = self._train(number, plan, model, by)
            state = retrainings.DONE
        except StoppedError:
            state, detail = retrainings.STOPPED, "stopped before its end"
        except (CounterpoiseError, DeviceError) as error:
            detail = str(error)
        except Exception as error:  # a defect of ours: the running model goes on all the same
            log.exception("retraining %d", number)
            detail = f"{type(error).__name__}: {error}"
        finally:
            while not self._ended(number, state, detail, offered, frames):
                if self._ending.wait(AGAIN):  # at the next start it says that it failed
                    break
            tidy(self.folder, self._server, None)
            self.running = None

    def _ended(
        self, number: int, state: str, detail: str, model: int | None, frames: Sequence[int]
    ) -> bool:
        """Write what came of it; whether the database took it."""
        try:
            with self._engine.begin() as connection:
                now = self._clock()
                retrainings.end(connection, number, now, state, detail, model=model, frames=frames)
        except SQLAlchemyError:
            log.exception("retraining %d", number)
            return False
        except Exception:  # a defect of ours, which no second try mends
            log.exception("retraining %d", number)
        return True

    def _train(
        self, number: int, plan: Plan, model: ExportedModel, by: str
    ) -> tuple[list[int], str, int | None]:
        """Frames that it trained on, what it measured, and the number of its candidate."""
        place = self.folder / str(number)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with self._engine.connect() as connection:
            settled = labels.settled(connection, random=False)
        data, frames, classes = write(place, settled, self._pictures, model, plan.base)
        start = start_of(model.described, self.begins_with(model)[0], classes)
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
        said = _measured(judged(run, data, made.classes), record, made, model, among)
        return frames, said, self._offer(exported, number, by)

    def _trained(
        self, place: Path, data: Path, plan: Plan, model: ExportedModel, start: Start
    ) -> tuple[Path, int]:
        """The run that becomes a candidate, and how many methods it was chosen from."""
        out = place / "out"
        if plan.method != COMPARE:
            file = place / "retrained.toml"
            text = recipe(model.described, data, plan.method, start, plan.rounds)
            file.write_text(text, "utf-8")
            self._call(place, "counterpoise.cli", "run", file, "--out", out)
            return out / "runs" / file.stem / "seed-0", 1
        words = comparison(model.described, data, start, plan.rounds, out)
        self._call(place, "counterpoise.cli", *words)
        report = ReportRecord.read(out / "report.json")
        best = report.advised or report.best
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


def _measured(
    share: float | None, record: RunRecord, made: ExportedModel, model: ExportedModel, among: int
) -> str:
    """What a page says of a retraining that came to its end."""
    found = {
        "balanced_accuracy": share,
        "seconds": record.seconds,
        "method": record.method,
        "among": among,
        "missing": [name for name in model.classes if name not in made.classes],
    }
    return json.dumps(found)
