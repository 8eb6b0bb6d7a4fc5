"""A sweep before it is run: which cells can be made, and which runs they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.load import load
from counterpoise.errors import ArgumentError, DataError, RecipeError
from counterpoise.experiments.identity import digest
from counterpoise.experiments.machine import resolve_device
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import Grid, plan
from counterpoise.experiments.progress import display
from counterpoise.experiments.setup import THREADS, draw_splits
from counterpoise.experiments.stacks import most_of, stacks
from counterpoise.experiments.suited import suited
from counterpoise.experiments.tasks import StageTask
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.grid import point_name
from counterpoise.sweep.measured import REPORT
from counterpoise.sweep.run_time import run_seconds
from counterpoise.time_words import clock

UNKNOWN = "time not measured (without --plan it is estimated before anything is trained)"


@dataclass(frozen=True)
class Outline:
    """A cell, before it is run.

    Args:
        cell: that it is.
        runs: identity of each run, equal for equal runs of several cells.
        largest: training samples of the largest class.
        smallest: of the smallest.
        reason: why it cannot be made; empty where it can.
        stages: trainings of these runs; none are kept where none are stacked.
        most: trainings in a stack; 1 where there are none.
        methods: that it compares, as far as they fit the data.
    """

    cell: Cell
    runs: tuple[str, ...] = ()
    largest: int = 0
    smallest: int = 0
    reason: str = ""
    stages: tuple[StageTask, ...] = ()
    most: int = 1
    methods: tuple[str, ...] = ()


def outline(cells: Sequence[Cell], options: Sequence[Options]) -> tuple[Outline, ...]:
    """Draw the splits of every cell; nothing is written, and torch is not loaded.

    Args:
        cells: of one data set.
        options: of each of them, checked.

    Raises:
        CounterpoiseError: the data cannot be read, or what is asked without an axis is refused.
        ArgumentError: no cell can be made, with the reason of each.
    """
    first = options[0]
    dataset = load(
        first.dataset,
        data_root=first.data_root,
        size=first.size,
        resize=first.resize,
        skip_corrupt=first.skip_corrupt,
        ignore=cells[0].out,
        table=first.table,
    )
    made = tuple(_outline(*each, dataset) for each in zip(cells, options, strict=True))
    if all(one.reason for one in made):
        lines = (f"{point_name(one.cell.point)}: {one.reason}" for one in made)
        raise ArgumentError("\n".join(lines))
    return made


def _outline(cell: Cell, options: Options, dataset: LabelledSet) -> Outline:
    try:
        asked = suited(options, dataset, display("silent"), fetch=False)
        options, recipes = asked.options, asked.recipes
        splits = draw_splits(options, dataset, recipes)
        grid = Grid(
            kind=dataset.kind,
            input_shape=dataset.input_shape,
            data=digest([dataset.checksum, options.model or "", options.frozen, options.fine_tune]),
            splits=splits,
            seeds={s.name: int(s.name.partition("-")[2]) for s in splits["profile"]},
            device=options.device,
            threads=THREADS,
            dtype=str(dataset.inputs.dtype),
            select=options.select,
            cost=options.cost,
            devices=options.devices,
        )
        if options.cost is not None:
            options.cost.require_minority([split.counts.values for split in splits["profile"]])
        work = plan(recipes, grid)
    except (ArgumentError, DataError, RecipeError) as error:
        if not cell.point:  # a comparison alone says what it refuses as the run does
            raise
        return Outline(cell, reason=str(error))
    counts = splits["profile"][0].counts.values
    most = most_here(options)
    return Outline(
        cell,
        tuple(run.identity for run in work.runs),
        max(counts),
        min(counts),
        stages=work.stages if most > 1 else (),
        most=most,
        methods=tuple(recipe.name for recipe in recipes),
    )


def most_here(options: Options) -> int:
    """Trainings in a stack on this machine; 1 where there are none."""
    if options.stack == "off":
        return 1
    device = resolve_device("auto") if options.device == "auto" else options.device
    return most_of(options.stack, device, options.engine, options.devices)


def stack_lines(found: Sequence[Outline]) -> Iterable[str]:
    """How many trainings of all cells are stacked, and why the others are not; a training once.

    Nothing is said where there are none because nobody asked.
    """
    most = max((one.most for one in found), default=1)
    if most > 1:
        distinct = {s.id: s for one in found if one.most > 1 for s in one.stages}
        yield from stacks(list(distinct.values()), most).lines(most)


def lines(found: Sequence[Outline]) -> Iterable[str]:
    """What there is to do, for people."""
    ready = [one for one in found if not one.reason]
    total = sum(len(one.runs) for one in ready)
    distinct = len({identity for one in ready for identity in one.runs})
    common = f", of which {total - distinct} are the same as others" if distinct < total else ""
    each = _seconds(one.cell.out / REPORT for one in ready)
    time = UNKNOWN if each is None else f"about {clock(each * distinct)} of one core"
    yield f"{_number(len(found), 'cell')}, {_number(total, 'run')}{common}; {time}"
    yield f"methods: {', '.join(dict.fromkeys(m for one in ready for m in one.methods))}"
    yield from stack_lines(ready)
    width = max(len(point_name(one.cell.point)) for one in found)
    for one in found:
        name = point_name(one.cell.point).ljust(width)
        if one.reason:
            yield f"  {name}  not run: {one.reason}"
            continue
        done = ", reported before" if (one.cell.out / REPORT).is_file() else ""
        yield (
            f"  {name}  {_number(len(one.runs), 'run')}, {one.largest} to {one.smallest} "
            f"training samples a class{done}"
        )


def reasons(found: Sequence[Outline]) -> Mapping[str, str]:
    """Name of each cell that cannot be made -> why."""
    return {point_name(one.cell.point): one.reason for one in found if one.reason}


def _seconds(reports: Iterable[Path]) -> float | None:
    known = [seconds for seconds in map(run_seconds, reports) if seconds is not None]
    return fmean(known) if known else None


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
