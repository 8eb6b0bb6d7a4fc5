"""The results as files that the page holds: a table, and report.json."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence

from counterpoise.records import ReportRecord
from counterpoise.report.costs import metrics_in
from counterpoise.report.results import Results

LARGEST = 400_000  # bytes of report.json; of a larger one confusion matrices are left out
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(results: Results) -> str:
    """A line for each method and metric: validation, test with its interval, and the difference.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(
        ["method", "rank", "status", "metric", "validation", "test", "sd", "low", "high",
         "difference", "difference_low", "difference_high", "seconds"]
    )  # fmt: skip
    for m in results.methods:
        for metric in metrics_in(results.experiment):
            test = m.metrics[metric]
            versus = (m.vs_baseline or {}).get(metric)
            cells = [
                m.validation[metric].mean, test.mean, test.sd, *(test.interval or (None, None)),
                versus and versus.difference, *((versus and versus.interval) or (None, None)),
                m.seconds,
            ]  # fmt: skip
            lines.writerow([defused(m.name), m.rank, m.status, metric, *map(_number, cells)])
    return stream.getvalue()


def label_csv(lines: Sequence[tuple[str, str, str, str]]) -> str:
    """Samples whose label is likely wrong, the likeliest first."""
    stream = io.StringIO()
    written = csv.writer(stream, lineterminator="\n")
    written.writerow(["sample", "label", "suggested", "margin"])
    for *names, margin in lines:
        written.writerow([*map(defused, names), margin])
    return stream.getvalue()


def defused(text: str) -> str:
    """Text of others, so that a spreadsheet takes it for text.

    >>> defused("=1+1"), defused("baseline")
    ("'=1+1", 'baseline')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def address(content: str, kind: str) -> str:
    """A data address; a link to it with ``download`` saves it without any script."""
    held = base64.b64encode(content.encode()).decode("ascii")
    return f"data:{kind};charset=utf-8;base64,{held}"


def small_json(record: ReportRecord) -> tuple[str, bool]:
    """report.json, and whether it is whole: a large one is without its confusion matrices."""
    whole = record.text()
    if len(whole) <= LARGEST:
        return whole, True
    methods = tuple(m.model_copy(update={"confusion": None}) for m in record.methods)
    return record.model_copy(update={"methods": methods, "operating": ()}).text(), False


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
