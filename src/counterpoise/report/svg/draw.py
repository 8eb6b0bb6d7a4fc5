"""A chart as HTML: a legend, and one SVG for each panel, so that a telephone has them in a column.

Colours are classes (``k0`` and on) that the page's style sheet knows, so one drawing serves a light
and a dark page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from counterpoise.report.svg.chart import Axis, Bars, Chart, Dots, Line, Mark, Panel, Rule

CHARACTER = 6.1  # pixels of an average letter at 11 pixels
GAP = 8  # pixels between a name on the left and the axis, where a point may lie
LONGEST = 150.0  # pixels for the names on the left
TURNED = 0.75  # of a text's length is its height when it is turned by 50 degrees
DASHES = ("", "6 2", "2 2", "8 2 2 2")
SHAPES = 4
WIDE = 480  # pixels; a wider panel scrolls on a telephone, so that its text can be read
MOST_LEFT_OUT = 8  # points one after the other, so that small turns cannot add up


def drawn(chart: Chart, label: str) -> str:
    """The legend, the panels and the note.

    Args:
        chart: what is shown.
        label: what a reader who cannot see is told of it.
    """
    legend = legend_of(chart)
    panels = "".join(
        panel_svg(panel, label if len(chart.panels) == 1 else f"{label} {panel.title}")
        for panel in chart.panels
    )
    note = f'<p class="legend">{escape(chart.note)}</p>' if chart.note else ""
    wide = max(panel.width for panel in chart.panels) > WIDE
    held = f'<div class="panels">{panels}</div>'
    if wide:
        said = f'tabindex="0" role="region" aria-label="{escape(label)}"'
        held = f'<div class="wide" {said}>{held}</div>'
    return f"{legend}{held}{note}"


def legend_of(chart: Chart) -> str:
    """Every label once, with its mark, in the order in which they are drawn."""
    seen: dict[str, str] = {}
    for panel in chart.panels:
        for mark in panel.marks:
            label = getattr(mark, "label", "")
            if label and label not in seen:
                seen[label] = _sample(mark)
    if not seen:
        return ""
    items = "".join(f"<li>{sign}{escape(label)}</li>" for label, sign in seen.items())
    return f'<ul class="key">{items}</ul>'


def _sample(mark: Mark) -> str:
    inner = ""
    if isinstance(mark, Line):
        inner = f'<path class="l k{mark.colour}"{_dashes(mark.dash)} d="M1 6H23"/>'
    elif isinstance(mark, Dots):
        inner = _shape(12, 6, 4, mark.colour)
    elif isinstance(mark, Rule):
        inner = '<path class="rule" d="M12 0V12"/>'
    return f'<svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">{inner}</svg>'


class _Frame:
    """Where the values of a panel's axes lie."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        names = max((len(text) for _, text in panel.y.ticks), default=1)
        self.left = min(LONGEST, 12 + CHARACTER * names) + (16 if panel.y.label else 2)
        self.right = panel.width - 10.0
        self.top = 26.0 if panel.title else 10.0
        longest = max((len(text) for _, text in panel.x.ticks), default=1)
        below = 14 + TURNED * CHARACTER * longest if panel.x.upright else 20.0
        self.bottom = panel.height - below - (18 if panel.x.label else 0)

    def x(self, value: float) -> float:
        return self.left + _share(self.panel.x, value) * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - _share(self.panel.y, value) * (self.bottom - self.top)


def _share(axis: Axis, value: float) -> float:
    low, high = axis.low, axis.high
    if axis.logarithmic:
        low, high, value = math.log(low), math.log(high), math.log(max(value, 1e-300))
    return min(2.0, max(-1.0, (value - low) / ((high - low) or 1.0)))


def panel_svg(panel: Panel, label: str) -> str:
    """One panel as an SVG element of its own."""
    frame = _Frame(panel)
    parts = [*_axes(panel, frame)]
    if panel.diagonal:
        parts.append(_path("rule faint", [(frame.left, frame.bottom), (frame.right, frame.top)]))
    for mark in panel.marks:
        parts.extend(_mark(mark, frame))
    return (
        f'<svg class="panel" viewBox="0 0 {panel.width} {panel.height}" width="{panel.width}" '
        f'height="{panel.height}" role="img" aria-label="{escape(label.strip())}">{"".join(parts)}'
        "</svg>"
    )


def _axes(panel: Panel, frame: _Frame) -> list[str]:
    parts = []
    if panel.title:
        parts.append(f'<text class="t" x="{_n(frame.left)}" y="15">{escape(panel.title)}</text>')
    for value, text in panel.y.ticks:
        at = frame.y(value)
        parts.append(_path("grid", [(frame.left, at), (frame.right, at)]))
        if text:
            parts.append(_text(frame.left - GAP, at + 4, text, "end"))
    for value, text in panel.x.ticks:
        at = frame.x(value)
        if not panel.x.upright:
            parts.append(_path("grid", [(at, frame.bottom), (at, frame.top)]))
            parts.append(_text(at, frame.bottom + 15, text, "middle"))
        else:
            place = f"{_n(at + 3)} {_n(frame.bottom + 11)}"
            turned = f'text-anchor="end" transform="translate({place}) rotate(-50)"'
            parts.append(f"<text {turned}>{escape(text)}</text>")
    parts.append(_path("axis", [(frame.left, frame.bottom), (frame.right, frame.bottom)]))
    if panel.x.label:
        middle = (frame.left + frame.right) / 2
        parts.append(_text(middle, panel.height - 5, panel.x.label, "middle"))
    if panel.y.label:
        middle = (frame.top + frame.bottom) / 2
        turned = f'text-anchor="middle" transform="translate(11 {_n(middle)}) rotate(-90)"'
        parts.append(f"<text {turned}>{escape(panel.y.label)}</text>")
    return parts


def _mark(mark: Mark, frame: _Frame) -> list[str]:
    if isinstance(mark, Line):
        return _line(mark, frame)
    if isinstance(mark, Dots):
        return _dots(mark, frame)
    if isinstance(mark, Bars):
        return _bars(mark, frame)
    if mark.horizontal:
        at = frame.y(mark.at)
        return [_path("rule", [(frame.left, at), (frame.right, at)])]
    at = frame.x(mark.at)
    return [_path("rule", [(at, frame.bottom), (at, frame.top)])]


def _line(mark: Line, frame: _Frame) -> list[str]:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(mark.x, mark.y, strict=True):
        if math.isnan(x) or math.isnan(y):
            runs.append([])
        else:
            runs[-1].append((frame.x(x), frame.y(y)))
    found = "".join(_moves(_thinned(run)) for run in runs if run)
    return [f'<path class="l k{mark.colour}"{_dashes(mark.dash)} d="{found}"/>'] if found else []


def _dots(mark: Dots, frame: _Frame) -> list[str]:
    parts = []
    number = len(mark.x)
    sizes = [mark.radius] * number if isinstance(mark.radius, int | float) else list(mark.radius)
    for i, (x, y) in enumerate(zip(mark.x, mark.y, strict=True)):
        if math.isnan(x) or math.isnan(y):
            continue
        if mark.low and not math.isnan(mark.low[i]):
            ends = (mark.low[i], mark.high[i])
            both = [(x, end) if mark.upright else (end, y) for end in ends]
            parts.append(_path(f"e k{mark.colour}", [(frame.x(a), frame.y(b)) for a, b in both]))
        said = mark.texts[i] if mark.texts else ""
        parts.append(_shape(frame.x(x), frame.y(y), sizes[i], mark.colour, said))
    return parts


def _bars(mark: Bars, frame: _Frame) -> list[str]:
    number = max(len(mark.x), 1)
    room = (frame.right - frame.left) / number
    half = room * (0.36 if room > 6 else 0.5)
    parts = []
    for i, (x, y) in enumerate(zip(mark.x, mark.y, strict=True)):
        at, top = frame.x(x), min(frame.y(y), frame.bottom)
        size = f'width="{_n(2 * half)}" height="{_n(frame.bottom - top)}"'
        parts.append(f'<rect class="bar" x="{_n(at - half)}" y="{_n(top)}" {size}/>')
        if mark.texts:
            parts.append(_text(at, top - 4, mark.texts[i], "middle"))
    return parts


def _shape(x: float, y: float, radius: float, colour: int, said: str = "") -> str:
    """A circle, square, diamond or triangle, so that neighbours differ without their colour too."""
    title = f"<title>{escape(said)}</title>" if said else ""
    kind, end = f'class="d k{colour}"', f">{title}</{{0}}>" if title else "/>"
    r = radius
    if colour % SHAPES in (0, 1):
        hollow = " hollow" if colour == 0 else ""
        kind = f'class="d k{colour}{hollow}"'
        return f'<circle {kind} cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"' + end.format("circle")
    corners = {
        2: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        3: ((0, -1.3), (1.2, 0.9), (-1.2, 0.9)),
    }[colour % SHAPES]
    moves = "".join(
        f"{'L' if i else 'M'}{_n(x + r * a)} {_n(y + r * b)}" for i, (a, b) in enumerate(corners)
    )
    return f'<path {kind} d="{moves}Z"' + end.format("path")


def _dashes(number: int) -> str:
    dashes = DASHES[number % len(DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that lie on the line between their neighbours, to a fifth of a pixel."""
    kept, left_out = points[:1], 0
    for i in range(1, len(points) - 1):
        (ax, ay), (bx, by), (cx, cy) = kept[-1], points[i], points[i + 1]
        area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
        if area > 0.2 * math.hypot(cx - ax, cy - ay) or left_out == MOST_LEFT_OUT:
            kept.append(points[i])
            left_out = 0
        else:
            left_out += 1
    return kept + points[1:][-1:]


def _path(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<path class="{kind}" d="{_moves(points)}"/>'


def _moves(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if i else 'M'}{_n(x)} {_n(y)}" for i, (x, y) in enumerate(points))


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _n(value: float) -> str:
    """To a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
