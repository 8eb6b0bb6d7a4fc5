"""report.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import MEANINGS, in_sentence
from counterpoise.records import ExperimentRecord
from counterpoise.report.advice.advise import advise, is_ranking
from counterpoise.report.classes import MOST_CLASSES, rarest_first, size_groups
from counterpoise.report.costs import cost_words, metrics_in
from counterpoise.report.operating import operating_curves
from counterpoise.report.pages import template
from counterpoise.report.plots import DrawnFigure
from counterpoise.report.results import Results
from counterpoise.report.searches import shared


def page(results: Results, figures: Sequence[DrawnFigure]) -> str:
    """The whole document, with the figures inside."""
    shown = [(figure, base64.b64encode(figure.png or b"").decode("ascii")) for figure in figures]
    return template("page.html.j2").render(**_names(results), figures=shown)


def fragment(results: Results) -> str:
    """Verdict and table alone, for a notebook."""
    return template("fragment.html.j2").render(**_names(results))


def _names(results: Results) -> dict[str, object]:
    experiment = results.experiment
    titles = metrics_in(experiment)
    return {
        "results": results,
        "advice": advise(results),
        "is_ranking": is_ranking(results),
        "experiment": experiment,
        "facts": _facts(results),
        "select": experiment.select,
        "metrics": titles,
        "meanings": MEANINGS,
        "others": [m for m in titles if m != experiment.select],
        "lower_is_better": LOWER_IS_BETTER,
        "operating": operating_curves(results),
        "rarest_first": rarest_first(results),
        "most_classes": MOST_CLASSES,
        "size_groups": size_groups(results),
        "recorded": [m for m in ("accuracy", "balanced_accuracy", "macro_f1") if m in titles],
        "environment": experiment.environment.plain().items(),
    }


def _facts(results: Results) -> list[tuple[str, str]]:
    """What was compared, as label and value; unknown values are left out."""
    e = results.experiment
    if e.folds:
        splits = f"{e.folds} folds"
    else:
        number = len(e.splits)
        splits = f"{number} seed{'s' if number > 1 else ''}"
        splits += f" ({', '.join(map(str, e.seeds))})" if e.seeds else ""
    largest, smallest = max(e.counts), min(e.counts)
    ratio = f", ratio {largest / smallest:.4g}" if smallest else ""
    facts = [
        ("Data", f"{e.dataset}, {len(e.classes)} classes"),
        ("Profile", e.profile),
        ("Training samples", f"{sum(e.counts)} ({largest} to {smallest} per class{ratio})"),
        ("Test samples", str(sum(e.n_test))),
        ("Model", e.model),
        ("Updates", f"{e.updates} for each method" if e.updates else ""),
        ("How long to train", e.rounds_found or ""),
        ("Settings", "; ".join(shared(e.searches))),
        ("Splits", splits),
        ("Methods", str(len(results.methods))),
        ("Costs", cost_words(e)),
        ("Validation", validation_words(e)),
        ("Chosen by", f"{in_sentence(e.select)} on validation" if results.validates else ""),
        ("Command", e.command),
    ]
    return [(label, value) for label, value in facts if value]


def validation_words(e: ExperimentRecord) -> str:
    """Where validation samples come from, and how many there are."""
    rows = [sum(row) for row in e.n_validation.values()]
    if e.validation == "none" or not rows:
        return "none, so that nothing is chosen" if e.validation == "none" else ""
    few, most = min(rows), max(rows)
    number = f"{few}" if few == most else f"{few} to {most}"
    if "validation" in e.own_parts:
        return f"{number} samples of the data set's own part"
    where = {
        "profiled": "carved from the profiled training set",
        "balanced": "as many of each class, from what the profile leaves out (extra labels)",
        "beside": "beside the training set, from what the profile leaves out (extra labels)",
    }
    return f"{number} samples, {where[e.validation]}"
