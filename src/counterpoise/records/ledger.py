"""A line of a ledger, runs.jsonl."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.run import RunRecord, Values


class LedgerRecord(RunRecord):
    """A line of a ledger (runs.jsonl): a finished run with its numbers instead of its scores."""

    REMEDY: ClassVar[str] = "delete the line"

    identity: str = Field(description="digest of everything that determines the numbers")
    values: Values = Field(description="test: metric -> value")
    validation_values: Values = Field(description="validation: likewise")
    environment: EnvironmentRecord = Field(description="versions and machine")
