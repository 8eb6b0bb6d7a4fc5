"""The tables. A change here is a new file in `migrations/versions/`, which a test compares.

Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

import json

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
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only Integer by itself

# Columns of cameras whose values are offered as filters; the last one as "label".
CHOSEN = ("health", "kind", "industry", "source", "brand", "catalogue", "last_label")
AS_INDEX = {"sqlite_with_rowid": False}  # rows lie in the order of the primary key


class Table(DeclarativeBase):
    """What the tables have in common."""


class Camera(Table):
    """A device, whatever its kind."""

    __tablename__ = "cameras"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))  # of runtime/kinds.py
    url: Mapped[str] = mapped_column(Text)
    interval: Mapped[float] = mapped_column(Float)  # seconds between two frames
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    city: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(100), default="")
    country: Mapped[str] = mapped_column(String(100), default="")
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    source: Mapped[str] = mapped_column(String(200), default="")  # who runs it
    attribution: Mapped[str] = mapped_column(Text, default="")
    industry: Mapped[str] = mapped_column(String(100), default="")
    brand: Mapped[str] = mapped_column(String(100), default="")
    key: Mapped[str] = mapped_column(String(200), default="")  # of another system; "" or unique
    catalogue: Mapped[str] = mapped_column(String(100), default="")  # that it came with
    missing_since: Mapped[int | None] = mapped_column(BigInteger)  # not in its catalogue any more
    stores_pictures: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    health: Mapped[str] = mapped_column(String(20), default="new")
    reason: Mapped[str] = mapped_column(String(40), default="")  # why it is not live
    health_since: Mapped[int | None] = mapped_column(BigInteger)
    last_frame: Mapped[int | None] = mapped_column(BigInteger)  # that was analysed
    last_label: Mapped[str] = mapped_column(String(200), default="")
    last_picture: Mapped[str] = mapped_column(Text, default="")  # key in the store

    __table_args__ = (
        Index("cameras_by_place", "country", "state", "city"),
        Index("cameras_by_address", "url", "kind"),
        Index("cameras_by_name", "name"),
        Index("cameras_by_catalogue", "catalogue"),
        Index(
            "cameras_by_key",
            "key",
            unique=True,
            sqlite_where=text("key != ''"),
            postgresql_where=text("key != ''"),
        ),
        *(
            Index(
                f"cameras_choice_{column}",
                column,
                sqlite_where=text(f"{column} != ''"),
                postgresql_where=text(f"{column} != ''"),
            )
            for column in CHOSEN
        ),
    )


class LastNumber(Table):
    """The largest number that a row of a table was given in a file; see numbering.py."""

    __tablename__ = "last_numbers"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)  # of the table
    number: Mapped[int] = mapped_column(BigInteger)


class Credential(Table):
    """User name and password that a camera asks for, encrypted. No other query reads this table."""

    __tablename__ = "credentials"

    camera_id: Mapped[int] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[bytes] = mapped_column(LargeBinary)


class CatalogueRun(Table):
    """What a refresh of a catalogue did."""

    __tablename__ = "catalogue_runs"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    catalogue: Mapped[str] = mapped_column(String(100), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)  # marked inactive by this refresh
    refused: Mapped[int] = mapped_column(Integer)  # rows
    fault: Mapped[str] = mapped_column(Text)  # why nothing came; empty if something did
    detail: Mapped[str] = mapped_column(Text)  # the first refused rows, a line each


class HealthChange(Table):
    """A line of a camera's log."""

    __tablename__ = "health_changes"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text)


class Model(Table):
    """A model that has analysed frames, or a program of the operator's."""

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    classes: Mapped[str] = mapped_column(Text)  # JSON list of names
    since: Mapped[int] = mapped_column(BigInteger)

    @staticmethod
    def names(classes: str) -> list[str]:
        """The names of `classes`; none where SQL wrote something else."""
        try:
            found = json.loads(classes)
        except (ValueError, RecursionError):
            return []
        return [str(name) for name in found] if isinstance(found, list) else []


class Result(Table):
    """What a model says of one frame."""

    __tablename__ = "results"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"))
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    at: Mapped[int] = mapped_column(BigInteger)  # the frame's last byte arrived
    recorded: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(200))
    probability: Mapped[float | None] = mapped_column(Float)  # of the label; None for margins
    scores: Mapped[bytes | None] = mapped_column(LargeBinary)  # (K,) float32, little-endian
    picture: Mapped[str | None] = mapped_column(Text)  # key in the store; "" is no longer kept
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)  # bytes of the picture
    further: Mapped[str | None] = mapped_column(Text)  # JSON of what else a program says
    latitude: Mapped[float | None] = mapped_column(Float)  # where the device said it was
    longitude: Mapped[float | None] = mapped_column(Float)

    __table_args__ = (
        Index("results_by_camera", "camera_id", "at"),
        Index(
            "results_with_picture",
            "label",
            sqlite_where=text("picture > ''"),
            postgresql_where=text("picture > ''"),
        ),
    )


class Total(Table):
    """Results of a camera, model and class in a minute, hour or day; kept as results come."""

    __tablename__ = "totals"

    camera_id: Mapped[int] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    seconds: Mapped[int] = mapped_column(Integer, primary_key=True)  # 60, 3600 or 86400
    begin: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # seconds since 1970, UTC
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    probability: Mapped[float] = mapped_column(Float)  # sum

    __table_args__ = AS_INDEX


class OverallTotal(Table):
    """The same of all cameras together."""

    __tablename__ = "overall_totals"

    seconds: Mapped[int] = mapped_column(Integer, primary_key=True)
    begin: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    probability: Mapped[float] = mapped_column(Float)

    __table_args__ = AS_INDEX


class User(Table):
    """A person who may log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    password: Mapped[str] = mapped_column(Text)  # argon2 hash
    role: Mapped[str] = mapped_column(String(20))  # of access/roles.py
    created: Mapped[int] = mapped_column(BigInteger)


class Session(Table):
    """A person who is logged in."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the cookie
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    ends: Mapped[int] = mapped_column(BigInteger)


class Token(Table):
    """A key for programs, in place of a password."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the token
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    created: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int | None] = mapped_column(BigInteger)  # last, to the minute


class AuditEntry(Table):
    """Who changed what, and when; written in the transaction of the change."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    who: Mapped[str] = mapped_column(String(100))  # a name, kept when the user is gone
    what: Mapped[str] = mapped_column(String(100))
    detail: Mapped[str] = mapped_column(Text)


class Account(Table):
    """How many frames of a camera were fetched, were analysed, or were dropped for a reason."""

    __tablename__ = "account"

    camera_id: Mapped[int] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    what: Mapped[str] = mapped_column(String(40), primary_key=True)  # see account.py
    number: Mapped[int] = mapped_column(BigInteger)
