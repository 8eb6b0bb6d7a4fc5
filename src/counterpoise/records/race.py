"""What a race and a budget leave, so that a restart goes on where they were."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class LeftPart(Part):
    """A method that left a race."""

    after: int = Field(description="number of splits that it had finished")
    leader: str | None = Field(
        description="the method with the best mean on validation then; null where the method that "
        "left had diverged"
    )
    difference: float | None = Field(
        description="of the mean on validation over these splits, method minus leader, or null"
    )
    interval: Listed[float] | None = Field(
        description="90 % interval of `difference`, low and high, or null"
    )


class RaceRecord(Record):
    """race.json: which methods left a race; written before anything is trained without them."""

    question: str = Field(description="digest of all runs that are asked for, and of the metric")
    splits: int = Field(description="number of splits that are asked for")
    decided: int = Field(description="number of splits after which was decided last")
    left: Mapping[str, LeftPart] = Field(description="method -> when and why it left")


class TimeRecord(Record):
    """time.json: what a comparison has used of its ``--budget``."""

    question: str = Field(description="digest of methods and splits that are asked for")
    budget: float = Field(description="seconds, of the last start")
    used: float = Field(description="seconds of all starts together")
    ended: bool = Field(
        description="whether the budget ended trainings, or kept some from beginning"
    )
    enough: float | None = Field(
        default=None, description="seconds of a budget for all runs, as estimated"
    )
