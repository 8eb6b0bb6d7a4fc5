"""How long the report takes that follows the trainings."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.data.splits.split import Split

REPORT_SECONDS = 2.5  # loading what draws it
METHOD_SECONDS = 0.2  # and more for each method
DRAWN_SECONDS = 4.0  # and for intervals of so many samples x classes x runs as below, or more
MOST_DRAWN = 1e6
SAFETY = 1.5  # for a budget, as the machine may be busy


def report_seconds(splits: Sequence[Split], classes: int, methods: int) -> float:
    """Seconds, from reports of many sizes on an idle machine."""
    samples = sum(len(split.test) for split in splits)
    drawn = min(1.0, samples * classes * methods / MOST_DRAWN)
    return REPORT_SECONDS + METHOD_SECONDS * methods + DRAWN_SECONDS * drawn
