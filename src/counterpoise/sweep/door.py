"""The door of sweeps: a grid of comparisons, run, resumed and reported together."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from counterpoise.errors import ArgumentError, DataError, OutputError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.experiments.identity import digest
from counterpoise.experiments.option_rules import default_out
from counterpoise.experiments.option_words import Spell, in_python
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.metrics.names import metrics_of
from counterpoise.python_words import errors_as_asked, python_call, python_data, python_value
from counterpoise.records import SweepRecord
from counterpoise.sweep.carry_out import carry_out
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.grid import (
    Axes,
    checked,
    folder_name,
    merged,
    options_at,
    point_name,
    points,
)
from counterpoise.sweep.measured import measure
from counterpoise.sweep.outline import Outline, outline, reasons
from counterpoise.sweep.results import FILE, Sweep
from counterpoise.sweep.write import write

SHELF = "shared"  # folder of what cells have in common
FREE = {  # options that change no number of a run: cells made with others are reported together
    "budget", "command", "device", "engine", "folds", "image_memory", "jobs", "ledger", "methods",
    "model", "out", "profile", "progress", "race", "recipes", "rounds", "seeds", "settings",
    "shelf", "stack", "data_root",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A sweep whose options are checked.

    Args:
        axes: axis -> values.
        cells: the grid.
        options: of each cell.
        given: of all cells, as the caller gave them.
        seconds: to spend at most.
        out: folder of all of it.
    """

    axes: Axes
    cells: tuple[Cell, ...]
    options: tuple[Options, ...]
    given: Mapping[str, Any]
    seconds: float | None
    out: Path

    @property
    def question(self) -> str:
        """Digest of what all cells share, whatever the axes are.

        What is left at its default is left out, so that an option of a later version changes none.
        """
        shared = {
            key: str(value)
            for key, value in dict(self.options[0]).items()
            if key not in FREE and value != Options.model_fields[key].default
        }
        fixed = {key: str(self.given.get(key)) for key in ("model", "profile", "rounds", "folds")}
        settings = {
            key: str(value)
            for key, value in (self.given.get("settings") or {}).items()
            if key not in self.axes
        }
        free = {key: value for key, value in fixed.items() if key not in self.axes}
        return digest([shared, free, settings])


def compare(dataset: str | Path, over: Axes, **options: Unpack[CompareOptions]) -> Sweep:
    """Compare methods at every point of a grid; what is finished is not trained again.

    Args:
        dataset: as of `counterpoise.compare`.
        over: axis -> values, such as ``{"rho": (10, 100), "model": ("mlp", "lenet5")}``.
        options: of every comparison, as `counterpoise.compare` takes them; `out` is the folder of
            all, and a `budget` is divided among the cells.

    Raises:
        CounterpoiseError: anything that the user has to change, before training.

    Returns:
        The sweep; ``report.html`` and ``sweep.json`` lie in its folder.
    """
    command = options.get("command") or _command(dataset, over, options)
    with errors_as_asked(command):
        asked = ask(over, {"dataset": dataset, **options, "command": command})
        return conduct(asked, display(asked.options[0].progress, command).say)


def ask(
    over: Axes,
    options: Mapping[str, Any],
    spell: Spell = in_python,
    faults: Sequence[str] = (),
) -> Asked:
    """Check every comparison as `compare` would.

    Args:
        over: axis -> values.
        options: of every comparison.
        spell: how the caller writes an option, for messages.
        faults: what is wrong already.

    Raises:
        ArgumentError: every fault, with the first cell that has it.
    """
    axes = checked(over) if over else {}
    grid = points(axes)
    first = Options.of(
        options_at({**options, "out": options.get("out") or "."}, grid[0]), spell, faults
    )
    out = Path(options["out"]) if options.get("out") else _default_out(first, options, axes)
    given = {key: value for key, value in options.items() if key not in ("budget", "race")}
    if given.get("command") is None:
        rest = {key: value for key, value in options.items() if key != "dataset"}
        given["command"] = _command(options["dataset"], axes, rest)
    cells, made, found = list[Cell](), list[Options](), dict[str, str]()
    for point in grid:
        place = out / folder_name(point) if axes else out
        own = {**options_at(given, point), "out": place}
        own |= {"shelf": out / SHELF} if axes else {}
        try:
            made.append(Options.of(own, spell))
        except ArgumentError as error:
            for line in str(error).splitlines():
                found.setdefault(line, point_name(point))
            continue
        cells.append(Cell(point, place, own))
    if found:
        raise ArgumentError("\n".join(f"{cell}: {fault}" for fault, cell in found.items()))
    _require_folders(cells)
    return Asked(axes, tuple(cells), tuple(made), given, first.budget, out)


def conduct(asked: Asked, say: Callable[[str], None]) -> Sweep:
    """Run what is not finished, and write the report after each cell.

    Raises:
        CounterpoiseError: no cell can be made, or something that concerns all of them.
    """
    found = outline(asked.cells, asked.options)
    why = dict(reasons(found))
    for name, reason in why.items():
        say(f"{name}: not run: {reason}")
    with _alone(asked.out):
        before = _before(asked)
        begun = [one.cell for one in found if not one.reason]
        name = Path(asked.options[0].dataset).stem
        for cell, reason in carry_out(begun, name, say, asked.seconds, evenly=True):
            if reason:
                why[point_name(cell.point)] = reason
            else:
                why.pop(point_name(cell.point), None)
            made = _results(asked, before, why)
            write(made)
        made = _results(asked, before, why)
        write(made)
    if not made.finished and len(why) == len(asked.cells):
        raise ArgumentError("\n".join(f"{cell}: {reason}" for cell, reason in why.items()))
    return made


def planned(asked: Asked) -> tuple[Outline, ...]:
    """What there is to do; nothing is written.

    Raises:
        CounterpoiseError: as `outline`.
    """
    return outline(asked.cells, asked.options)


def _results(asked: Asked, before: SweepRecord | None, why: Mapping[str, str]) -> Sweep:
    """All that is finished in the folder, and what was asked for."""
    axes = merged(None if before is None else before.axes, asked.axes)
    first = asked.options[0]
    wanted = [point_name(cell.point) for cell in asked.cells]
    metrics = tuple(metrics_of(with_costs=first.cost is not None))
    cells = [
        replace(cell, reason=why.get(point_name(cell.point), "") if not cell.values else "")
        for point in points(axes)
        for cell in [measure(point, asked.out / folder_name(point), metrics)]
        if cell.values or point_name(point) in wanted
    ]
    own = [Path(m).stem if m.endswith(".toml") else m for m in first.methods]
    earlier = () if before is None else before.methods
    return Sweep(
        dataset=first.dataset,
        axes=axes,
        methods=tuple(dict.fromkeys([*own, *earlier])),
        metrics=metrics,
        select=first.select,
        command=first.command,
        question=asked.question,
        cells=tuple(cells),
        folder=asked.out,
    )


def _before(asked: Asked) -> SweepRecord | None:
    """The last sweep into the folder, if its cells go with those that are asked for now."""
    try:
        found = SweepRecord.read_if_there(asked.out / FILE)
    except DataError:  # made again
        return None
    return found if found is not None and found.question == asked.question else None


def _default_out(first: Options, options: Mapping[str, Any], axes: Axes) -> Path:
    named = {**dict(first), "profile": str(options.get("profile") or "none")}
    if not axes:
        return first.out if options.get("out") else default_out(named)
    folder = default_out(named)
    return folder.with_name(f"{folder.name}-sweep-{'-'.join(axes)}")


def _command(dataset: object, axes: Axes, options: Mapping[str, object]) -> str:
    asked = {name: value for name, value in options.items() if name not in ("command", "progress")}
    data, _ = python_data(dataset)
    return python_call("counterpoise.sweep.compare", [data, python_value(axes)], asked)


def _require_folders(cells: Sequence[Cell]) -> None:
    """Refuse values whose folders would be the same."""
    seen: dict[str, Cell] = {}
    for cell in cells:
        other = seen.setdefault(str(cell.out).lower(), cell)
        if other is not cell:
            raise ArgumentError(
                f"the cells {point_name(other.point)} and {point_name(cell.point)} would have the "
                "same folder (leave one of the values out)"
            )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One process at a time in a sweep's folder.

    Raises:
        OutputError: another one is at work there, or it cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = open(out / "lock", "w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror} (choose another --out)") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(f"another sweep is running in {out}; wait for it") from error
        yield
