"""Errors that a user can act on: each says the rule, what arrived and what to do."""

import difflib
from collections.abc import Iterable, Sequence


class CounterpoiseError(Exception):
    """Base of every error that the user, not the library, has to fix."""


class ArgumentError(CounterpoiseError, ValueError):
    """A constructor or function argument, or a command-line option, breaks its rule."""


class DataError(CounterpoiseError, ValueError):
    """The data set is missing, damaged, or too small for what was asked."""


class RecipeError(CounterpoiseError, ValueError):
    """A recipe names something that does not exist, or combines what cannot be combined.

    All faults of a recipe are reported at once; `faults` holds them one by one.
    """

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...]]]:
        return type(self), (self.faults,)


class CheckpointError(CounterpoiseError, RuntimeError):
    """A checkpoint or saved predictor cannot be read, or belongs to something else."""


class NewerSchemaError(CheckpointError, DataError):
    """A file was written by a newer counterpoise, in a schema that this one does not know."""


class DeviceError(CounterpoiseError, RuntimeError):
    """The device that was asked for is not there."""


class OutputError(CounterpoiseError, OSError):
    """Results cannot be written: no permission, no space, or another experiment's folder."""


class DivergedError(CounterpoiseError, ArithmeticError):
    """The training loss stopped being finite."""


def near(name: str, known: Iterable[str]) -> str:
    """Suffix that suggests the closest known name, or lists the known ones.

    >>> near("oversampel", ["oversampling", "weighted"])
    "; did you mean 'oversampling'?"
    >>> near("focus", ["cus", "focal"])  # a first letter is seldom wrong
    "; did you mean 'focal'?"
    >>> near("xyz", ["b", "a"])
    '; known: a, b'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=10)
    likely = [one for one in close if one[:1].lower() == name[:1].lower()]
    if close:
        return f"; did you mean '{[*likely, *close][0]}'?"
    return f"; known: {', '.join(names)}"
