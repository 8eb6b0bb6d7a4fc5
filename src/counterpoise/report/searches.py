"""What searches of settings tried and chose, as experiment.json says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from counterpoise.errors import DataError
from counterpoise.metrics import METRICS, require_metric
from counterpoise.report.document import Document
from counterpoise.report.number_format import duration, plain

Settings = Mapping[str, object]


@dataclass(frozen=True)
class Tried:
    """One point: its settings, and what validation said; no values unless status is "ok".

    `recall` is by class, and empty where it was not kept.
    """

    settings: Settings
    status: str
    error: str | None
    values: Mapping[str, float | None]
    recall: tuple[float | None, ...]


@dataclass(frozen=True)
class SearchedGrid:
    """Points that were tried together; `combine` is "product" or "pairs"."""

    title: str
    combine: str
    values: Mapping[str, tuple[object, ...]]
    points: tuple[Tried, ...]

    @property
    def is_table(self) -> bool:
        """Whether two settings span it; otherwise it is drawn along its first setting."""
        return self.combine == "product" and len(self.values) == 2

    @property
    def rows(self) -> list[tuple[object, list[Tried]]]:
        """Of a table: each value of the second setting, with its points along the first."""
        second = list(self.values)[1]
        return [
            (value, [p for p in self.points if p.settings[second] == value])
            for value in self.values[second]
        ]


@dataclass(frozen=True)
class Searched:
    """One method's search.

    Args:
        select: the metric on validation that chose.
        split: where it chose; the settings hold for all splits.
        chosen: the settings, and `value` their metric.
        trials: trainings, `seconds` in all.
        ties: other points with the same value; the first one listed was taken.
    """

    method: str
    select: str
    split: str
    chosen: Settings
    value: float | None
    trials: int
    ties: int
    seconds: float
    grids: tuple[SearchedGrid, ...]

    @property
    def sentence(self) -> str:
        """What was chosen, by what, among how many."""
        tied = f"; {self.ties} more had the same value, the first was taken" if self.ties else ""
        cost = f"{self.trials} trainings ({duration(self.seconds)}, which the others did not have)"
        return (
            f"chosen by validation {METRICS[self.select]} of {self.split} ({plain(self.value)}) "
            f"among {cost}: {in_words(self.chosen)}{tied}; the best of many, so that value is high"
        )


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


def read_searches(data: Document) -> tuple[Searched, ...]:
    """The searches of an experiment; none when the key is missing.

    Raises:
        DataError: an entry is not what a search wrote.
    """
    try:
        # whatever does not fit ends in one of the errors below
        return tuple(
            _search(name, cast(Any, one)) for name, one in data.mapping("searches").items()
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(f"{data.path}: 'searches' is damaged ({error!r}); run again") from None


def _search(name: str, one: Mapping[str, Any]) -> Searched:
    return Searched(
        method=name,
        select=require_metric(one["select"]),
        split=str(one["split"]),
        chosen=dict(one["chosen"]),
        value=None if one["value"] is None else float(one["value"]),
        trials=int(one["trials"]),
        ties=int(one["ties"]),
        seconds=float(one["seconds"]),
        grids=tuple(
            SearchedGrid(
                title=str(grid["title"]),
                combine=str(grid["combine"]),
                values={key: tuple(column) for key, column in grid["values"].items()},
                points=tuple(
                    Tried(
                        dict(point["settings"]),
                        str(point["status"]),
                        point["error"],
                        dict(point["values"]),
                        tuple(point["recall"]),
                    )
                    for point in grid["points"]
                ),
            )
            for grid in one["grids"]
        ),
    )
