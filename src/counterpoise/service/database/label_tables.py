"""The tables of labels and of retrainings; see tables.py."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from counterpoise.service.database.tables import Number, Table


class LabelFrame(Table):
    """A frame that people are asked about or have labelled: a result whose picture is kept."""

    __tablename__ = "label_frames"

    result_id: Mapped[int] = mapped_column(
        ForeignKey("results.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), index=True)
    predicted: Mapped[str] = mapped_column(String(200))  # class of its result
    reason: Mapped[str] = mapped_column(String(20))  # of labelling/choosing.py, or "imported"
    why: Mapped[str] = mapped_column(Text)  # the same as a sentence, with its numbers
    is_random: Mapped[bool] = mapped_column()  # of the uniformly random tenth
    needed: Mapped[int] = mapped_column(Integer)  # people who have to agree on it
    rank: Mapped[float] = mapped_column(Float)  # the largest is asked about first
    queued: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))  # open, disputed or settled
    verdict: Mapped[str] = mapped_column(String(10))  # that is settled: class, none or bad; or ""
    label: Mapped[str] = mapped_column(String(200))  # the class that is settled, or ""
    settled: Mapped[int | None] = mapped_column(BigInteger)  # since when, whatever was said later
    num_labels: Mapped[int] = mapped_column(Integer)  # that people gave; a skip is none
    used: Mapped[int | None] = mapped_column(BigInteger)  # a training saw it first
    outline: Mapped[bytes | None] = mapped_column(LargeBinary)  # tells near-duplicates

    __table_args__ = (
        Index("label_frames_by_rank", "state", "rank"),
        Index("label_frames_by_class", "state", "predicted", "rank"),
        Index(
            "label_frames_by_label", "state", "verdict", "label", "is_random", "predicted", "used"
        ),
        Index(
            "label_frames_said_twice",
            "result_id",
            sqlite_where=text("num_labels > 1"),
            postgresql_where=text("num_labels > 1"),
        ),
    )


class Label(Table):
    """What a person says of a frame."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("label_frames.result_id", ondelete="CASCADE"))
    who: Mapped[str] = mapped_column(String(100))  # a name, kept when the user is gone
    verdict: Mapped[str] = mapped_column(String(10))  # class, none, bad or skipped
    label: Mapped[str] = mapped_column(String(200))  # the class, or ""
    at: Mapped[int] = mapped_column(BigInteger)
    is_final: Mapped[bool] = mapped_column()  # an admin's, which settles it

    __table_args__ = (
        Index("labels_by_frame", "result_id", "who", unique=True),
        Index("labels_by_person", "who", "at"),
        Index("labels_by_verdict", "who", "verdict"),
    )


class Retraining(Table):
    """A training with the labels, and what came of it."""

    __tablename__ = "retrainings"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    begun: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[int | None] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))  # running, done, failed or stopped
    method: Mapped[str] = mapped_column(String(100))
    num_labels: Mapped[int] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text)  # why it failed, or what it measured
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))  # that it made
