"""A batch is halved without losing a thing, and errors are told apart."""

import sqlite3

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StatementError,
)

from counterpoise.service.database.account import ANALYSED, DROPPED, FETCHED
from counterpoise.service.database.batch import Analysed, Batch, Changed
from counterpoise.service.database.isolating import (
    REFUSED,
    halves,
    in_place,
    is_of_a_row,
    lost,
    said,
)


def result(camera: int, at: int) -> Analysed:
    return Analysed(camera, 1, at, "a", 0.5, None, None, 1, 1, 1)


def whole() -> Batch:
    made = Batch()
    made.results = [result(1, 1), result(2, 2), result(1, 3)]
    made.account.update({(1, FETCHED): 5, (1, ANALYSED): 2, (2, ANALYSED): 1, (1, DROPPED): 3})
    made.changes = [Changed(1, 4, "live", "", ""), Changed(2, 5, "offline", "dns", "x")]
    return made


def pieces(batch: Batch) -> list[Batch]:
    two = halves(batch)
    return [batch] if two is None else [piece for half in two for piece in pieces(half)]


def test_halves_of_halves_are_the_batch_in_order() -> None:
    found = pieces(whole())
    again = Batch()
    for piece in found:
        assert len(piece.results) + len(piece.changes) <= 1
        again.account.update(piece.account)
        again.results += piece.results
        again.changes += piece.changes
    assert again == whole()
    assert len(found) == 2 + 3 + 2
    assert all(ANALYSED not in str(piece.account) for piece in found[:2]), "fetched comes first"


def test_what_stands_in_place_of_a_thing() -> None:
    counted, _, first, *_, last = pieces(whole())
    assert not in_place(counted)
    assert in_place(first) == Batch({(1, DROPPED + REFUSED): 1})
    assert in_place(last).changes == [Changed(2, 5, "offline", "dns", "")]
    assert [lost(one, ValueError("no")) for one in (counted, first, last)] == [
        f"{{(1, '{FETCHED}'): 5}} of the account: no",
        "a result of camera 1: no",
        "the detail of a change of camera 2: no",
    ]


PASSES = [
    (OperationalError, sqlite3.OperationalError("database is locked")),
    (OperationalError, sqlite3.OperationalError("database or disk is full")),
    (DatabaseError, sqlite3.DatabaseError("database disk image is malformed")),
]
STAYS = [
    (IntegrityError, sqlite3.IntegrityError("NOT NULL constraint failed: totals.probability")),
    (DataError, sqlite3.DataError("string or blob too big")),
    (ProgrammingError, sqlite3.ProgrammingError("type 'object' is not supported")),
    (StatementError, ValueError("a value that its column refuses")),
]


@pytest.mark.parametrize(("kind", "error"), PASSES + STAYS)
def test_errors_of_the_database_pass_and_those_of_a_row_stay(kind, error) -> None:
    given = ("INSERT", {}, error) if kind is not StatementError else ("bind", "INSERT", {}, error)
    wrapped = kind(*given)
    assert is_of_a_row(wrapped) == ((kind, error) in STAYS)
    assert said(wrapped) == str(error)
