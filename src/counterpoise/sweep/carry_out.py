"""The comparisons of a grid, side by side where there is room, or one by one within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from counterpoise import comparison
from counterpoise.comparison import Beside
from counterpoise.errors import ArgumentError, CounterpoiseError, DataError, RecipeError
from counterpoise.experiments import ledger
from counterpoise.experiments.clock import begin_anew
from counterpoise.experiments.engines.engine import Engine, opened
from counterpoise.experiments.engines.together import Known, Together
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Screen, display, style_here
from counterpoise.experiments.shared import take
from counterpoise.experiments.stacks import most_of
from counterpoise.experiments.tasks import RunTask
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.grid import point_name

ENOUGH = 5.0  # seconds that have to be left of a budget to begin a cell
CANNOT_BE = (ArgumentError, DataError, RecipeError)  # of one cell: the others can


def carry_out(
    cells: Sequence[Cell],
    name: str,
    say: Callable[[str], None],
    seconds: float | None = None,
    *,
    following: Callable[[list[Cell]], Cell] = lambda left: left[0],
    evenly: bool = False,
    strict: bool = False,
) -> Iterator[tuple[Cell, str]]:
    """Run what is not finished; each cell is given back when it has ended, with what failed.

    A budget is of this start alone: what earlier ones spent on a cell does not count. A
    comparison that cannot be made is said, and the next one goes on. All of them go on the engine
    that is opened once, so that a Ray cluster of this machine begins and ends with the grid.
    Without a budget, where several tasks go on at a time, a cell begins while the last tasks of
    those before go on.

    Args:
        cells: the grid.
        name: of all of it, in what is said.
        say: prints a line for people.
        seconds: to spend at most; without, until all is done.
        following: which of the cells that are left comes next, under a budget.
        evenly: divide a budget evenly among the cells that are left.
        strict: without a budget, raise what a comparison raises.

    Raises:
        ArgumentError: Ray is not installed, or its address does not answer.
        OutputError: the disk is full, or another process is at work in a cell's folder.
    """
    begun = time.monotonic()
    if not cells:
        return
    first = Options.of(dict(cells[0].options))
    with opened(first.engine, first.jobs) as engine:
        jobs, most = _at_a_time(first, engine) if seconds is None and len(cells) > 1 else (1, 1)
        if max(jobs, most) > 1:
            together = Together(engine, jobs, _known(first), most, say)
            yield from _side_by_side(cells, name, say, together, strict)
        else:
            yield from _each(cells, name, say, begun, seconds, following, evenly, strict)


def _at_a_time(options: Options, engine: Engine) -> tuple[int, int]:
    """Tasks that go on at a time, and trainings in a stack, as each comparison finds them."""
    try:
        device = engine.device(options.device)
    except CounterpoiseError:  # which each of them says
        return 1, 1
    jobs = options.jobs or max(1, engine.slots(device) // options.devices)
    return jobs, most_of(options.stack, device, options.engine, options.devices)


def _known(options: Options) -> Known:
    """What takes runs that another cell has finished from the ledger or the shelf of all."""

    def known(runs: Sequence[RunTask], out: Path) -> set[str]:
        ledger.accept(options.ledger, unfinished(runs, out), out)
        take(options.shelf, unfinished(runs, out), out)
        return {run.id for run in runs} - {run.id for run in unfinished(runs, out)}

    return known


def _side_by_side(
    cells: Sequence[Cell],
    name: str,
    say: Callable[[str], None],
    together: Together,
    strict: bool,
) -> Iterator[tuple[Cell, str]]:
    """A cell begins while others wait for their last tasks; an error lets these end first."""
    first = Options.of(dict(cells[0].options))
    screen = Screen() if style_here(first.progress) == "rich" else None
    numbers = {point_name(cell.point): number for number, cell in enumerate(cells, 1)}

    def perform(cell: Cell, engine: Engine) -> None:
        at = point_name(cell.point)
        say(f"{name} {at} ({numbers[at]} of {len(cells)})")
        options = Options.of(dict(cell.options))
        shown = display(options.progress, options.command, f"{at}: ", screen)
        comparison.report_of(options, time.monotonic(), Beside(engine, shown))

    grave: Exception | None = None
    for cell, error in together.each(cells, perform):
        if error is not None and (strict or not isinstance(error, CANNOT_BE)):
            grave = grave or error
            together.close()
            continue
        if error is not None:
            say(f"{point_name(cell.point)}: {error}")
        yield cell, "" if error is None else str(error)
    if grave is not None:
        raise grave


def _each(
    cells: Sequence[Cell],
    name: str,
    say: Callable[[str], None],
    begun: float,
    seconds: float | None,
    following: Callable[[list[Cell]], Cell],
    evenly: bool,
    strict: bool,
) -> Iterator[tuple[Cell, str]]:
    """One cell after another."""
    left, number = list(cells), len(cells)
    while left:
        cell = left[0] if seconds is None else following(left)
        options = dict(cell.options)
        if seconds is not None:
            rest = seconds - (time.monotonic() - begun)
            if rest < ENOUGH:
                say(f"the budget is spent; {len(left)} of {number} cells are not finished")
                return
            options["budget"] = max(ENOUGH, rest / len(left)) if evenly else rest
            options["race"] = False
            begin_anew(cell.out)
        left.remove(cell)
        say(f"{name} {point_name(cell.point)} ({number - len(left)} of {number})")
        reason = ""
        try:
            comparison.report_of(Options.of(options), time.monotonic())
        except CANNOT_BE as error:
            if strict and seconds is None:
                raise
            reason = str(error)
            say(f"{point_name(cell.point)}: {reason}")
        yield cell, reason
