"""evaluation.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

from counterpoise.metrics.names import LOWER_IS_BETTER, MEANINGS, METRICS
from counterpoise.report.evaluation.evaluated import Evaluated
from counterpoise.report.evaluation.sentences import advice
from counterpoise.report.pages import template
from counterpoise.report.thumbnails import Pixels, encoded

MOST_IMAGES = 60  # of errors, with their file names
PER_CLASS = 6


def page(found: Evaluated, pixels: Pixels | None = None) -> str:
    """The whole document.

    Args:
        found: what is reported.
        pixels: reads images (n, C, H, W) by their indices; None for series and vectors.
    """
    shown = chosen_errors(found)
    images = [""] * len(shown) if pixels is None else [encoded(one) for one in pixels(shown)]
    predictions = found.evaluation.predictions
    errors = [
        {
            "name": found.names[i],
            "true": found.classes[found.labels[i]],
            "predicted": found.classes[predictions[i]],
            "image": image,
        }
        for i, image in zip(shown, images, strict=True)
    ]
    return template("evaluation.html.j2").render(
        found=found,
        advice=advice(found),
        metrics=METRICS,
        meanings=MEANINGS,
        lower_is_better=LOWER_IS_BETTER,
        by_class=sorted(found.by_class, key=lambda one: (one.recall is None, one.recall or 0.0)),
        errors=errors,
    )


def chosen_errors(found: Evaluated) -> list[int]:
    """Samples to show: of each class the most confident errors, the least found class first."""
    order = sorted(range(len(found.classes)), key=lambda k: found.by_class[k].recall or 0.0)
    wrong = found.order[: found.errors]
    chosen: list[int] = []
    for k in order:
        chosen += [i for i in wrong if found.labels[i] == k][:PER_CLASS]
    return chosen[:MOST_IMAGES]
