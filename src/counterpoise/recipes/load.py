"""TOML -> Recipe. Every fault of every recipe is collected and reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from counterpoise.errors import RecipeError, near
from counterpoise.models.catalog import about
from counterpoise.recipes.check.pieces import Table
from counterpoise.recipes.check.recipe import recipe_from
from counterpoise.recipes.check.search import choice_faults
from counterpoise.recipes.cross import cross
from counterpoise.recipes.fine_tune import fine_tuned
from counterpoise.recipes.merge import merge, merge_key
from counterpoise.recipes.published import published
from counterpoise.recipes.schema import Recipe, Train, Value
from counterpoise.recipes.settings import Spell, apply_setting, names_first, search_faults
from counterpoise.recipes.shipped import BY_COST, CLASSIC, SEEDS, method_names, method_table

DECAY = "optimizer.weight_decay"  # what every method chooses for itself on features


def expand(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Method names from what a user wrote: None, "a,b", a list, or "classic", "seeds", "all".

    A name that ends in ``.toml`` is a recipe of the user's own, and stays as it is.

    Raises:
        RecipeError: an unknown name (all of them at once, each with its near name), no such
            file, or a file that has the name of a shipped method.
    """
    if names is None:
        return CLASSIC
    asked = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    known = (*method_names(), *published())
    groups = {
        "classic": CLASSIC,
        "seeds": SEEDS,
        "all": tuple(
            n for n in method_names() if not (_is_control(n) or _is_costly(n) or n == BY_COST)
        ),
    }
    expanded: dict[str, None] = {}
    faults = []
    for name in asked:
        if name in groups:
            expanded.update(dict.fromkeys(groups[name]))
        elif name in known:
            expanded[name] = None
        elif name.endswith(".toml"):
            expanded[name] = None
            if not Path(name).is_file():
                faults.append(
                    f"no recipe {name} (give the path of a TOML file, or a method's name)"
                )
            elif Path(name).stem in known:
                faults.append(
                    f"{name} is named as the shipped method '{Path(name).stem}'; rename it"
                )
        else:
            faults.append(f"unknown method '{name}'{near(name, [*known, *groups])}")
    if faults:
        raise RecipeError(faults)
    if not expanded:
        raise RecipeError("no method was named; `counterpoise ls methods` lists them")
    return tuple(expanded)


def load_methods(
    names: Sequence[str],
    overrides: Mapping[str, Value],
    settings: Mapping[str, Value],
    spell: Spell = "--set {}".format,
    *,
    features: bool = False,
    fine_tune: bool = False,
    crossed: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[Recipe, ...]:
    """Recipes of methods, under common `overrides` and a user's settings.

    Args:
        names: method names, all known, or paths of recipes (see `expand`).
        overrides: tables that replace keys of base.toml, such as ``{"model": {"name": "mlp"}}``;
            a model that a method's file names stays.
        settings: ``{"model.weights": "DEFAULT", "oversampling.ratio": 10}``; the first word is a
            table of the recipe or the name of one method.
        spell: how the user writes the key of a setting, for messages.
        features: whether they train heads on cached features, for which features.toml stands
            over base.toml.
        fine_tune: whether they train the last half of a backbone, for which fine_tune.toml does.
        crossed: names that are no file's -> methods, what each changes put over those before it.

    Raises:
        RecipeError: every fault found in any of them.
    """
    faults: list[str] = []
    tables: dict[str, Table] = {}
    own: dict[str, str] = {}  # methods whose file says which model
    for name in names:
        method = Path(name).stem if name.endswith(".toml") else name
        if method in tables:
            faults.append(f"two recipes have the name '{method}'; rename one")
        parts = crossed.get(name)
        table = _resolve(name, faults) if parts is None else _crossed(name, parts, faults)
        model = table.get("model")
        if isinstance(model, dict) and "name" in model:
            own[method] = str(model["name"])
        if features:
            table = _on_features(method, table, settings)
        elif fine_tune and method not in own:
            table = fine_tuned(_base("fine_tune.toml"), table)
        tables[method] = merge(_base(), table)
    for method, table in tables.items():
        for key, value in overrides.items():
            if key != "model" or method not in own:
                merge_key(table, key, value)
    known = (*method_names(), *published())
    for key, value in names_first(settings):
        apply_setting(tables, key, value, known, faults, own, spell)
    made = [recipe_from(name, table, faults) for name, table in tables.items()]
    recipes = tuple(recipe for recipe in made if recipe is not None)
    for recipe in recipes:
        faults += search_faults(recipe)
        if recipe.name not in published():
            faults += [f"{recipe.name}: {fault}" for fault in choice_faults(recipe.search)]
    if faults:
        raise RecipeError(_merged(faults, list(tables)))
    return recipes


def _merged(faults: Sequence[str], names: Sequence[str]) -> list[str]:
    """Each fault once: what all methods share, such as a setting, is said for the first of them."""
    methods: dict[str, list[str]] = {}
    for fault in faults:
        name, colon, text = fault.partition(": ")
        known = bool(colon) and name in names
        methods.setdefault(text if known else fault, []).extend([name] if known else [])
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}: {text}"
        if (found := list(dict.fromkeys(own)))
        else text
        for text, own in methods.items()
    ]


def load_file(path: Path) -> Recipe:
    """A recipe from a TOML file, with at most one ``base`` (a shipped method).

    With features in its ``[data]`` table, features.toml stands over base.toml, unless the file
    leaves nothing open, as that of a run's folder does.

    Raises:
        RecipeError: the file is missing, not TOML, or has faults (all of them).
    """
    table = _read(path)
    faults: list[str] = []
    data, resolved = table.get("data"), _is_resolved(table)
    own = _with_base(table, path.stem, faults)
    if isinstance(data, dict) and data.get("fine_tune"):
        merged = own if resolved else merge(_base(), fine_tuned(_base("fine_tune.toml"), own))
    elif isinstance(data, dict) and data.get("features"):
        merged = own if resolved else merge(_base(), _on_features(path.stem, own, {}))
    else:
        merged = merge(_base(), own)
    name = str(table.get("name", path.stem))
    recipe = recipe_from(name, merged, faults)
    if recipe is not None:
        faults += search_faults(recipe)
        faults += choice_faults(recipe.search)
    if faults or recipe is None:
        raise RecipeError([f"{path.name}: {fault.removeprefix(f'{name}: ')}" for fault in faults])
    return recipe


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(f"cannot read recipe {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not TOML: {error}") from error


def _base(name: str = "base.toml") -> Table:
    text = (resources.files("counterpoise.recipes") / name).read_text("utf-8")
    return tomllib.loads(text)


def _is_resolved(table: Table) -> bool:
    """Whether a file states all that base.toml and features.toml would."""
    train = table.get("train")
    stated = {"model", "head", "optimizer", "schedule"} <= table.keys()
    return stated and isinstance(train, dict) and Train().as_dict().keys() <= train.keys()


def _on_features(method: str, table: Table, settings: Mapping[str, Value]) -> Table:
    """A method's tables over those of features.toml, whose search ends where a value is given."""
    found = merge(_base("features.toml"), table)
    model = found["model"]
    fitted = isinstance(model, dict) and about(str(model["name"])).fitted_by is not None
    given = not {DECAY, f"{method}.{DECAY}"}.isdisjoint(settings)
    if "search" not in table and (fitted or given):
        del found["search"]
    return found


def _is_control(name: str) -> bool:
    return bool(method_table(name).get("control"))


@cache
def _is_costly(name: str) -> bool:
    table = _resolve(name, [])
    return "search" in table or bool(table.get("costly"))


def _resolve(name: str, faults: list[str]) -> Table:
    if not name.endswith(".toml"):
        return _with_base(method_table(name), name, faults)
    path = Path(name)
    table = _with_base(_read(path), path.stem, faults)
    if "data" in table:
        faults.append(
            f"{path.stem}: [data] is for `counterpoise run`; in a comparison the command says the "
            "data (leave the table out)"
        )
    if "name" in table:
        faults.append(f"{path.stem}: a recipe in a comparison is named by its file; drop 'name'")
    return table


def _crossed(name: str, parts: Sequence[str], faults: list[str]) -> Table:
    tables = [_resolve(part, faults) for part in parts]
    made, plain = tables[0], _resolve("baseline", faults)
    try:
        for table in tables[1:]:
            made = cross(made, table, plain)
    except ValueError as error:
        faults.append(f"{name}: {' and '.join(parts)} cannot be crossed: {error}")
    return {**made, "title": ", ".join(str(table["title"]) for table in tables)}


def _with_base(table: Table, name: str, faults: list[str], depth: int = 0) -> Table:
    base = table.pop("base", None)
    if base is None:
        return table
    known = (*method_names(), *published())
    if not isinstance(base, str) or base not in known or depth > 8:
        faults.append(f"{name}: base '{base}' is not a method{near(str(base), known)}")
        return table
    parent = _with_base(method_table(base), base, faults, depth + 1)
    parent.pop("control", None)
    parent.pop("reference", None)
    parent.pop("differs", None)  # of the base alone, as its paper is
    return merge(parent, table)
