"""TOML -> Recipe. Every fault of every recipe is collected and reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from counterpoise.errors import RecipeError, near
from counterpoise.recipes import catalog
from counterpoise.recipes.check import DEFAULT_STAGE, GIVEN, STAGE_AXES, Table, listed, recipe_from
from counterpoise.recipes.schema import Recipe, Value

CLASSIC = (
    "baseline", "weighted", "oversampling", "undersampling", "two-phase-over", "two-phase-under",
    "thresholding", "oversampling+thresholding", "undersampling+thresholding",
)  # fmt: skip
SEEDS = (
    *CLASSIC, "cnusvm", "cnsvm", "cscnn", "iwce", "wce", "le", "cot", "focal",
)  # fmt: skip  # of the five papers that this library began with, and what they compare with


def method_names() -> tuple[str, ...]:
    """Names of the shipped methods, the classic ones first, controls last."""
    folder = resources.files("counterpoise.recipes") / "methods"
    found = {p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")}
    controls = {name for name in found if _method_table(name).get("control")}
    rest = sorted(found - set(CLASSIC) - controls)
    return (*(n for n in CLASSIC if n in found), *rest, *sorted(controls))


def method_text(name: str) -> str:
    """The TOML file of a shipped method, header comment included."""
    return (resources.files("counterpoise.recipes") / "methods" / f"{name}.toml").read_text("utf-8")


def expand(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Method names from what a user wrote: None, "a,b", a list, or "classic", "seeds", "all".

    Raises:
        RecipeError: an unknown name (all of them at once, each with its near name).
    """
    if names is None:
        return CLASSIC
    asked = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    known = method_names()
    groups = {
        "classic": CLASSIC,
        "seeds": SEEDS,
        "all": tuple(n for n in known if not _is_control(n)),
    }
    expanded: dict[str, None] = {}
    faults = []
    for name in asked:
        if name in groups:
            expanded.update(dict.fromkeys(groups[name]))
        elif name in known:
            expanded[name] = None
        else:
            faults.append(f"unknown method '{name}'{near(name, [*known, *groups])}")
    if faults:
        raise RecipeError(faults)
    if not expanded:
        raise RecipeError("no method was named; `counterpoise ls methods` lists them")
    return tuple(expanded)


def load_methods(
    names: Sequence[str], overrides: Mapping[str, Value], settings: Mapping[str, str]
) -> tuple[Recipe, ...]:
    """Recipes of shipped methods, under common `overrides` and a user's ``--set`` lines.

    Args:
        names: method names, all known (see `expand`).
        overrides: tables that replace keys of base.toml, such as ``{"model": {"name": "mlp"}}``.
        settings: ``{"model.weights": "DEFAULT", "oversampling.ratio": "10"}``; the first word is
            a table of the recipe or the name of one method.

    Raises:
        RecipeError: every fault found in any of them.
    """
    faults: list[str] = []
    tables = {name: _merge(_base(), _resolve(name, faults)) for name in names}
    for table in tables.values():
        for key, value in overrides.items():
            _merge_key(table, key, value)
    for key, text in settings.items():
        _apply_setting(tables, key, text, faults)
    recipes = [recipe_from(name, table, faults) for name, table in tables.items()]
    if faults:
        raise RecipeError(_merged(faults, names))
    return tuple(recipe for recipe in recipes if recipe is not None)


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

    Raises:
        RecipeError: the file is missing, not TOML, or has faults (all of them).
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(f"cannot read recipe {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not TOML: {error}") from error
    faults: list[str] = []
    merged = _merge(_base(), _with_base(table, path.stem, faults))
    name = str(table.get("name", path.stem))
    recipe = recipe_from(name, merged, faults)
    if faults or recipe is None:
        raise RecipeError([f"{path.name}: {fault.removeprefix(f'{name}: ')}" for fault in faults])
    return recipe


def with_parameters(recipe: Recipe, parameters: Mapping[str, Value]) -> Recipe:
    """The recipe with other settings: those of its parts by name, or ``train.``, ``model.``, ...

    Args:
        recipe: stays as it is.
        parameters: ``{"ratio": 10, "optimizer.lr": 0.1}``; a name that several parts have is
            set in all of them.

    Raises:
        RecipeError: every parameter that no part has, and every value that does not fit.

    >>> (over,) = load_methods(["oversampling"], {}, {})
    >>> with_parameters(over, {"ratio": 10, "train.rounds": 5}).stages[0].sampler
    Component(name='RandomOver', parameters={'ratio': 10})
    """
    table = recipe.as_dict()
    known = sorted(_settable(table))
    faults = [
        f"{recipe.name} has no parameter '{key}'{near(key, known)}"
        for key, value in parameters.items()
        if not _set_parameter(table, key, value)
    ]
    changed = recipe_from(recipe.name, table, faults)
    if faults or changed is None:
        raise RecipeError(faults)
    return changed


def _base() -> Table:
    text = (resources.files("counterpoise.recipes") / "base.toml").read_text("utf-8")
    return tomllib.loads(text)


def _method_table(name: str) -> Table:
    return tomllib.loads(method_text(name))


def _is_control(name: str) -> bool:
    return bool(_method_table(name).get("control"))


def _resolve(name: str, faults: list[str]) -> Table:
    return _with_base(_method_table(name), name, faults)


def _with_base(table: Table, name: str, faults: list[str], depth: int = 0) -> Table:
    base = table.pop("base", None)
    if base is None:
        return table
    if not isinstance(base, str) or base not in method_names() or depth > 8:
        faults.append(f"{name}: base '{base}' is not a method{near(str(base), method_names())}")
        return table
    parent = _with_base(_method_table(base), base, faults, depth + 1)
    parent.pop("control", None)
    return _merge(parent, table)


def _merge(under: Table, over: Mapping[str, Value]) -> Table:
    """`over` wins; stages merge by position, tables by key, a component of another name whole."""
    merged = dict(under)
    for key, value in over.items():
        _merge_key(merged, key, value)
    return merged


def _merge_key(table: Table, key: str, value: Value) -> None:
    old = table.get(key)
    if key == "stages" and isinstance(old, list) and isinstance(value, list):
        stages: list[Value] = []
        for i in range(max(len(old), len(value))):
            low = old[i] if i < len(old) else {}
            high = value[i] if i < len(value) else {}
            assert isinstance(low, dict)
            assert isinstance(high, dict)
            stages.append(_merge(low, high))
        table[key] = stages
    elif isinstance(old, dict) and isinstance(value, dict):
        replaced = "name" in value and value["name"] != old.get("name")
        table[key] = dict(value) if replaced else _merge(old, value)
    else:
        table[key] = value


def _apply_setting(tables: dict[str, Table], key: str, text: str, faults: list[str]) -> None:
    value = parse_value(text)
    head, _, rest = key.partition(".")
    if head in tables and rest:
        if not _set_parameter(tables[head], rest, value):
            known = sorted(_settable(tables[head]))
            faults.append(f"--set {key}: '{head}' has no parameter '{rest}'{near(rest, known)}")
    elif head in ("model", "train", "optimizer", "schedule", "head") and rest:
        for table in tables.values():
            section = table.setdefault(head, {})
            assert isinstance(section, dict)
            _merge_key(table, head, {rest: value})
    elif head in method_names():
        faults.append(f"--set {key}: method '{head}' is not among those compared ({len(tables)})")
    else:
        known = [*tables, "model", "train", "optimizer", "schedule", "head"]
        faults.append(
            f"--set {key}: the key is METHOD.PARAMETER or one of model., train., optimizer., "
            f"schedule., head.; '{head}' is neither{near(head, known)}"
        )


def parse_value(text: str) -> Value:
    """A TOML value, or the text itself when it is not one: 10, 0.5, true, [1, 2], lenet5."""
    try:
        return tomllib.loads(f"value = {text}")["value"]  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError:
        return text


def _components(table: Table) -> Iterable[tuple[str, dict[str, Value]]]:
    for stage in listed(table.get("stages")):
        if isinstance(stage, dict):
            full = {**DEFAULT_STAGE, **stage}
            for key, axis in STAGE_AXES.items():
                component = full.get(key)
                if isinstance(component, dict):
                    stage[key] = component = dict(component)
                    yield axis, component
            for component in listed(stage.get("augment")):
                if isinstance(component, dict):
                    yield "augment", component
    for component in listed(table.get("posthoc")):
        if isinstance(component, dict):
            yield "posthoc", component
    head = table.get("head")
    if isinstance(head, dict):
        yield "heads", head


def _settable(table: Table) -> set[str]:
    names = {"train", "optimizer", "schedule", "model"}
    for axis, component in _components(table):
        member = catalog.members(axis).get(str(component.get("name")))
        names |= set(member.parameters) - GIVEN if member else set()
    return names


def _set_parameter(table: Table, key: str, value: Value) -> bool:
    section, _, rest = key.partition(".")
    if section in ("model", "train", "optimizer", "schedule") and rest:
        _merge_key(table, section, {rest: value})
        return True
    found = False
    for axis, component in _components(table):
        member = catalog.members(axis).get(str(component.get("name")))
        if member and key in member.parameters and key not in GIVEN:
            component[key] = value
            found = True
    return found
