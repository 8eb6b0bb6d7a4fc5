"""How long a run of a finished comparison took, for those who plan the next one."""

from __future__ import annotations

from pathlib import Path

from counterpoise.errors import DataError
from counterpoise.records import ReportRecord


def run_seconds(path: Path) -> float | None:
    """Of one run, by the report of a comparison; None where it does not say."""
    try:
        methods = ReportRecord.read(path).methods
    except DataError:
        return None
    seconds = [method.seconds for method in methods if method.seconds is not None]
    return sum(seconds) / len(seconds) if seconds else None
