"""Write a report: its JSON, predictions and page, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.report.errors import find_errors
from counterpoise.report.errors.samples import Load
from counterpoise.report.page import page
from counterpoise.report.predictions import write_predictions
from counterpoise.report.report_json import record
from counterpoise.report.results import Results


def write(results: Results, out: Path, load: Load | None = None) -> Path:
    """Return the path of report.html.

    Args:
        results: of a comparison.
        out: folder to write into.
        load: reads the data set, whose samples are shown among the errors.

    Raises:
        OutputError: a file cannot be written.
    """
    made = record(results)
    write_text(out / "report.json", made.text(indent=2))
    write_predictions(results, out)
    write_text(out / "report.html", page(results, made, find_errors(results, load)))
    return out / "report.html"
