"""Which models have analysed frames."""

from __future__ import annotations

from sqlalchemy import Connection, select

from counterpoise.service.database.tables import Camera, Model


def names(connection: Connection) -> dict[int, str]:
    """Number -> name of every model, the newest first."""
    rows = connection.execute(select(Model.id, Model.name).order_by(Model.since.desc()))
    return {int(number): str(name) for number, name in rows}


def zones(connection: Connection) -> list[str]:
    """Time zones that cameras are in."""
    return list(connection.scalars(select(Camera.timezone).distinct().order_by(Camera.timezone)))
