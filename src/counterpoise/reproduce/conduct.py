"""Run an entry: cell after cell, as comparisons that resume, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from counterpoise.errors import ArgumentError
from counterpoise.experiments.options import Options
from counterpoise.reproduce.computed import COMPUTED
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.measured import measure
from counterpoise.reproduce.paper import Claim
from counterpoise.reproduce.plan import Asked, cells, chosen_methods, command
from counterpoise.reproduce.verdict import judge
from counterpoise.sweep.carry_out import carry_out
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.measured import Measured
from counterpoise.sweep.outline import most_here, outline, stack_lines


def planned(known: Known, asked: Asked) -> tuple[Cell, ...]:
    """The comparisons, each checked as `compare` would check it; nothing is trained.

    Raises:
        CounterpoiseError: an option that cannot be.
    """
    found = cells(known, asked)
    for cell in () if known.entry.compute else found:
        Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    return found


def stacked_lines(made: Sequence[Cell]) -> list[str]:
    """How many trainings of an entry are stacked, and why the others are not; none on a CPU.

    Args:
        made: its cells, whose splits are drawn only where something is stacked.
    """
    options = [Options.of({**cell.options, "ledger": None}) for cell in made]
    if most_here(options[0]) == 1:
        return []
    return list(stack_lines([one for one in outline(made, options) if not one.reason]))


def conduct(
    known: Known, asked: Asked, say: Callable[[str], None], seconds: float | None = None
) -> tuple[Measured, ...]:
    """Run what is not finished, then measure all.

    With a budget the cells of the least decided claim come first. It is of this start alone: what
    earlier ones spent on a cell does not count.

    Args:
        known: the entry.
        asked: how much of it.
        say: prints a line for people.
        seconds: to spend at most; without, until all is done.

    Raises:
        ArgumentError: it cannot be run here, with what is missing.
        CounterpoiseError: as `compare`.
    """
    why = known.why_not(asked.data_root)
    if why:
        raise ArgumentError(f"{known.name} cannot be run here: {why}")
    if known.entry.compute:
        return calculated(known, asked)
    done: list[Measured] = []
    comparisons = [
        replace(cell, options={**cell.options, "command": _command(known, cell, asked)})
        for cell in planned(known, asked)
    ]
    asked.out.mkdir(parents=True, exist_ok=True)
    for cell, _ in carry_out(
        comparisons,
        known.name,
        say,
        seconds,
        following=lambda left: _next(known, asked, left, done),
        strict=True,
    ):
        done.append(measure(cell, known.entry.metrics))
    return everything(known, asked)


def everything(known: Known, asked: Asked) -> tuple[Measured, ...]:
    """The cells that were asked for, and all others that an earlier command has finished.

    So a narrower command takes nothing out of the report.
    """
    wanted = [cell.point for cell in cells(known, asked)]
    every = cells(known, replace(asked, grid={}))
    found = [measure(cell, known.entry.metrics) for cell in every]
    return tuple(cell for cell in found if cell.values or cell.point in wanted)


def calculated(known: Known, asked: Asked) -> tuple[Measured, ...]:
    """Each cell of an entry that is not trained."""
    function = COMPUTED[known.entry.compute].function
    return tuple(Measured(cell.point, function(cell.options)) for cell in cells(known, asked))


def _next(known: Known, asked: Asked, left: list[Cell], done: Sequence[Measured]) -> Cell:
    """A cell of the claim that is least decided by what is done; else the first."""
    methods = chosen_methods(known, asked)
    claims = {
        number: judge(claim, done, faithful=True)
        for number, claim in enumerate(known.entry.claims)
        if claim.higher in methods and claim.lower in methods
    }
    open_ = [n for n, verdict in claims.items() if verdict.said in ("not run", "undecided")]
    for number in sorted(open_, key=lambda number: claims[number].pairs):
        if found := _of(known.entry.claims[number], left):
            return found[0]
    return left[0]


def _of(claim: Claim, left: list[Cell]) -> list[Cell]:
    return [
        cell
        for cell in left
        if all(cell.point[axis] in values for axis, values in claim.at.items())
    ]


def _command(known: Known, cell: Cell, asked: Asked) -> str:
    return command(known, asked, {axis: (value,) for axis, value in cell.point.items()})
