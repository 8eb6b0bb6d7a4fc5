"""Recall of the rarest classes before and after, with intervals: the first chart of the page."""

from __future__ import annotations

from counterpoise.report.number_format import shorter
from counterpoise.report.plots.style import shorten
from counterpoise.report.rarest import Rarest, Recall
from counterpoise.report.svg import Axis, Chart, Dots, Panel
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear

SHIFT = 0.17  # of a row: the two methods beside each other, not on each other
NAN = float("nan")


def rarest_recall(found: Rarest, order: tuple[str, ...]) -> Chart:
    """A row for each class, the rarest first, with a point and an interval for each method.

    Args:
        found: what is shown.
        order: methods in the order asked for, which gives them their colours.
    """
    number = colours(order)
    last = len(found.rows) - 1
    marks = []
    for place, name in enumerate(found.methods):
        recalls = [row.recalls[place] for row in found.rows]
        shift = SHIFT * (1 - 2 * place) if len(found.methods) > 1 else 0.0
        marks.append(
            Dots(
                [NAN if one is None else one.value for one in recalls],
                [last - i + shift for i in range(len(recalls))],
                number[name],
                name,
                [NAN if one is None else one.interval[0] for one in recalls],
                [NAN if one is None else one.interval[1] for one in recalls],
                [said(name, one) for one in recalls],
                radius=5.0,
                upright=False,
            )
        )
    ticks = tuple((float(last - i), _short(row.name)) for i, row in enumerate(found.rows))
    across = Axis("recall on test, 95 % interval", 0.0, 1.0, linear(0, 1))
    up = Axis("", -0.6, last + 0.6, ticks)
    height = 58 + 30 * len(found.rows)
    return Chart((Panel("", across, up, tuple(marks), width=480, height=height),))


def said(name: str, recall: Recall | None) -> str:
    """A point in words.

    >>> said("a", Recall(0.5, (0.25, 0.75)))
    'a: .50 [.25, .75]'
    """
    if recall is None:
        return name
    low, high = (shorter(end, 2) for end in recall.interval)
    return f"{name}: {shorter(recall.value, 2)} [{low}, {high}]"


def _short(name: str) -> str:
    """Groups whole, and of the names of classes what fits."""
    if not name.startswith("The "):
        return shorten(name)
    return name.replace("The ", "", 1).replace(" (mean)", ", mean")
