"""evaluation.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

from counterpoise.metrics.names import LOWER_IS_BETTER, MEANINGS, METRICS
from counterpoise.report.downloads import address, label_csv
from counterpoise.report.errors import ErrorsFound
from counterpoise.report.evaluation.evaluated import Evaluated
from counterpoise.report.evaluation.sentences import advice
from counterpoise.report.pages import template

JUDGED = "these samples, for which the model has to be new: what it was trained on, it has learned"


def page(found: Evaluated, errors: ErrorsFound) -> str:
    """The whole document.

    Args:
        found: what is reported.
        errors: what of it is shown, sample by sample.
    """
    return template("evaluation.html.j2").render(
        found=found,
        advice=advice(found),
        metrics=METRICS,
        meanings=MEANINGS,
        lower_is_better=LOWER_IS_BETTER,
        by_class=sorted(found.by_class, key=lambda one: (one.recall is None, one.recall or 0.0)),
        errors=errors,
        errors_counted="samples",
        labels_judged=JUDGED,
        label_address=address(label_csv(errors.label_lines), "text/csv"),
    )
