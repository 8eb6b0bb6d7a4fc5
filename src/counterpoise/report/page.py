"""report.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import MEANINGS, in_sentence
from counterpoise.python_words import as_asked
from counterpoise.records import ExperimentRecord, ReportRecord
from counterpoise.report.advice.advise import advise, advised, is_ranking
from counterpoise.report.classes import size_groups
from counterpoise.report.costs import cost_words, metrics_in
from counterpoise.report.downloads import address, csv_text, label_csv, small_json
from counterpoise.report.errors import ErrorsFound
from counterpoise.report.method_details import anchor, details
from counterpoise.report.operating import operating_curves
from counterpoise.report.pages import template
from counterpoise.report.plots import figures_of
from counterpoise.report.plots.rarest_recall import rarest_recall as rarest_chart
from counterpoise.report.plots.synthetic_images import ClassImages, synthetic_images
from counterpoise.report.rarest import independent, rarest, rarest_recall
from counterpoise.report.results import Results
from counterpoise.report.searches import shared
from counterpoise.report.svg import drawn
from counterpoise.report.svg.colours import classes, colours, style
from counterpoise.report.thresholds import Thresholds, thresholds

COUNTED = (
    "test samples, by what most splits predict (percentages are mean probabilities over splits)"
)


def page(results: Results, record: ReportRecord, errors: ErrorsFound | None = None) -> str:
    """The whole document, with the figures inside.

    Args:
        results: what is reported.
        record: the same as report.json holds it, to be saved from the page.
        errors: what a method got wrong, where that is known.
    """
    held, whole = small_json(record)
    found, by_threshold = rarest(results), thresholds(results)
    order = results.experiment.methods
    alt = "Recall of the rarest classes with its 95 % interval"
    return template("page.html.j2").render(
        **_names(results),
        anchors={m.name: anchor(m.name) for m in results.rows},
        colour_style=_colour_style(),
        colours=colours(order),
        first_chart="" if found is None else drawn(rarest_chart(found, order), alt),
        samples_are_groups=independent(results) != tuple(results.experiment.n_test),
        methods=details(results),
        figures=figures_of(results),
        synthetic=[(m.name, rows) for m in results.rows if (rows := _synthetic(results, m.name))],
        thresholds=by_threshold,
        threshold_method=_first(advised(results), by_threshold),
        errors=errors,
        errors_counted=COUNTED,
        labels_judged=_judged(results.experiment),
        label_address="" if errors is None else address(label_csv(errors.label_lines), "text/csv"),
        csv_address=address(csv_text(results), "text/csv"),
        json_address=address(held, "application/json"),
        json_is_whole=whole,
    )


def _judged(experiment: ExperimentRecord) -> str:
    """On which samples labels are judged."""
    more = ": every sample once" if experiment.folds else "; with --folds every sample is judged"
    said = f"the test samples, which the models were not trained on{more}"
    return as_asked(said, experiment.command)


def _first(wanted: str | None, found: Thresholds | None) -> str:
    """The method that is shown without a script."""
    if found is None:
        return ""
    return wanted if wanted in found.methods else next(iter(found.methods))


def fragment(results: Results) -> str:
    """Verdict and table alone, for a notebook."""
    return template("fragment.html.j2").render(**_names(results), anchors={})


def _synthetic(results: Results, name: str) -> Sequence[ClassImages]:
    return synthetic_images(results, name) if name in results.runs else ()


def _colour_style() -> str:
    """Colours of marks and of the cells of confusion matrices, light and dark."""
    shades = "".join(
        f".counterpoise .matrix .s{i}{{background:rgba(var(--shade),{0.06 * i:.2g})}}"
        for i in range(10)
    )
    dark = f"@media (prefers-color-scheme: dark){{.counterpoise{{{style(dark=True)}}}}}"
    return f".counterpoise{{{style(dark=False)}}}{classes('.counterpoise')}{dark}{shades}"


def _names(results: Results) -> dict[str, object]:
    experiment = results.experiment
    titles = metrics_in(experiment)
    samples = independent(results)
    recalls = {m.name: rarest_recall(results, m.name, samples) for m in results.rows if m.ok}
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
        "rare_recalls": recalls if any(recalls.values()) else {},
        "lower_is_better": LOWER_IS_BETTER,
        "operating": operating_curves(results),
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
