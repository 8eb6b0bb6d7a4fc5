"""Write a report: its JSON, predictions and page, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.report.page import page
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
    write_text(out / "report.html", page(results, made))
    return out / "report.html"
