"""The time that a budget leaves, over all starts of a comparison."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.records import TimeRecord

FILE = "time.json"
EVERY = 2.0  # seconds between two notes of the time used: what a kill forgets


def begin_anew(out: Path) -> None:
    """Let the next start in a folder have the whole of its budget, whatever earlier ones used.

    Raises:
        DataError: time.json is damaged, or a newer version wrote it.
    """
    record = TimeRecord.read_if_there(out / FILE)
    if record is not None and record.used > 0:
        write_text(out / FILE, record.model_copy(update={"used": 0.0}).text())


class TimeUpError(Exception):
    """The budget ended something that all the rest needs."""


class Clock:
    """Seconds used and left of a budget; without one they never end.

    Each process counts by its monotonic clock, from the making of this object; what earlier starts
    used is read from the output folder.

    Args:
        budget: seconds, or None.
        begun: when it began to count, by the monotonic clock; now, where that is left out.
    """

    def __init__(self, budget: float | None = None, begun: float | None = None) -> None:
        self.budget = budget
        self.reserve = 0.0  # seconds for what comes after the trainings
        self.ended = False
        self.enough: float | None = None  # seconds of a budget for all that is asked, estimated
        self.watch: Callable[[], None] = lambda: None  # called by `tick`; may end it all
        self._begun = time.monotonic() if begun is None else begun
        self.before = 0.0  # seconds of earlier starts
        self._path: Path | None = None
        self._question = ""
        self._noted = -math.inf

    def go_on(self, out: Path, question: str) -> None:
        """Add what earlier starts of the same question used, and note the time there from now on.

        Raises:
            DataError: time.json is damaged, or a newer version wrote it.
        """
        path = out / FILE
        record = TimeRecord.read_if_there(path)
        if self.budget is None:
            if record is not None and record.ended:  # what is missing now, no budget left out
                write_text(path, record.model_copy(update={"ended": False}).text())
            return
        self._path, self._question = path, question
        if record is not None and record.question == question:
            self.before, self.enough = record.used, record.enough
        self.note()

    @property
    def used(self) -> float:
        """Seconds of all starts."""
        return self.before + time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """Seconds until trainings end, not below 0; infinite without a budget."""
        if self.budget is None:
            return math.inf
        return max(0.0, self.budget - self.reserve - self.used)

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be trained."""
        return self.left <= 0

    def expect(self, seconds: float) -> None:
        """All that is left takes so many, beside what is set aside."""
        self.enough = self.used + self.reserve + seconds

    @contextmanager
    def saving(self, seconds: float) -> Iterator[None]:
        """End so much earlier inside the block."""
        self.reserve += seconds
        try:
            yield
        finally:
            self.reserve -= seconds

    def tick(self) -> None:
        """Note the time used, if that was not done just now."""
        self.watch()
        if time.monotonic() - self._noted > EVERY:
            self.note()

    def note(self) -> None:
        """Write the time used."""
        if self._path is not None and self.budget is not None:
            record = TimeRecord(
                question=self._question,
                budget=self.budget,
                used=self.used,
                ended=self.ended,
                enough=self.enough,
            )
            write_text(self._path, record.text())
            self._noted = time.monotonic()
