"""Write a report: its JSON, predictions, figures and page, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from counterpoise.atomic import replacing, write_text
from counterpoise.report.page import page
from counterpoise.report.plots import figures_of
from counterpoise.report.predictions import write_predictions
from counterpoise.report.report_json import record
from counterpoise.report.results import Results


def write(results: Results, out: Path) -> Path:
    """Return the path of report.html.

    Raises:
        OutputError: a file cannot be written.
    """
    made = record(results)
    write_text(out / "report.json", made.text(indent=2))
    write_predictions(results, out)
    asked_alike = made.model_copy(update={"command": ""})  # no figure shows how it was typed
    drawn = figures_of(results, asked_alike.text(), out)
    for figure in drawn:
        if figure.png is None:
            continue
        with replacing(out / figure.file) as stream:
            stream.write(figure.png)
    write_text(out / "report.html", page(results, drawn))
    return out / "report.html"
