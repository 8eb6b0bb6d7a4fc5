"""What a search tried: curves along a line of settings; maps are tables of the page."""

from __future__ import annotations

from counterpoise.counts import ClassCounts
from counterpoise.metrics.names import TITLES
from counterpoise.records import GridPart, PointPart, SearchPart
from counterpoise.report.plots.style import shorten
from counterpoise.report.results import Results
from counterpoise.report.searches import is_table, written
from counterpoise.report.svg import Axis, Chart, Dots, Line, Panel, Rule
from counterpoise.report.svg.ticks import linear

TURNED = 6.0  # mean length of tick names, from which they stand upright


def search_grid(results: Results, search: SearchPart) -> Chart | None:
    """A panel for each grid that no two settings span, the chosen point marked; None if none."""
    lines = [grid for grid in search.grids if not is_table(grid)]
    if not lines:
        return None
    return Chart(tuple(_curves(grid, search, results) for grid in lines))


def _curves(grid: GridPart, search: SearchPart, results: Results) -> Panel:
    first = next(iter(grid.values))
    names = [point.settings[first] for point in grid.points]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in names)
    ordered = numeric and len(set(map(str, names))) == len(names)
    place = [float(str(v)) for v in names] if ordered else [float(i) for i in range(len(names))]
    lines = [(TITLES[search.select], [_value(p, search.select) for p in grid.points])]
    if all(len(p.recall) == len(results.experiment.classes) for p in grid.points if p.values):
        order = ClassCounts(results.experiment.counts).head_to_tail
        for k, which in ((order[-1], "rarest"), (order[0], "most frequent")):
            name = f"recall of {shorten(results.experiment.classes[k])} ({which})"
            lines.append((name, [_recall(point, k) for point in grid.points]))
    marks: list[Line | Dots | Rule] = []
    for number, (name, values) in enumerate(lines):
        if ordered:
            marks.append(Line(place, values, number + 1, "", number))
        marks.append(Dots(place, values, number + 1, name))
    for where, point in zip(place, grid.points, strict=True):
        if point.settings == search.chosen:
            marks.append(Rule(where, "chosen"))
    low, high = min(place), max(place)
    margin = 0.05 * (high - low) or 0.5
    texts = [", ".join(written(v) for v in p.settings.values()) for p in grid.points]
    ticks = linear(low, high) if ordered else tuple(zip(place, texts, strict=True))
    turned = not ordered and sum(map(len, texts)) / len(texts) > TURNED
    across = Axis(first, low - margin, high + margin, ticks, upright=turned)
    part = "test (optimistic)" if search.select_on == "test" else "validation"
    known = [v for _, values in lines for v in values if v == v]
    top = max([1.0, *known])
    up = Axis(f"on {part}", min([0.0, *known]), top, linear(min([0.0, *known]), top))
    return Panel(grid.title, across, up, tuple(marks))


def _value(point: PointPart, select: str) -> float:
    value = point.values.get(select)
    return float("nan") if value is None else value


def _recall(point: PointPart, k: int) -> float:
    value = point.recall[k] if point.recall else None
    return float("nan") if value is None else value
