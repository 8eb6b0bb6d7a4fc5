"""The rule of each option that is more than a type: functions that pydantic calls."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from pydantic import ValidationInfo

from counterpoise.data.nearby import nearby
from counterpoise.data.size import STRETCH, shortest, sides
from counterpoise.data.sources.about import NAMED
from counterpoise.data.splits.profile_text import parse as parse_profile
from counterpoise.data.splits.validation import SHARE
from counterpoise.data.tables.column_list import column_list
from counterpoise.data.tables.without_label import without_label
from counterpoise.errors import ArgumentError, CounterpoiseError, RecipeError
from counterpoise.experiments.cost import decision_faults, with_decision
from counterpoise.experiments.option_tables import overrides, recipe_settings
from counterpoise.experiments.option_words import Spell, in_python, parse_duration
from counterpoise.models import catalog
from counterpoise.recipes.load import expand, load_methods
from counterpoise.recipes.schema import Value
from counterpoise.recipes.settings import plain
from counterpoise.records import ClaimRecord

FORMATS = (".npz", ".csv", ".parquet")
WAYS = ("frozen", "fine_tune", "scratch")  # to train networks, of which one is asked for
SMALLEST = 8  # pixels


def dataset(value: object) -> str:
    """A name or a path that is there."""
    if not isinstance(value, str | os.PathLike):
        shape = getattr(value, "shape", None)
        what = type(value).__name__ + (f" of shape {tuple(shape)}" if shape is not None else "")
        raise ArgumentError(
            "data are a named set, a folder of class folders, a .npz, .csv or .parquet file, a "
            "DataFrame with label=..., a pair (X, y), or a data set of torchvision or Hugging "
            f"Face; got {what} (write arrays with numpy.savez(path, x_train=X, y_train=y), or fit "
            "a CounterpoiseClassifier)"
        )
    name = os.fsdecode(value)
    path = Path(name).expanduser()
    if name not in NAMED:
        if not path.exists():
            raise ArgumentError(f"no data set named '{name}' and no such path{nearby(name, NAMED)}")
        if path.is_file() and path.suffix.lower() not in FORMATS:
            raise ArgumentError(
                f"'{name}' is neither a folder of class folders nor {' or '.join(FORMATS)}"
            )
    return name


def of_table(value: str | None, info: ValidationInfo) -> str | None:
    """What only a table has, where its label is named."""
    if value and info.data.get("label") is None:
        own, label = written(str(info.field_name), info), written("label", info)
        raise ArgumentError(without_label(own, label, str(info.data.get("dataset", "")), value))
    return value


def columns(value: object, info: ValidationInfo) -> object:
    """Names of columns, as a list or joined by commas."""
    names = [] if value is None else column_list(value) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        own = written(str(info.field_name), info)
        raise ArgumentError(f"{own} is a list of columns, or names joined by commas; got {value!r}")
    if names:
        of_table(str(names[0]), info)
    return tuple(dict.fromkeys(name.strip() for name in names))


def methods(value: object, info: ValidationInfo) -> object:
    """Groups of names as single names; of recipes that are given, their names.

    Where mistakes cost something, the decision by these costs is compared with the baseline.
    """
    recipes = info.data.get("recipes")
    if recipes is not None:
        return tuple(recipe.name for recipe in recipes)
    if value is None or isinstance(value, str):
        return with_decision(expand(value), info.data.get("cost"))
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return with_decision(expand(value), info.data.get("cost"))
    raise ArgumentError(
        f"{written('methods', info)} is a list of names, or names joined by commas; got {value!r}"
    )


def profile(value: object) -> object:
    """A profile that can be read."""
    if isinstance(value, str):
        parse_profile(value)
    return value


def model(value: object) -> object:
    """A model that there is, and takes images as they are."""
    if isinstance(value, str) and value.startswith(catalog.LAST_HALF):
        raise ArgumentError(
            f"{value} takes what the first half makes of images; give the model's own name, and "
            "--fine-tune"
        )
    return catalog.check(value) if isinstance(value, str) else value


def whole(value: object) -> object:
    """A whole number of any type, numpy's included."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        return value
    return int(value)


def folds(value: object, info: ValidationInfo) -> object:
    """Folds where there are no seeds."""
    if value is not None and info.data.get("seeds") is not None:
        seeds, own = written("seeds", info), written("folds", info)
        raise ArgumentError(f"{seeds} and {own} exclude each other; give one of them")
    return value


def alone(value: bool, info: ValidationInfo) -> bool:
    """One way to train networks: the whole, half of one, or a head."""
    other = next((way for way in WAYS if info.data.get(way)), None)
    if value and other is not None:
        first, own = written(other, info), written(str(info.field_name), info)
        raise ArgumentError(f"{first} and {own} exclude each other; give one of them")
    return value


def duration(value: object, info: ValidationInfo) -> object:
    """A text as seconds."""
    return parse_duration(value, written("budget", info)) if isinstance(value, str) else value


def path_text(value: object) -> object:
    """A path as text."""
    return os.fsdecode(value) if isinstance(value, os.PathLike) else value


def size(value: object, info: ValidationInfo) -> object:
    """A size in its shortest form."""
    if value is None:
        return None
    given: Any = value  # `sides` says what it is not
    sides(given, least=SMALLEST, name=written("size", info))
    return shortest(given)


def ledger(value: object, info: ValidationInfo) -> object:
    """A file of finished runs, or one that can be made."""
    if not isinstance(value, str | os.PathLike):
        return value
    from counterpoise.experiments.ledger import read

    try:
        read(Path(value), written("ledger", info))
    except CounterpoiseError as error:  # not all of them are the ValueError that pydantic collects
        raise ArgumentError(str(error)) from None
    return Path(value)


def out(value: object, info: ValidationInfo) -> object:
    """A folder that can be written in; by default one that is named after the question."""
    if value is None:
        named_after = {"dataset", "profile", "validation", "validation_share", "size", "resize"}
        if not named_after <= info.data.keys():
            return Path()  # what it would be named after has faults
        folder = default_out(info.data)
        named = info.data.get("model") is not None
        whole = named and not any(info.data.get(way) for way in WAYS[:2])
        return folder.with_name(f"{folder.name}-networks") if whole and _frozen(folder) else folder
    if not isinstance(value, str | os.PathLike):
        return value
    folder, name = Path(value), written("out", info)
    path = folder.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    if not path.is_dir():
        raise ArgumentError(f"{name} {folder}: {path} is a file, not a folder")
    if not os.access(path, os.W_OK | os.X_OK):
        raise ArgumentError(f"{name} {folder}: no permission to write in {path}")
    return folder


def settings(value: object, info: ValidationInfo) -> object:
    """Settings that the methods have, of values that these take.

    The faults of recipes are found here too: a recipe is right or wrong with its settings.
    """
    given = {} if value is None else value
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"{written('settings', info)} is a mapping such as {{'oversampling.ratio': 10}}; got "
            f"{type(given).__name__}"
        )
    faults: list[str] = []
    found: dict[str, Value] = {}
    for key, setting in given.items():
        try:
            found[str(key)] = plain(setting)
        except TypeError as error:
            faults.append(f"{written(f'settings.{key}', info)} is {error}")
    methods = info.data.get("methods")
    if info.data.get("recipes") is None and {"methods", "cost"} <= info.data.keys():
        faults += decision_faults(methods or (), info.data["cost"], found, _spelling(info))
    if methods is not None and info.data.get("recipes") is None:
        asked = {**info.data, "settings": found}
        try:
            load_methods(
                methods,
                overrides(asked),
                recipe_settings(asked),
                lambda key: written(f"settings.{key}", info),
                features=asked.get("frozen") is True,
                fine_tune=asked.get("fine_tune") is True,
            )
        except RecipeError as error:
            faults += error.faults
    if faults:
        raise ArgumentError("\n".join(faults))
    return found


def command(value: object, info: ValidationInfo) -> object:
    """What was run; by default a call from Python."""
    return f"counterpoise.compare({info.data.get('dataset')!r})" if value is None else value


def default_out(asked: Mapping[str, Any]) -> Path:
    """A folder named after the question, so that the same question resumes.

    >>> asked = {"dataset": "digits", "profile": "step:rho=20,mu=0.5", "size": 16}
    >>> str(default_out(asked | {"validation": "profiled"}))
    'counterpoise-out/digits-step-rho-20-mu-0.5-size-16'
    """
    parts = [Path(asked["dataset"]).stem or "data"]
    if asked["profile"] != "none":
        parts.append(asked["profile"])
    if asked.get("folds") is not None:
        parts.append(f"folds-{asked['folds']}")
    if asked["validation"] != "profiled":
        parts.append(f"validation-{asked['validation']}")
    if asked.get("validation_share", SHARE) != SHARE:
        parts.append(f"share-{asked['validation_share']:g}")
    if asked["size"] is not None:
        parts.append(f"size-{asked['size']}")
    if asked.get("resize", STRETCH) != STRETCH:
        parts.append(asked["resize"])
    if asked.get("frozen"):
        parts.append("frozen")
    if asked.get("fine_tune"):
        parts.append("fine-tune")
    if asked.get("scratch") and asked["dataset"] not in NAMED:
        parts.append("scratch")  # the folder without the word holds features, by default
    return folder_of(*parts)


def folder_of(*parts: str) -> Path:
    """The folder of results whose name is made of these words.

    >>> str(folder_of("my churn", "evaluated"))
    'counterpoise-out/my-churn-evaluated'
    """
    return Path("counterpoise-out") / re.sub(r"[^\w.+]+", "-", "-".join(parts)).strip("-")


def _frozen(folder: Path) -> bool:
    """Whether a folder holds heads on features, which trainings of whole networks cannot join."""
    try:
        claim = ClaimRecord.read_if_there(folder / "claim.json")
    except CounterpoiseError:  # damaged; claiming it says so
        return False
    return claim is not None and claim.frozen


def written(option: str, info: ValidationInfo) -> str:
    """An option as its caller writes it."""
    return _spelling(info)(option)


def _spelling(info: ValidationInfo) -> Spell:
    spell: Spell = info.context or in_python
    return spell
