"""The command that was typed, once more with another option, as it is pasted into a shell."""

from __future__ import annotations

import shlex

from counterpoise.python_words import is_typed, python_argument
from counterpoise.records import ExperimentRecord

# what cannot stand beside an option, or says something else there
REPLACED = {
    "folds": ("folds", "seeds"),
    "frozen": ("frozen", "fine-tune", "scratch", "model", "rounds"),
    "fine-tune": ("frozen", "fine-tune", "scratch", "rounds"),
}
FLAGS = ("race", "no-race", "frozen", "fine-tune", "scratch", "ensemble", "skip-corrupt", "json")
OUTPUT = ("json",)  # how the answer is printed: no part of the question
ELSEWHERE = ("folds", "frozen", "fine-tune")  # other comparisons, in another folder


def option(experiment: ExperimentRecord, name: str, value: str | None = None) -> str:
    """As it is written where the comparison was asked for; a flag without a value."""
    if is_typed(experiment.command):
        return f"--{name}" if value is None else f"--{name} {value}"
    return python_argument(name, value)


def again(experiment: ExperimentRecord, name: str, value: str | None = None) -> str:
    """The whole command with the option, in backticks; of Python the option alone.

    An ``--out`` that holds this comparison gets a name of its own where the option asks for
    another one.
    """
    if not is_typed(experiment.command):
        return f"`{option(experiment, name, value)}`"
    out, kept = _less(shlex.split(experiment.command), {*REPLACED.get(name, ()), name, *OUTPUT})
    if out is not None:
        more = [name, *([] if value is None else [value])] if name in ELSEWHERE else []
        kept += ["--out", "-".join([out.rstrip("/"), *more])]
    return f"`{shlex.join(kept)} {option(experiment, name, value)}`"


def _less(words: list[str], names: set[str]) -> tuple[str | None, list[str]]:
    """What ``--out`` says, and the words without it and without these options."""
    out, kept = None, list[str]()
    left = iter(words)
    for word in left:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or (name != "out" and name not in names):
            kept.append(word)
            continue
        if not equals and name not in FLAGS:
            value = next(left, "")
        if name == "out":
            out = value
    return out, kept
