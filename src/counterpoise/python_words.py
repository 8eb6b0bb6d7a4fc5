"""Sentences that name options of the command line, as one reads them who asked in Python."""

from __future__ import annotations

import ast
import csv
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from counterpoise.errors import CounterpoiseError

ARGUMENTS = frozenset({  # of `counterpoise.compare`
    "label", "group", "drop", "categories", "methods", "profile", "model", "seeds", "folds",
    "rounds", "select", "cost", "tune", "budget", "race", "frozen", "fine_tune", "scratch",
    "ensemble", "out", "jobs", "device", "devices", "engine", "stack", "data_root", "settings",
    "validation", "validation_share", "skip_corrupt", "size", "resize", "image_memory", "ledger",
})  # fmt: skip
FLAGS = frozenset({"frozen", "fine_tune", "scratch", "ensemble", "race", "skip_corrupt"})
LISTS = frozenset({"drop", "categories", "methods"})
ELSE = {  # where there is no such argument
    "a larger --size": ("size", "larger images"),
    "choose another --out": ("out", "choose another folder"),
    "fix or delete it, or pass --skip-corrupt": ("skip_corrupt", "fix it, or leave it out"),
}
NUMBERS = frozenset({  # that take a number; "4" given to the others is a text
    "seeds", "folds", "rounds", "tune", "budget", "jobs", "devices", "stack", "validation_share",
    "size", "image_memory",
})  # fmt: skip
STANDS_FOR = frozenset({"...", "N"})  # the value that the reader chooses
NO_VALUES = frozenset({"out"})  # that may follow an option: "leave --label out"
WORD = r"(?:[^\s,;()]|,(?=\w))+"  # names joined by commas are one
DIGITS = r"\.?\d(?:[\w+-]|[.,:](?=\w))*"  # 5, .5, 1e-3, 30m, 64x64; no stop at the end
LISTED = r"\[(?:[^][]|\[[^][]*\])*\]"  # [1, 2] and [[1, 2], [3]]
GIVEN = rf"""[\w.-]+=(?:{LISTED}|"[^"]*"|\.{{3}}|(?:[^]\s,;()`.["]|\.(?=[\w/]))+)"""  # KEY=VALUE
WRITTEN = re.compile(  # an option in a sentence, with its value where it has one
    rf"--([a-z][a-z-]+)(?: ('[^']*'|[A-Z]{{4,}}|{GIVEN}|{DIGITS}|"
    rf"{WORD}(?=,(?!\w)|[;)]|$| (?:leaves|takes|or|has|is)\b| \()))?"
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
            key, _, given = value.strip("'").partition("=")
            return f'settings={{"{key}": {_setting(given)}}}'
        if name.removeprefix("no_") in FLAGS.intersection(known):
            return f"{python_argument(name)}{f' {value}' if value else ''}"
        if name not in known:
            return found[0]
        if not value or value in NO_VALUES:
            return f"{name}={f' {value}' if value else ''}"
        return python_argument(name, value)

    for phrase, (name, instead) in ELSE.items():
        text = text if name in known else text.replace(phrase, instead)
    return WRITTEN.sub(written, text)


def python_argument(option: str, value: str | None = None) -> str:
    """An option of the command line as the keyword argument of the same meaning.

    Args:
        option: its name, without the two hyphens.
        value: as it is typed; None for a flag.

    >>> python_argument("budget", "30m"), python_argument("seeds", "5")
    ('budget="30m"', 'seeds=5')
    >>> python_argument("label", "5"), python_argument("fine-tune"), python_argument("no-race")
    ('label="5"', 'fine_tune=True', 'race=False')
    """
    name = option.replace("-", "_")
    if value is None:
        return f"{name.removeprefix('no_')}={not name.startswith('no_')}"
    return f"{name}={_written(name, value)}"


def _written(name: str, value: str) -> str:
    if name in NUMBERS and _is_number(value):
        return value
    value = value.replace("'", "")
    if name not in LISTS:
        return python_value(value)
    (names,) = csv.reader([value], skipinitialspace=True)
    several = "," in "".join(names) or len(names) > 1  # which a text would divide
    return python_value(names if several else "".join(names))


def _is_number(text: str) -> bool:
    """Whether Python reads the text as a number."""
    try:
        read = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return False
    return isinstance(read, int | float) and not isinstance(read, bool)


def _setting(given: str) -> str:
    """The value of a setting, which the command line reads as TOML."""
    value = parse_value(given)
    is_number = isinstance(value, int | float) and _is_number(given)
    return given if given in STANDS_FOR or is_number else python_value(value)


def parse_value(text: str) -> Any:
    """What ``--set KEY=TEXT`` gives: a TOML value, or the text itself where it is none.

    >>> parse_value("10"), parse_value("true"), parse_value("[1, 2]"), parse_value("lenet5")
    (10, True, [1, 2], 'lenet5')
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


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

    >>> import numpy as np
    >>> print(python_value({"a": np.array([1.5, 2]), "b": ("x", None)}))
    {"a": [1.5, 2.0], "b": ("x", None)}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{python_value(k)}: {python_value(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(python_value, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(python_value, value))}{',' * (len(value) == 1)})"
    if hasattr(value, "__fspath__"):
        value = str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if not isinstance(value, str):
        return _literal(value)
    plain = repr(value)
    inside = plain[1:-1].replace("\\'", "'").replace('"', '\\"')
    return plain if plain[0] == '"' else f'"{inside}"'


def _literal(value: object) -> str:
    """How it shows itself where that is Python, as it is of numbers and None; else three dots."""
    shown = repr(value)
    try:
        ast.parse(shown, mode="eval")
    except SyntaxError:
        return "..."
    return shown


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

    >>> _kind([1, 2]), _kind(3)
    ('list of 2', 'int')
    """
    name = type(held).__name__
    shape = getattr(held, "shape", None)
    if isinstance(shape, tuple):
        return f"{name} {shape}"
    try:
        return f"{name} of {len(held)}"  # type: ignore[arg-type]
    except TypeError:  # it has no length, or of a stream of samples none is known
        return name
