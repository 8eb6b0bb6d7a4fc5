"""The tables of models that may take the place of the one that runs; see tables.py."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from counterpoise.service.database.tables import Number, Table


class Candidate(Table):
    """A model that an admin may try beside the running one, and what became of that."""

    __tablename__ = "candidates"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), unique=True)
    added: Mapped[int] = mapped_column(BigInteger)
    added_by: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(Text)  # the folder, or the retraining, that it came from
    state: Mapped[str] = mapped_column(String(20))  # of candidates.py
    fault: Mapped[str] = mapped_column(Text)  # why it is broken; empty if it is not
    by_rule: Mapped[bool] = mapped_column()  # whether it is promoted as soon as the rule holds
    since: Mapped[int | None] = mapped_column(BigInteger)  # it sees the frames of the running one
    seen: Mapped[int] = mapped_column(BigInteger)  # frames
    skipped: Mapped[int] = mapped_column(BigInteger)  # frames, for its share of the processor
    failed: Mapped[int] = mapped_column(BigInteger)  # frames that it could not read
    seconds: Mapped[float] = mapped_column(Float)  # of a processor, for those seen
    milliseconds: Mapped[float | None] = mapped_column(Float)  # a sample, when it was added
    running_milliseconds: Mapped[float | None] = mapped_column(Float)  # the running one's, then


class ModelChoice(Table):
    """Which model runs from a moment on; the last line holds now."""

    __tablename__ = "model_choices"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    started_id: Mapped[int] = mapped_column(ForeignKey("models.id"))  # that the server is given


class ShadowPair(Table):
    """How often a candidate said one class where the running model said another, or the same."""

    __tablename__ = "shadow_pairs"

    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True)
    against_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)  # the running model's
    shadow_label: Mapped[str] = mapped_column(String(200), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    probability: Mapped[float] = mapped_column(Float)  # sum
    shadow_probability: Mapped[float] = mapped_column(Float)  # sum
    camera_id: Mapped[int] = mapped_column(BigInteger)  # of the newest frame of this pair
    at: Mapped[int] = mapped_column(BigInteger)


class Examined(Table):
    """What a model says of a labelled frame that another model, or nobody, asked it before."""

    __tablename__ = "examined"

    result_id: Mapped[int] = mapped_column(
        ForeignKey("results.id", ondelete="CASCADE"), primary_key=True
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True)
    label: Mapped[str | None] = mapped_column(String(200))  # None: its picture cannot be read
    probability: Mapped[float | None] = mapped_column(Float)
    scores: Mapped[bytes | None] = mapped_column(LargeBinary)  # as of a result

    __table_args__ = (Index("examined_by_model", "model_id"),)
