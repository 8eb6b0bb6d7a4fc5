"""Comparison after comparison of a grid, so that it resumes, and within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from counterpoise import comparison
from counterpoise.errors import ArgumentError, DataError, RecipeError
from counterpoise.experiments.clock import begin_anew
from counterpoise.experiments.engines.engine import opened
from counterpoise.experiments.options import Options
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
    with opened(first.engine, first.jobs):
        yield from _each(cells, name, say, begun, seconds, following, evenly, strict)


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
