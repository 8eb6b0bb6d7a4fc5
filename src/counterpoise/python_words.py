"""Sentences that name options of the command line, as one reads them who asked in Python."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from counterpoise.errors import CounterpoiseError

ARGUMENTS = frozenset({  # of `counterpoise.compare`
    "label", "group", "drop", "categories", "methods", "profile", "model", "seeds", "folds",
    "rounds", "select", "cost", "tune", "budget", "race", "frozen", "fine_tune", "scratch",
    "ensemble", "out", "jobs", "device", "devices", "engine", "stack", "data_root", "settings",
    "validation", "validation_share", "skip_corrupt", "size", "resize", "image_memory", "ledger",
})  # fmt: skip
FLAGS = frozenset({"frozen", "fine_tune", "scratch", "ensemble", "race", "skip_corrupt"})
LISTS = frozenset({"drop", "categories", "methods"})
ELSE = {"a larger --size": ("size", "larger images")}  # where there is no such argument
NO_VALUES = frozenset({"out"})  # that may follow an option: "leave --label out"
PLAIN = re.compile(r"-?\d+(\.\d+)?|true|false")  # values of settings that are no text
WORD = r"(?:[^\s,;()]|,(?=\w))+"  # names joined by commas are one
WRITTEN = re.compile(  # an option in a sentence, with its value where it has one
    r"--([a-z][a-z-]+)(?: ('[^']*'|[A-Z]{4,}|[a-z_.]+=[^\s,;)]+|\d+|"
    rf"{WORD}(?=,(?!\w)|[;)]|$| (?:leaves|takes|or|has)\b| \()))?"
)


def is_typed(command: str) -> bool:
    """Whether it was asked for at a command line, not in Python.

    >>> is_typed("counterpoise compare digits"), is_typed("counterpoise.compare(df)")
    (True, False)
    """
    return command.partition(" ")[0] == "counterpoise"


def as_asked(text: str, command: str, known: Collection[str] = ARGUMENTS) -> str:
    """A sentence as whoever asked reads it: of Python, with arguments in place of options."""
    return text if is_typed(command) else said_in_python(text, known)


@contextmanager
def errors_as_asked(command: str = "", known: Collection[str] = ARGUMENTS) -> Iterator[None]:
    """Errors of what is done within, as whoever asked for it reads them."""
    try:
        yield
    except CounterpoiseError as error:
        error.args = tuple(
            as_asked(part, command, known) if isinstance(part, str) else part for part in error.args
        )
        raise


def said_in_python(text: str, known: Collection[str] = ARGUMENTS) -> str:
    """A sentence that names options of the command line, with keyword arguments in their place.

    Args:
        text: as the layers below say it.
        known: names of arguments; other options are left as they are.

    >>> print(said_in_python("column 'id' numbers the rows (--drop id)"))
    column 'id' numbers the rows (drop="id")
    >>> print(said_in_python("--drop 'age,days since' leaves out"))
    drop=["age", "days since"] leaves out
    >>> print(said_in_python("leave --label out; use --folds 5, or --frozen"))
    leave label= out; use folds=5, or frozen=True
    >>> print(said_in_python("a larger --size, or --set train.crop=8"))
    a larger size=, or settings={"train.crop": 8}
    """

    def written(found: re.Match[str]) -> str:
        name, value = found[1].replace("-", "_"), found[2] or ""
        if name == "set" and "=" in value and "settings" in known:
            key, _, given = value.partition("=")
            return f'settings={{"{key}": {_setting(given)}}}'
        if name not in known:
            return found[0]
        if name in FLAGS:
            return f"{name}=True{f' {value}' if value else ''}"
        if not value or value in NO_VALUES:
            return f"{name}={f' {value}' if value else ''}"
        return f"{name}={value}" if value.isdigit() else f"{name}={_text(name, value)}"

    for phrase, (name, instead) in ELSE.items():
        text = text if name in known else text.replace(phrase, instead)
    return WRITTEN.sub(written, text)


def _setting(given: str) -> str:
    if given == "...":
        return given
    return given.capitalize() if PLAIN.fullmatch(given) else python_value(given)


def _text(name: str, value: str) -> str:
    value = value.replace("'", "")
    names = [value]
    if name in LISTS:
        (names,) = csv.reader([value], skipinitialspace=True)
    several = len(names) > 1 or "," in names[0]  # which a text would divide
    return python_value(names) if several and name in LISTS else python_value(names[0])


def python_call(
    function: str, data: Sequence[str], options: Mapping[str, object], note: str = ""
) -> str:
    """A call as it is written in Python.

    Args:
        function: its name.
        data: the arguments without a name, as they are written.
        options: those with a name.
        note: what the arguments are, as a comment behind the call.

    >>> print(python_call("compare", ["df"], {"label": "churned", "folds": 5}, "df: DataFrame"))
    compare(df, label="churned", folds=5)  # df: DataFrame
    """
    named = [f"{name}={python_value(value)}" for name, value in options.items()]
    return f"{function}({', '.join([*data, *named])}){f'  # {note}' if note else ''}"


def python_value(value: object) -> str:
    """A value as it is written in Python; text in double quotes, arrays as lists.

    >>> print(python_value({"a": np.array([1.5, 2]), "b": ("x", None)}))
    {"a": [1.5, 2.0], "b": ("x", None)}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{python_value(k)}: {python_value(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(python_value, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(python_value, value))}{',' * (len(value) == 1)})"
    if hasattr(value, "__fspath__"):
        value = str(value)
    if not isinstance(value, str):
        return repr(value)
    plain = repr(value)
    inside = plain[1:-1].replace("\\'", "'").replace('"', '\\"')
    return plain if plain[0] == '"' else f'"{inside}"'


def python_data(data: object) -> tuple[str, str]:
    """Data as the first argument of a call is written, and what it is, for those without a path.

    >>> python_data("churn.csv"), python_data(([[1.0], [2.0]], [0, 1]))
    (('"churn.csv"', ''), ('(X, y)', 'X: list of 2, y: list of 2'))
    """
    if isinstance(data, str) or hasattr(data, "__fspath__"):
        return python_value(data), ""
    if isinstance(data, tuple) and len(data) == 2:
        return "(X, y)", f"X: {_kind(data[0])}, y: {_kind(data[1])}"
    if isinstance(data, Mapping) and data:
        parts = ", ".join(f'"{part}": {part}' for part in map(str, data))
        said = "; ".join(f"{part}: {_kind(held)}" for part, held in data.items())
        return f"{{{parts}}}", said
    name = "df" if hasattr(data, "columns") and hasattr(data, "dtypes") else "dataset"
    return name, f"{name}: {_kind(data)}"


def _kind(held: object) -> str:
    """What it is, and how much of it.

    >>> _kind(np.zeros((3, 2))), _kind([1, 2])
    ('ndarray (3, 2)', 'list of 2')
    """
    name = type(held).__name__
    shape = getattr(held, "shape", None)
    if isinstance(shape, tuple):
        return f"{name} {shape}"
    return f"{name} of {len(held)}" if hasattr(held, "__len__") else name
