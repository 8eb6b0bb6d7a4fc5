"""Finds the row of a batch that can never be written, and what is written in its place.

An error that says something of the database (locked, its disk is full) passes, and its batch is
tried again; one that says something of a row does not, and would hold up every row behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, StatementError

from counterpoise.service.database.account import ANALYSED, DROPPED
from counterpoise.service.database.batch import Batch

REFUSED = "the database refuses its result"  # why a frame is dropped
# A constraint, a value that is too large, a type that the driver does not know, and what Python
# raises on the way there: a text with surrogates, a number of more than 64 bits.
_OF_A_ROW = (
    IntegrityError, DataError, ProgrammingError, ValueError, TypeError, ArithmeticError,
)  # fmt: skip


def is_of_a_row(error: Exception) -> bool:
    """Whether an error is a row's, and comes again however often the row is written.

    >>> is_of_a_row(OverflowError()), is_of_a_row(OSError())
    (True, False)
    """
    is_wrapped = type(error) is StatementError and isinstance(error.orig, _OF_A_ROW)
    return is_wrapped or isinstance(error, _OF_A_ROW)


def halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """A batch as two, in order; None where it holds one thing.

    What was fetched comes first, so that nobody reads an account whose frames are analysed before
    they are fetched.
    """
    units = _units(batch)
    middle = len(units) // 2
    return (_joined(units[:middle]), _joined(units[middle:])) if middle else None


def in_place(unit: Batch) -> Batch:
    """What is written where one thing of a batch is refused.

    A frame is dropped instead of analysed, and a change of health loses the detail. A count that
    is refused has nothing in its place.
    """
    dropped = Counter((result.camera, DROPPED + REFUSED) for result in unit.results)
    return Batch(dropped, [], [replace(change, detail="") for change in unit.changes])


def lost(unit: Batch, error: Exception) -> str:
    """What is missing where one thing of a batch is refused, for the log."""
    for result in unit.results:
        return f"a result of camera {result.camera}: {said(error)}"
    for change in unit.changes:
        return f"the detail of a change of camera {change.camera}: {said(error)}"
    return f"{dict(unit.account)} of the account: {said(error)}"


def said(error: Exception) -> str:
    """An error without its statement and its values."""
    return str(error.orig if isinstance(error, StatementError) else error)


def _units(batch: Batch) -> list[Batch]:
    analysed = Counter((result.camera, ANALYSED) for result in batch.results)
    others = batch.account - analysed
    units = [Batch(Counter({key: number})) for key, number in others.items()]
    units += [Batch(Counter({(one.camera, ANALYSED): 1}), [one]) for one in batch.results]
    return units + [Batch(changes=[change]) for change in batch.changes]


def _joined(units: Sequence[Batch]) -> Batch:
    whole = Batch()
    for unit in units:
        whole.account.update(unit.account)
        whole.results += unit.results
        whole.changes += unit.changes
    return whole
