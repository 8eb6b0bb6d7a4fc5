"""An entry as comparisons: one for each cell of its grid, as far as it was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from counterpoise.data.size import STRETCH
from counterpoise.data.sources.about import NAMED
from counterpoise.data.sources.named import data_roots
from counterpoise.data.splits.validation import SHARE
from counterpoise.errors import ArgumentError, RecipeError, near
from counterpoise.experiments.option_tables import overrides
from counterpoise.recipes.check.search import search_from
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.settings import search_faults
from counterpoise.reproduce import OUT
from counterpoise.reproduce.library import Known, scaled
from counterpoise.reproduce.places import Number, Point, filled, with_places
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.grid import Axes, point_name, written

LEDGER = "runs.jsonl"  # of all entries in an output folder: what they have in common is run once
DEFAULT_SEEDS = 3


@dataclass(frozen=True)
class Asked:
    """How much of an entry is to be run.

    Args:
        grid: axis -> values of it; an axis that is not named is taken whole.
        seeds: repeats; fewer than in the paper are said.
        scale: of the rounds of each training.
        methods: of those that the entry has; all when empty.
        out: folder of all entries.
    """

    grid: Mapping[str, Sequence[Number]]
    seeds: int
    scale: float
    out: Path
    methods: tuple[str, ...] = ()
    jobs: int | None = None
    device: str = "auto"
    engine: str = "local"
    stack: str = "off"
    data_root: str | None = None


def chosen_methods(known: Known, asked: Asked) -> tuple[str, ...]:
    """The entry's methods, or those of them that were asked for.

    Raises:
        ArgumentError: one is not of the entry.
    """
    for name in asked.methods:
        if name not in known.entry.methods:
            raise ArgumentError(
                f"{known.name} has no method '{name}'{near(name, known.entry.methods)}"
            )
    return tuple(m for m in known.entry.methods if not asked.methods or m in asked.methods)


def chosen_points(known: Known, asked: Asked) -> tuple[Point, ...]:
    """The cells that were asked for.

    Raises:
        ArgumentError: an axis or a value that the paper does not have.
    """
    grid = known.entry.grid
    for axis, values in asked.grid.items():
        if axis not in grid:
            has = f"its axes are {', '.join(grid)}" if grid else "it has one cell and no axis"
            raise ArgumentError(f"{known.name} has no axis '{axis}'; {has}")
        for value in values:
            if value not in grid[axis]:
                listed = ", ".join(f"{one:g}" for one in grid[axis])
                raise ArgumentError(f"{known.name}: {axis} is one of {listed}; got {value:g}")
    return tuple(
        point
        for point in known.entry.points
        if all(point[axis] in values for axis, values in asked.grid.items())
    )


def command(known: Known, asked: Asked, grid: Axes) -> str:
    """To paste: what was asked, of these values of the grid, in the same folder."""
    words = ["counterpoise", "reproduce", known.name, "--seeds", str(asked.seeds)]
    if asked.scale != 1:
        words += ["--scale", f"{asked.scale:g}"]
    if asked.methods:
        words += ["--methods", ",".join(asked.methods)]
    for axis, values in grid.items():
        words += ["--grid", f"{axis}={','.join(map(written, values))}"]
    if asked.out != Path(OUT):
        words += ["--out", str(asked.out)]
    if asked.device != "auto":
        words += ["--device", asked.device]
    if asked.engine != "local":
        words += ["--engine", asked.engine]
    if asked.stack != "off":
        words += ["--stack", asked.stack]
    if asked.data_root is not None:
        words += ["--data-root", asked.data_root]
    return shlex.join(words)


def place(known: Known, asked: Asked) -> Path:
    """Folder of the entry: one for each length of training, since they answer other questions."""
    scaled = "" if asked.scale == 1 else f"-scale-{asked.scale:g}"
    return asked.out / f"{known.name}{scaled}"


def rounds(known: Known, asked: Asked) -> int:
    """Of each training, at the scale that was asked for."""
    return known.rounds_at(asked.scale)


def cells(known: Known, asked: Asked) -> tuple[Cell, ...]:
    """The comparisons, in the order of the grid; of what is calculated, its settings."""
    entry, methods = known.entry, chosen_methods(known, asked)
    others = entry.methods.keys() - set(methods)  # whose settings nothing would take
    crossed = not entry.crossed.keys().isdisjoint(methods)
    lengths = asked.scale != 1 and not entry.compute and _any_length(known, methods)
    made = []
    for point in chosen_points(known, asked):
        out = place(known, asked) / point_name(point)
        places = entry.places(point)
        settings = {
            key: found
            for key, value in entry.settings.items()
            if key.partition(".")[0] not in others and (found := filled(value, places)) != ""
        }
        if entry.compute:
            made.append(Cell(point, out, {**settings, **places}))
            continue
        options: dict[str, Any] = {
            "dataset": _dataset(with_places(entry.data, places), asked.data_root),
            "methods": methods,
            "profile": with_places(entry.profile, places),
            "seeds": asked.seeds,
            "rounds": rounds(known, asked),
            "settings": settings,
            "out": out,
            "jobs": asked.jobs,
            "device": asked.device,
            "engine": asked.engine,
            "stack": asked.stack,
            "data_root": asked.data_root,
            "ledger": asked.out / LEDGER,
        }
        if entry.validation != "profiled":
            options["validation"] = entry.validation
        if entry.validation_share != SHARE:
            options["validation_share"] = entry.validation_share
        if entry.model:
            options["model"] = with_places(entry.model, places)
        if entry.size:
            options["size"] = entry.size
        if entry.resize != STRETCH:
            options["resize"] = entry.resize
        if entry.fine_tune:
            options["fine_tune"] = True
        if crossed or lengths or entry.search:
            recipes = load_methods(
                methods,
                overrides(options),
                settings,
                crossed=entry.crossed,
                fine_tune=entry.fine_tune,
            )
            options["recipes"] = tuple(
                _searching(known, _shortened(recipe, asked.scale)) for recipe in recipes
            )
            options["settings"] = {}
        made.append(Cell(point, out, options))
    return tuple(made)


def _any_length(known: Known, methods: Sequence[str]) -> bool:
    """Whether a stage has rounds or updates of its own, which no number of rounds changes."""
    recipes = load_methods(methods, {}, {}, crossed=known.entry.crossed)
    return any(stage.is_absolute for recipe in recipes for stage in recipe.stages)


def _shortened(recipe: Recipe, scale: float) -> Recipe:
    """The recipe with lengths of its stages at `scale`, as its rounds are; each at least 1."""
    stages = []
    for stage in recipe.stages:
        own = {key: getattr(stage, key) for key in ("rounds", "updates")}
        shorter: dict[str, Any] = {k: scaled(n, scale) for k, n in own.items() if n is not None}
        stages.append(replace(stage, **shorter))
    return replace(recipe, stages=tuple(stages))


def trials(known: Known, asked: Asked) -> int:
    """Trainings of one method in one cell that only choose settings; 0 without a search."""
    search = search_from(known.entry.search, lambda text: None) if known.entry.search else None
    return 0 if search is None else len(search.points) * min(search.seeds, asked.seeds)


def _searching(known: Known, recipe: Recipe) -> Recipe:
    """The recipe with the search of the entry, unless it has one of its own.

    Raises:
        RecipeError: it has no such setting, or not of these values.
    """
    table = known.entry.search
    if not table or recipe.search is not None:
        return recipe
    found = replace(recipe, search=search_from(table, lambda text: None))  # checked as it was read
    faults = search_faults(found)
    if faults:
        raise RecipeError(faults)
    return found


def _dataset(data: str, data_root: str | None) -> str:
    """A named set, or the first folder of that name below the data roots."""
    if data in NAMED:
        return data
    places = (root / data for root in data_roots(data_root))
    return str(next((place for place in places if place.exists()), data))
