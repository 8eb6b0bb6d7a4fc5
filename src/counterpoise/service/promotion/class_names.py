"""Whether a candidate can take the running model's place, by the names of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoise.errors import ArgumentError, near

NAMED = 5  # classes in a sentence


@dataclass(frozen=True)
class Matched:
    """How the classes of two models go together.

    Args:
        new: classes that only the candidate has.
        is_same_order: whether those of both are in the same columns.
    """

    new: tuple[str, ...]
    is_same_order: bool

    @property
    def said(self) -> str:
        """It in a sentence."""
        if self.new:
            return (
                f"It has {'a class' if len(self.new) == 1 else 'classes'} that the running model "
                f"has not: {_some(self.new)}. The others are matched by name."
            )
        if not self.is_same_order:
            return (
                "Its classes are those of the running model in another order; they are matched by "
                "name."
            )
        return "Its classes are those of the running model."


def matched(running: Sequence[str], candidate: Sequence[str]) -> Matched:
    """Match classes by name.

    Raises:
        ArgumentError: the candidate lacks a class of the running model: rules of alerts, labels and
            totals of that class would end without a word.
    """
    missing = [name for name in running if name not in candidate]
    if missing:
        raise ArgumentError(
            f"a candidate has every class of the running model; this one lacks {_some(missing)}"
            f"{near(missing[0], candidate)} (train it with all classes, or serve it from a folder "
            "of its own)"
        )
    new = tuple(name for name in candidate if name not in running)
    return Matched(new, list(candidate[: len(running)]) == list(running))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown
