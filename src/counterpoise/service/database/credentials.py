"""What cameras ask for, as it was encrypted: nothing else reads this table."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.tables import Credential


def keep(connection: Connection, camera: int, secret: bytes | None, now: int, by: str) -> None:
    """Keep a camera's secret in place of the one before; None forgets it."""
    one_at_a_time(connection, "changes")
    done = connection.execute(delete(Credential).where(Credential.camera_id == camera))
    if secret is not None:
        connection.execute(insert(Credential).values(camera_id=camera, secret=secret))
        note(connection, now, by, "camera password set", str(camera))
    elif done.rowcount:
        note(connection, now, by, "camera password forgotten", str(camera))


def of(connection: Connection, camera: int | None) -> bytes | None:
    """A camera's secret, if it has one."""
    return connection.scalar(select(Credential.secret).where(Credential.camera_id == camera))


def every(connection: Connection) -> dict[int, bytes]:
    """The secrets of all cameras that have one."""
    query = select(Credential.camera_id, Credential.secret)
    return {row.camera_id: row.secret for row in connection.execute(query)}
