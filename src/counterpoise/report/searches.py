"""What searches of settings tried and chose, in words and as tables."""

from __future__ import annotations

from counterpoise.metrics import METRICS
from counterpoise.records import GridPart, PointPart, SearchPart
from counterpoise.records.record import Settings
from counterpoise.report.number_format import duration, plain


def sentence(search: SearchPart) -> str:
    """What was chosen, by what, among how many."""
    tied = f"; {search.ties} more had the same value, the first was taken" if search.ties else ""
    cost = f"{search.trials} trainings ({duration(search.seconds)}, which the others did not have)"
    return (
        f"chosen by validation {METRICS[search.select]} of {search.split} ({plain(search.value)}) "
        f"among {cost}: {in_words(search.chosen)}{tied}; the best of many, so that value is high"
    )


def is_table(grid: GridPart) -> bool:
    """Whether two settings span it; otherwise it is drawn along its first setting."""
    return grid.combine == "product" and len(grid.values) == 2


def table_rows(grid: GridPart) -> list[tuple[object, list[PointPart]]]:
    """Of a table: each value of the second setting, with its points along the first."""
    second = list(grid.values)[1]
    return [
        (value, [p for p in grid.points if p.settings[second] == value])
        for value in grid.values[second]
    ]


def in_words(settings: Settings) -> str:
    """Settings as people read them.

    >>> in_words({"tau_minority": 0.4, "tau_majority": 6.0})
    'tau_minority 0.4, tau_majority 6'
    """
    return ", ".join(f"{key} {written(value)}" for key, value in settings.items())


def written(value: object) -> str:
    """One value of a setting.

    >>> written(6.0), written("cosine")
    ('6', 'cosine')
    """
    return f"{value:g}" if isinstance(value, int | float) else str(value)
