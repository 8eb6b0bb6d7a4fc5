"""evaluation.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoise.metrics.names import LOWER_IS_BETTER, MEANINGS, METRICS
from counterpoise.report.downloads import address, label_csv
from counterpoise.report.evaluation.sentences import advice
from counterpoise.report.pages import template

if TYPE_CHECKING:
    from counterpoise.report.errors import ErrorsFound
    from counterpoise.report.evaluation.findings import ClassResult, Findings

JUDGED = "these samples, for which the model has to be new: what it was trained on, it has learned"


def page(found: Findings, errors: ErrorsFound) -> str:
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
        by_class=_by_recall(found),
        errors=errors,
        errors_counted="samples",
        labels_judged=JUDGED,
        label_address=address(label_csv(errors.label_lines), "text/csv"),
    )


def fragment(found: Findings) -> str:
    """Advice and classes alone, for a notebook."""
    return template("evaluated.html.j2").render(advice=advice(found), by_class=_by_recall(found))


def _by_recall(found: Findings) -> list[ClassResult]:
    """The least found class first, those without samples last."""
    return sorted(found.by_class, key=lambda one: (one.recall is None, one.recall or 0.0))
