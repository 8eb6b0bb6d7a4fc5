"""What an analysis program may say of a frame, held to its rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterpoise.errors import ArgumentError, near

Value = str | float | bool | None

LABEL = 200  # characters of a label, a class or a text
NAME = 50  # characters of the name of a value
VALUES = 20
CLASSES = 1000
LARGEST = 1e38  # of a score, which is stored in 32 bits


@dataclass(frozen=True)
class Answer:
    """What a program said: see `frame.Seen`."""

    label: str
    probability: float | None
    scores: bytes
    values: dict[str, Value]


def require_classes(given: object) -> tuple[str, ...]:
    """The classes that a program declares; none when it declares none.

    Raises:
        ArgumentError: no list of names that differ.
    """
    if given is None:
        return ()
    if not isinstance(given, list) or not all(_is_text(name) and name for name in given):
        raise ArgumentError(
            f"classes of a program are a tuple of names of 1 to {LABEL} characters; got "
            f"{_short(given)}"
        )
    if len(set(given)) != len(given) or len(given) > CLASSES:
        raise ArgumentError(f"classes of a program differ, and are {CLASSES} at most")
    return tuple(given)


def require_answer(given: object, classes: Sequence[str]) -> Answer:
    """What `analyse` returned, as a result.

    Raises:
        ArgumentError: it breaks a rule, and which.
    """
    if not isinstance(given, dict):
        raise ArgumentError(f"analyse returns a dict; got {_short(given)}")
    found = dict(given)
    label = found.pop("label", None)
    if not _is_text(label) or not label:
        raise ArgumentError(f"'label' is a text of 1 to {LABEL} characters; got {_short(label)}")
    if classes and label not in classes:
        raise ArgumentError(
            f"label {_short(label)} is not among the classes of the program{near(label, classes)}"
        )
    probability = found.pop("probability", None)
    if probability is not None and not (_is_number(probability) and 0 <= probability <= 1):
        raise ArgumentError(f"'probability' is a number from 0 to 1; got {_short(probability)}")
    return Answer(
        label=label,
        probability=None if probability is None else float(probability),
        scores=_scores(found.pop("scores", None), classes),
        values=_values(found),
    )


def _scores(given: object, classes: Sequence[str]) -> bytes:
    """In the order of the classes; a class that is left out has 0."""
    if given is None:
        return b""
    if not isinstance(given, dict):
        raise ArgumentError(f"'scores' is a dict, class -> number; got {_short(given)}")
    if not classes:
        raise ArgumentError("'scores' needs the classes: classes = (...) in the program")
    for name, score in given.items():
        if name not in classes:
            raise ArgumentError(
                f"'scores' has {_short(name)}, which is not among the classes{near(name, classes)}"
            )
        if not _is_number(score):
            raise ArgumentError(f"'scores' of {_short(name)} is a number; got {_short(score)}")
        if abs(score) > LARGEST:
            raise ArgumentError(
                f"'scores' of {_short(name)} is at most {LARGEST:g}; got {_short(score)}"
            )
    return np.array([given.get(name, 0.0) for name in classes], "<f4").tobytes()


def _values(given: dict[str, object]) -> dict[str, Value]:
    if len(given) > VALUES:
        raise ArgumentError(f"at most {VALUES} further values; got {len(given)}")
    found: dict[str, Value] = {}
    for name, value in given.items():
        if not name or len(name) > NAME or not name.isprintable():
            raise ArgumentError(f"a value has a name of 1 to {NAME} characters; got {_short(name)}")
        if isinstance(value, bool) or value is None or _is_text(value) or _is_number(value):
            found[name] = value  # type: ignore[assignment]
        else:
            raise ArgumentError(
                f"value '{name}' is a finite number, a bool, None or a text of at most {LABEL} "
                f"characters; got {_short(value)}"
            )
    return found


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LABEL and value.isprintable()


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
