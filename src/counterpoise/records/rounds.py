"""rounds.json: how long to train, where nobody said it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class TriedRoundsPart(Part):
    """A training of the baseline."""

    rounds: int = Field(description="how many were tried")
    value: float | None = Field(description="the metric on validation, or null")


class FoundRoundsPart(Part):
    """How many rounds all methods train."""

    rounds: int = Field(description="rounds of each run")
    tried: Listed[TriedRoundsPart] = Field(
        description="trainings, each with twice the rounds of the one before; empty if there was "
        "no time"
    )
    gain: float | None = Field(description="gain of the metric by the last doubling, or null")
    interval: Listed[float] | None = Field(
        description="95 % interval of `gain`, [low, high], or null; doubling stops when it "
        "contains 0, at the largest number that is tried, or when more would take too long"
    )


class RoundsRecord(Record):
    """rounds.json: the rounds that were found on validation, so that a restart trains as many."""

    found: Mapping[str, FoundRoundsPart] = Field(
        description="digest of the baseline's training and of the metric -> what was found for it"
    )
