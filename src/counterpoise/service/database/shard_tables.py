"""Which process fetches from which cameras: shards of them, and who holds each."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from counterpoise.service.database.tables import Table


class Holder(Table):
    """A process that may hold shards; its beat grows as long as it works."""

    __tablename__ = "holders"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # random: none is used twice
    name: Mapped[str] = mapped_column(String(200))  # host and process, for people
    role: Mapped[str] = mapped_column(String(20))  # all, web or worker
    since: Mapped[int] = mapped_column(BigInteger)
    beat: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)  # beat, by its own clock


class Shard(Table):
    """Cameras that one process fetches from. Its fence grows each time it is given to another."""

    __tablename__ = "shards"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    fence: Mapped[int] = mapped_column(BigInteger)
    holder_id: Mapped[str | None] = mapped_column(ForeignKey("holders.id"), index=True)
