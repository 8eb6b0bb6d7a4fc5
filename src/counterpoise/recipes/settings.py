"""Settings of a recipe by name: the ``--set`` lines of the command line, and their Python form."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from counterpoise import registry
from counterpoise.errors import RecipeError, near
from counterpoise.models.catalog import about
from counterpoise.recipes.check.optimizers import OPTIMIZERS, SCHEDULES
from counterpoise.recipes.check.pieces import GIVEN, Table, listed
from counterpoise.recipes.check.recipe import recipe_from
from counterpoise.recipes.check.stage import DEFAULT_STAGE, STAGE_AXES
from counterpoise.recipes.merge import merge_key
from counterpoise.recipes.schema import Recipe, Value

Spell = Callable[[str], str]
SEVERAL = {"boosting", "ensemble"}  # tables that a method has or not
SECTIONS = ("model", "train", "optimizer", "schedule", "head")


def with_parameters(recipe: Recipe, parameters: Mapping[str, Value]) -> Recipe:
    """The recipe with other settings: those of its parts by name, or ``train.``, ``model.``, ...

    Args:
        recipe: stays as it is.
        parameters: ``{"ratio": 10, "optimizer.lr": 0.1}``; a name that several parts have is
            set in all of them.

    Raises:
        RecipeError: every parameter that no part has, and every value that does not fit.

    >>> from counterpoise.recipes.load import load_methods
    >>> (over,) = load_methods(["oversampling"], {}, {})
    >>> with_parameters(over, {"ratio": 10, "train.rounds": 5}).stages[0].sampler
    Component(name='RandomOver', parameters={'ratio': 10})
    """
    table = recipe.as_dict()
    known = sorted(_settable(table))
    faults = [
        f"{recipe.name} has no parameter '{key}'{near(key, known)}"
        for key, value in names_first(parameters)
        if not _set_parameter(table, key, value)
    ]
    changed = recipe_from(recipe.name, table, faults)
    if faults or changed is None:
        raise RecipeError(faults)
    return changed


def at_point(recipe: Recipe, point: Mapping[str, Value]) -> Recipe:
    """The recipe with the settings of one point of its search, and without the search."""
    return replace(with_parameters(recipe, point), search=None)


def search_faults(recipe: Recipe) -> list[str]:
    """What is wrong with the settings that a recipe's search tries, each fault once."""
    faults: dict[str, None] = {}
    for point in recipe.search.points if recipe.search is not None else ():
        try:
            with_parameters(recipe, point)
        except RecipeError as error:
            own = (fault.removeprefix(f"{recipe.name}: ") for fault in error.faults)
            faults.update(dict.fromkeys(f"{recipe.name}: search: {fault}" for fault in own))
    return list(faults)


def apply_setting(
    tables: dict[str, Table],
    key: str,
    value: Value,
    methods: Sequence[str],
    faults: list[str],
    own: Mapping[str, str] = MappingProxyType({}),
    spell: Spell = "--set {}".format,
) -> None:
    """Give a setting to the methods that it is meant for, in their tables, or add a fault.

    Args:
        tables: method -> its merged table.
        key, value: the setting.
        methods: every method there is.
        faults: where what is wrong with the setting is added.
        own: method -> its model, where it has one of its own: ``model.`` settings are meant for
            the others, unless this one has such an option too.
        spell: how the user writes a key, for messages.
    """
    head, _, rest = key.partition(".")
    if head in tables and rest:
        if rest in _searched(tables[head]):
            faults.append(
                f"{spell(key)}: '{head}' searches it (set it in a method without a search, or "
                "search other values in a recipe of your own)"
            )
        elif not _set_parameter(tables[head], rest, value):
            known = sorted(_settable(tables[head]))
            faults.append(f"{spell(key)}: '{head}' has no parameter '{rest}'{near(rest, known)}")
    elif head in SECTIONS and rest:
        searching = [name for name, table in tables.items() if key in _searched(table)]
        faults += [
            f"{spell(key)}: '{name}' searches it (leave one of them out)" for name in searching
        ]
        if head == "head":
            reached = [_set_head(table, rest, value) for table in tables.values()]
            if not any(reached):
                heads = dict.fromkeys(h for table in tables.values() for h in _head_names(table))
                faults.append(
                    f"{spell(key)}: no head here has '{rest}' ({', '.join(heads)})"
                    f"{near(rest, _head_options(heads))}"
                )
            return
        meant = [n for n in tables if _reaches(head, rest, value, tables[n], own.get(n))]
        if not meant and head != "model":
            meant = list(tables)  # whose checks say what no piece has, and the near name
        if not meant:
            models = sorted({f"{name} is {model}" for name, model in own.items()})
            faults.append(
                f"{spell(key)}: every method here has a model of its own, without '{rest}' "
                f"({', '.join(models)})"
            )
        for name in meant:
            merge_key(tables[name], head, {rest: value})
    elif head in methods:
        faults.append(f"{spell(key)}: method '{head}' is not among those compared ({len(tables)})")
    else:
        known = [*tables, *SECTIONS]
        faults.append(
            f"{spell(key)}: the key is METHOD.PARAMETER or one of model., train., optimizer., "
            f"schedule., head.; '{head}' is neither{near(head, known)}"
        )


def _reaches(section: str, option: str, value: Value, table: Table, model: str | None) -> bool:
    """Whether a setting of a section is meant for a method: its piece there has such an option.

    A `model` of the method's own has to have it; others may be named by the setting itself. Of a
    library's models each has weights of its own that are called DEFAULT.
    """
    if section == "model":
        if model is None:
            return True
        options = about(model).options
        return (option, value) == ("weights", "DEFAULT") if options is None else option in options
    piece = table.get(section)
    name = str(piece.get("name")) if isinstance(piece, dict) else ""
    known = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}.get(section, {}).get(name)
    return known is None or option == "name" or option in known


def plain(value: object) -> Value:
    """A setting as TOML would give it: no tuples, no paths, no numbers or arrays of numpy.

    Raises:
        TypeError: TOML has no such value.

    >>> plain((1, np.float64(0.5)))
    [1, 0.5]
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"text, a number, True or False, or a list or table of these; got {type(value).__name__}"
    )


def _searched(table: Table) -> set[str]:
    search = table.get("search")
    grids = listed(search.get("grids")) if isinstance(search, dict) else []
    values = [grid.get("values") for grid in grids if isinstance(grid, dict)]
    return {key for axes in values if isinstance(axes, dict) for key in axes}


def _components(table: Table) -> Iterable[tuple[str, dict[str, Value]]]:
    for stage in listed(table.get("stages")):
        if isinstance(stage, dict):
            full = {**DEFAULT_STAGE, **stage}
            for key, axis in (*STAGE_AXES.items(), ("resampler", "resamplers"), ("head", "heads")):
                component = full.get(key)
                if isinstance(component, dict):
                    stage[key] = component = dict(component)
                    yield axis, component
            offline = stage.get("offline")
            stored = offline.get("augment") if isinstance(offline, dict) else None
            for component in [*listed(stage.get("augment")), *listed(stored)]:
                if isinstance(component, dict):
                    yield "augment", component
    for component in listed(table.get("posthoc")):
        if isinstance(component, dict):
            yield "posthoc", component
    head = table.get("head")
    if isinstance(head, dict):
        yield "heads", head


def _settable(table: Table) -> set[str]:
    names = {"train", "optimizer", "schedule", "model"} | (SEVERAL & table.keys())
    for axis, component in _components(table):
        member = registry.members(axis).get(str(component.get("name")))
        names |= set(member.parameters) - GIVEN if member else set()
    return names


def names_first(settings: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """Settings in the order to apply them: one of ``optimizer.name`` drops the old one's options.

    >>> names_first({"optimizer.lr": 0.1, "optimizer.name": "Adam"})
    [('optimizer.name', 'Adam'), ('optimizer.lr', 0.1)]
    """
    return sorted(settings.items(), key=lambda setting: not setting[0].endswith(".name"))


def _set_head(table: Table, key: str, value: Value) -> bool:
    """Set an option of every head of a recipe that has it, or the recipe's head by its name."""
    own = table.get("head", {"name": "Linear"})
    if key == "name" or not isinstance(own, dict):
        merge_key(table, "head", {key: value})
        return True
    table["head"] = own = dict(own)  # which a stage without one of its own has
    found = False
    for axis, head in _components(table):
        if axis == "heads" and key in _head_options([str(head.get("name"))]):
            head[key] = value
            found = True
    return found


def _head_names(table: Table) -> list[str]:
    named: Table = {"head": {"name": "Linear"}, **table}
    return [str(head.get("name")) for axis, head in _components(named) if axis == "heads"]


def _head_options(names: Iterable[str]) -> list[str]:
    members = [registry.find("heads", name) for name in names]
    return sorted({key for m in members if m is not None for key in set(m.parameters) - GIVEN})


def _set_parameter(table: Table, key: str, value: Value) -> bool:
    section, _, rest = key.partition(".")
    sections = ("model", "train", "optimizer", "schedule")
    if rest and (section in sections or (section in SEVERAL and section in table)):
        merge_key(table, section, {rest: value})
        return True
    if rest and section == "head":
        return _set_head(table, rest, value)
    found = False
    for axis, component in _components(table):
        member = registry.members(axis).get(str(component.get("name")))
        if member and key in member.parameters and key not in GIVEN:
            component[key] = value
            found = True
    return found
