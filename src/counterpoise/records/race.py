"""What a race and a budget leave, so that a restart goes on where they were."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class LeftPart(Part):
    """A method that left a race."""

    after: int = Field(description="splits that it had finished")
    leader: str | None = Field(
        description="the method with the best mean on validation then; null where the method that "
        "left had diverged"
    )
    difference: float | None = Field(
        description="mean over these splits on validation, method minus leader"
    )
    interval: Listed[float] | None = Field(
        description="90 % interval of `difference`, [low, high], or null"
    )


class RaceRecord(Record):
    """race.json: which methods left a race; written before anything is trained without them."""

    question: str = Field(description="digest of all runs asked for and of the metric")
    splits: int = Field(description="number of splits asked for")
    decided: int = Field(description="number of splits after the last decision")
    left: Mapping[str, LeftPart] = Field(description="method -> when and why it left")


class TimeRecord(Record):
    """time.json: what a comparison has used of its ``--budget``."""

    question: str = Field(description="digest of the methods and splits asked for")
    budget: float = Field(description="seconds, as given at the last start")
    used: float = Field(description="seconds, over all starts")
    ended: bool = Field(
        description="whether the budget stopped trainings, or kept some from starting"
    )
    enough: float | None = Field(
        default=None, description="estimated budget in seconds for all runs"
    )
