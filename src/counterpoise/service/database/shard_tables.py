"""Which process fetches from which cameras: shards of them, and who holds each."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Integer, String, Text
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


class Moving(Table):
    """A camera whose kind was edited, and the shard that it had, until it is drained of that."""

    __tablename__ = "moving_cameras"

    camera_id: Mapped[int] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    shard: Mapped[int] = mapped_column(Integer)


class ProcessReport(Table):
    """What a process said of itself last. It outlives its holder, so that a death is seen."""

    __tablename__ = "process_reports"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # of the holder
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)  # report, by its own clock
    ended: Mapped[int | None] = mapped_column(BigInteger)  # heard of last, if it was found dead
    shards: Mapped[str] = mapped_column(Text)  # numbers of those it held then, with commas
    fetched: Mapped[int] = mapped_column(BigInteger)  # frames since it began, as of the next two
    analysed: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[float] = mapped_column(Float)  # frames a second, of its last minute
    busy: Mapped[float] = mapped_column(Float)  # share of that minute
    possible: Mapped[float | None] = mapped_column(Float)  # frames a second; None: nothing came
    waiting: Mapped[int] = mapped_column(Integer)  # frames
    waiting_bytes: Mapped[int] = mapped_column(BigInteger)
    waiting_most: Mapped[int] = mapped_column(BigInteger)  # bytes
    unwritten: Mapped[int] = mapped_column(Integer)  # results
    model: Mapped[str] = mapped_column(String(200))  # its name
    fault: Mapped[str] = mapped_column(Text)  # why results or pictures are not stored
