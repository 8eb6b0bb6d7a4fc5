"""The tables of alerts; see tables.py."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from counterpoise.service.database.tables import Number, Table


class AlertRule(Table):
    """When an alert is raised, when it is cleared, and who is told."""

    __tablename__ = "alert_rules"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # of alerts.py
    search: Mapped[str] = mapped_column(Text)  # JSON of a Search
    label: Mapped[str] = mapped_column(String(200))
    probability: Mapped[float] = mapped_column(Float)  # at least
    raise_at: Mapped[float] = mapped_column(Float)
    clear_at: Mapped[float] = mapped_column(Float)
    window: Mapped[int] = mapped_column(Integer)  # seconds
    hold: Mapped[float] = mapped_column(Float)  # seconds until it is raised
    quiet: Mapped[float] = mapped_column(Float)  # seconds until it is cleared
    url: Mapped[str] = mapped_column(Text)  # of the webhook; "" for none
    secret: Mapped[str] = mapped_column(String(100))  # that signs what is sent
    is_active: Mapped[bool] = mapped_column()
    created: Mapped[int] = mapped_column(BigInteger)


class AlertChange(Table):
    """An alert was raised or cleared. The last line of a rule and camera says how it is."""

    __tablename__ = "alert_changes"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("alert_rules.id", ondelete="CASCADE"))
    camera_id: Mapped[int | None] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[int] = mapped_column(BigInteger)
    is_raised: Mapped[bool] = mapped_column()
    value: Mapped[float] = mapped_column(Float)
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("alert_changes_by_rule", "rule_id", "camera_id", "id"),)


class Delivery(Table):
    """What a webhook is to be told, and what became of it."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    rule_id: Mapped[int] = mapped_column(
        ForeignKey("alert_rules.id", ondelete="CASCADE"), index=True
    )
    what: Mapped[str] = mapped_column(String(20))  # raised, cleared or test
    created: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Integer)
    next: Mapped[int | None] = mapped_column(BigInteger, index=True)  # try; None when it is over
    last: Mapped[int | None] = mapped_column(BigInteger)  # try
    status: Mapped[int | None] = mapped_column(Integer)  # of HTTP
    outcome: Mapped[str] = mapped_column(Text)
