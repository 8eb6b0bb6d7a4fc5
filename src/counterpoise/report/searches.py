"""What searches of settings tried and chose, in words and as tables."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.metrics.names import in_sentence
from counterpoise.records import GridPart, PointPart, SearchPart
from counterpoise.records.record import Settings
from counterpoise.report.number_format import duration, listed, plain


def sentence(search: SearchPart) -> str:
    """What was chosen, by what, among how many."""
    tied = f"; {search.ties} more had the same value, the first was taken" if search.ties else ""
    part, splits = search.select_on, listed(search.splits or (search.split,))
    cost = f"{search.trials} trainings ({duration(search.seconds)}, which the others did not have)"
    return (
        f"chosen by {part} {in_sentence(search.select)} of {splits} "
        f"({plain(search.value)}) among {cost}: {in_words(search.chosen)}{tied}; the best of "
        f"many, so that value is high{_optimistic(search)}"
    )


def _optimistic(search: SearchPart) -> str:
    """What has to be said of a choice on test data."""
    if search.select_on == "validation":
        return ""
    said = ". Test data chose, as in the paper, so its test results are optimistic"
    if search.beside is None:
        return f"{said}; there is no validation to choose on"
    if search.beside.chosen == search.chosen:
        return f"{said}; validation chooses the same"
    metric = in_sentence(search.select)
    return (
        f"{said}; validation chooses {in_words(search.beside.chosen)}, whose test {metric} there "
        f"is {plain(search.beside.test)}"
    )


def sentences(searches: Mapping[str, SearchPart]) -> list[str]:
    """One for each search that is a method's own."""
    return [f"{name}: {sentence(search)}" for name, search in alone(searches).items()]


def shared(searches: Mapping[str, SearchPart]) -> list[str]:
    """One for the methods that chose a setting among the same few values."""
    return [_together(group) for group in _groups(searches) if _share(group)]


def alone(searches: Mapping[str, SearchPart]) -> dict[str, SearchPart]:
    """The searches that are a method's own; of a setting that all choose, one sentence is enough.

    report.json has every point of the others too.
    """
    groups = [group for group in _groups(searches) if not _share(group)]
    return {name: search for group in groups for name, search in group.items()}


def _groups(searches: Mapping[str, SearchPart]) -> list[dict[str, SearchPart]]:
    """Methods that tried the same, in the same place."""
    groups: dict[str, dict[str, SearchPart]] = {}
    for name, search in searches.items():
        values = [list(grid.values.items()) for grid in search.grids]
        alike = repr((search.select, search.split, search.splits, search.select_on, values))
        groups.setdefault(alike, {})[name] = search
    return list(groups.values())


def _share(group: Mapping[str, SearchPart]) -> bool:
    """Whether several methods chose one and the same setting."""
    first = next(iter(group.values()))
    return len(group) > 1 and len(first.chosen) == 1 and first.select_on == "validation"


def _together(group: Mapping[str, SearchPart]) -> str:
    """What several methods chose of one setting."""
    first = next(iter(group.values()))
    chosen: dict[str, list[str]] = {}
    for name, search in group.items():
        chosen.setdefault(written(*search.chosen.values()), []).append(name)
    values = "; ".join(f"{value} for {listed(names)}" for value, names in chosen.items())
    return (
        f"{', '.join(first.chosen)} was chosen for each method by {first.select_on} "
        f"{in_sentence(first.select)} of {listed(first.splits or (first.split,))} among "
        f"{first.trials // max(1, len(first.splits))} values: {values}"
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
