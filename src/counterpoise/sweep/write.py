"""The files of a sweep: sweep.json, a page with its curves, and the figures on it."""

from __future__ import annotations

import base64
from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.metrics.names import TITLES, in_sentence
from counterpoise.report.number_format import signed
from counterpoise.sweep.curves import draw_along, number_axes
from counterpoise.sweep.grid import folder_name, point_name, written
from counterpoise.sweep.results import FILE, PAGE, Sweep, status

MOST_NOTES = 60  # of the comparisons, on the page


def write(sweep: Sweep) -> Path:
    """Write all of it, sweep.json first; the path of the page."""
    sweep.folder.mkdir(parents=True, exist_ok=True)
    write_text(sweep.folder / FILE, sweep.record().text())
    write_text(sweep.folder / PAGE, page(sweep, figures(sweep)))
    return sweep.folder / PAGE


def figures(sweep: Sweep) -> list[tuple[str, str, str]]:
    """Along each axis of numbers: what it shows, an SVG as base64, and what had no room."""
    made = []
    labels = {method: method for method in sweep.methods}
    for axis in number_axes(sweep.cells):
        path = sweep.folder / f"curves-{folder_name({axis: ''}).rstrip('=')}.svg"
        left = draw_along(axis, sweep.cells, labels, sweep.select, path)
        shows = f"{TITLES[sweep.select]} on test along {axis}"
        note = f"{left} more panels have no room; the tables have them." if left else ""
        made.append((shows, base64.b64encode(path.read_bytes()).decode("ascii"), note))
    return made


def page(sweep: Sweep, drawn: list[tuple[str, str, str]]) -> str:
    """The whole document, with the figures inside."""
    from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

    environment = Environment(
        loader=PrefixLoader(
            {
                "sweep": PackageLoader("counterpoise.sweep", "templates"),
                "report": PackageLoader("counterpoise.report", "templates"),
            }
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    notes = [f"{point_name(c.point)}: {note}" for c in sweep.cells for note in c.warnings]
    return environment.get_template("sweep/page.html.j2").render(
        sweep=sweep,
        figures=drawn,
        titles=TITLES,
        metric=in_sentence(sweep.select),
        axes=[(axis, ", ".join(map(written, values))) for axis, values in sweep.axes.items()],
        rows=[(point_name(c.point), folder_name(c.point), c, status(c)) for c in sweep.cells],
        others=[m for m in sweep.metrics if m != sweep.select],
        notes=notes[:MOST_NOTES],
        more_notes=max(0, len(notes) - MOST_NOTES),
        signed=signed,
    )
