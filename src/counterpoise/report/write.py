"""Write a report: report.json, the figures and report.html, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from counterpoise.atomic import replacing, write_text
from counterpoise.report.page import page
from counterpoise.report.plots import draw_all
from counterpoise.report.report_json import record
from counterpoise.report.results import Results


def write(results: Results, out: Path) -> Path:
    """Return the path of report.html.

    Raises:
        OutputError: a file cannot be written.
    """
    write_text(out / "report.json", record(results).text(indent=2))
    figures = draw_all(results)
    for figure in figures:
        if figure.png is None:
            continue
        with replacing(out / figure.file) as stream:
            stream.write(figure.png)
    write_text(out / "report.html", page(results, figures))
    return out / "report.html"
