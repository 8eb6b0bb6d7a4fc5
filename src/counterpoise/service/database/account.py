"""The account of frames: fetched = analysed + dropped + in flight, for each camera and in sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from counterpoise.service.database.tables import Account

FETCHED, ANALYSED = "fetched", "analysed"
DROPPED = "dropped: "  # and the reason
LOST = "the server was killed"  # in flight then


@dataclass(frozen=True)
class Balance:
    """What became of frames.

    Args:
        fetched: whose last byte arrived.
        analysed: that have a result.
        dropped: reason -> number.
    """

    fetched: int
    analysed: int
    dropped: Mapping[str, int]

    @property
    def in_flight(self) -> int:
        """Those that wait, or are being analysed; never below 0."""
        return self.fetched - self.analysed - sum(self.dropped.values())


def balance(connection: Connection, camera: int | None = None) -> Balance:
    """The account of one camera, or of all."""
    query = select(Account.what, func.sum(Account.number)).group_by(Account.what)
    if camera is not None:
        query = query.where(Account.camera_id == camera)
    found = {what: int(number) for what, number in connection.execute(query)}
    return Balance(
        fetched=found.get(FETCHED, 0),
        analysed=found.get(ANALYSED, 0),
        dropped={
            what.removeprefix(DROPPED): number
            for what, number in sorted(found.items())
            if what.startswith(DROPPED)
        },
    )
