"""What a person sees while runs are going: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from counterpoise.experiments.compare_options import Style
from counterpoise.experiments.tasks import Outcome, Progress, StageTask
from counterpoise.python_words import as_asked
from counterpoise.time_words import clock

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

BAR, LEFT, LEAST = 20, len("12:34:56 left"), 12  # columns of a terminal; the least for a name
PLAIN_EVERY = 15.0  # seconds between plain lines of a running training


class Display(Protocol):
    """Somewhere to say what is happening; used as a context manager around the work."""

    def say(self, line: str) -> None: ...
    def expect(self, stages: Sequence[StageTask]) -> None: ...
    def begin(self, stages: list[StageTask]) -> None: ...
    def tell(self, message: Progress | Outcome) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...


class Screen:
    """A terminal, and one moving picture on it for all comparisons that go on at a time."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(stderr=True)
        self._bar: Bar | None = None
        self._users = 0

    def enter(self) -> Bar:
        """The picture, which moves from now on."""
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self._users += 1
        if self._bar is None:
            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=BAR),
                TextColumn("{task.fields[left]}", markup=False),
                console=self.console,
                transient=True,
            )
            self._bar.start()
        return self._bar

    def fitting(self, text: str) -> str:
        """What stands before a bar, short enough for the time that stands behind it."""
        room = max(LEAST, self.console.width - BAR - LEFT - 2)  # two spaces between the three
        return text if len(text) <= room else f"{text[: room - 1]}…"

    def leave(self) -> None:
        """It goes when nobody needs it."""
        self._users -= 1
        if not self._users and self._bar is not None:
            self._bar.stop()
            self._bar = None


def style_here(style: Style | None) -> Style:
    """ "rich" when stderr is a terminal and nothing else was asked for, else "plain"."""
    return style or ("rich" if sys.stderr.isatty() else "plain")


def display(
    style: Style | None,
    command: str = "counterpoise ",
    of: str = "",
    screen: Screen | None = None,
) -> Display:
    """Somewhere to say what is happening.

    Args:
        style: "rich", "plain" or "silent"; `style_here` by default.
        command: what was asked; lines of a call from Python name its arguments.
        of: begins each line, where several comparisons go on at a time.
        screen: that these share.
    """
    style = style_here(style)
    if style == "rich":
        return _Terminal(command, of, screen or Screen())
    return _Plain(style == "silent", command, of)


class _Tally:
    """Updates done and left over all stages, hence the time left."""

    def __init__(self) -> None:
        self.stages: dict[str, StageTask] = {}
        self.ahead: dict[str, StageTask] = {}  # expected; a search chooses others in their place
        self.current: dict[str, int] = {}
        self.finished: dict[str, str] = {}
        self.begun = time.monotonic()
        self.first: int | None = None

    def expect(self, stages: Sequence[StageTask]) -> None:
        """All that will be trained, as far as it is known, with what is finished of it."""
        self.ahead = {stage.id: stage for stage in stages if stage.id not in self.stages}

    def begin(self, stages: Sequence[StageTask]) -> None:
        """These are trained now, and were expected or take the place of as many that were."""
        new = {stage.id: stage for stage in stages if stage.id not in self.stages}
        for identity in new:
            self.ahead.pop(identity, None)
        self.stages |= new
        if self.first is None:
            self.begun = time.monotonic()

    @property
    def number(self) -> int:
        """Trainings, begun or expected."""
        return len(self.stages) + len(self.ahead)

    @property
    def total(self) -> int:
        """Updates of all of them."""
        return sum(s.updates for s in (*self.stages.values(), *self.ahead.values()))

    def hear(self, message: Progress | Outcome) -> None:
        if isinstance(message, Progress):
            if isinstance(message.task, StageTask):
                self.current[message.task.id] = message.update
        elif message.id in self.stages:
            self.finished[message.id] = message.status
            self.current[message.id] = self.stages[message.id].updates
        if self.first is None and self.current:
            self.first = self.updates  # what a resumed training had already done

    @property
    def updates(self) -> int:
        return sum(self.current.values())

    @property
    def left(self) -> str:
        done = self.updates - (self.first or 0)
        if done <= 0:
            return "--:--"
        rate = (time.monotonic() - self.begun) / done
        return clock(rate * (self.total - self.updates))

    def line(self, message: Progress) -> str:
        number = list(self.stages).index(message.task.id) + 1
        loss = "" if message.loss is None else f", loss {message.loss:.4g}"
        return (
            f"run {number} of {self.number}: {message.task.label}, "
            f"round {message.round + 1} of {message.rounds}{loss}"
        )


class _Plain:
    """Lines that a log file can hold."""

    def __init__(self, silent: bool, command: str, of: str = "") -> None:
        self.silent = silent
        self.command = command
        self.of = of
        self.tally = _Tally()
        self.spoken: dict[str, float] = {}

    def say(self, line: str) -> None:
        if not self.silent:
            text = f"{self.of}{as_asked(line, self.command)}\n"
            print(text, end="", file=sys.stderr, flush=True)  # whole, whatever other threads say

    def expect(self, stages: Sequence[StageTask]) -> None:
        self.tally.expect(stages)

    def begin(self, stages: list[StageTask]) -> None:
        self.tally.begin(stages)

    def tell(self, message: Progress | Outcome) -> None:
        before = len(self.tally.finished)
        self.tally.hear(message)
        if isinstance(message, Progress) and isinstance(message.task, StageTask):
            now = time.monotonic()
            if now - self.spoken.setdefault(message.task.id, now) > PLAIN_EVERY:
                self.spoken[message.task.id] = now
                self.say(f"{self.tally.line(message)}, {self.tally.left} left")
        elif len(self.tally.finished) > before and isinstance(message, Outcome):
            done, total = len(self.tally.finished), self.tally.number
            label = self.tally.stages[message.id].label
            how = "" if message.status == "ok" else f" {message.status.upper()}: {message.error}"
            self.say(f"[{done}/{total}] {label}{how} ({self.tally.left} left)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _Terminal:
    """A progress bar with one line for each training that is going on."""

    def __init__(self, command: str, of: str, screen: Screen) -> None:
        self.command = command
        self.of = of
        self.screen = screen
        self.tally = _Tally()
        self.bar: Bar | None = None
        self.lines: dict[str, object] = {}

    def say(self, line: str) -> None:
        text = f"{self.of}{as_asked(line, self.command)}"
        self.screen.console.print(text, markup=False, highlight=False)

    def expect(self, stages: Sequence[StageTask]) -> None:
        self.tally.expect(stages)

    def begin(self, stages: list[StageTask]) -> None:
        self.tally.begin(stages)
        if self.bar is not None:
            return
        self.bar = self.screen.enter()
        whole = self.screen.fitting(f"{self.of}all runs")
        self.total = self.bar.add_task(whole, total=max(1, self.tally.total), left="")

    def tell(self, message: Progress | Outcome) -> None:
        self.tally.hear(message)
        if self.bar is None:
            return
        if isinstance(message, Progress) and isinstance(message.task, StageTask):
            task: StageTask = message.task
            if task.id not in self.lines:
                self.lines[task.id] = self.bar.add_task("", total=task.updates, left="")
            self.bar.update(
                self.lines[task.id],  # type: ignore[arg-type]
                completed=message.update,
                description=self.screen.fitting(f"{self.of}{self.tally.line(message)}"),
            )
        elif isinstance(message, Outcome):
            line = self.lines.pop(message.id, None)
            if line is not None:
                self.bar.remove_task(line)  # type: ignore[arg-type]
            if message.status != "ok" and message.id in self.tally.stages:
                self.say(
                    f"{self.tally.stages[message.id].label}: {message.status}: {message.error}"
                )
        self.bar.update(
            self.total,
            total=max(1, self.tally.total),
            completed=self.tally.updates,
            left=f"{self.tally.left} left",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            for line in (self.total, *self.lines.values()):
                self.bar.remove_task(line)  # type: ignore[arg-type]
            self.bar = None
            self.screen.leave()
