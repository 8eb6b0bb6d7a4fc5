"""All pictures of a report, as PNG bytes with a caption and a text for those who cannot see."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.metrics import METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from counterpoise.report.report import Report

DPI = 130
STYLE = Path(__file__).with_name("report.mplstyle")


@dataclass(frozen=True)
class Picture:
    """A drawn picture; `file` is its name beside report.html."""

    file: str
    heading: str
    caption: str
    alt: str
    png: bytes


def draw_all(report: Report) -> list[Picture]:
    """Draw what the runs allow: no curves without scores, no training curves without history."""
    # pyplot is never touched, so a caller's figures and backend stay as they are
    import matplotlib

    from counterpoise.report.plots.class_counts import class_counts
    from counterpoise.report.plots.confusion import confusion
    from counterpoise.report.plots.curves import precision_recall, roc
    from counterpoise.report.plots.recall import recall
    from counterpoise.report.plots.reliability import reliability
    from counterpoise.report.plots.sampling import sampling
    from counterpoise.report.plots.searched import searched
    from counterpoise.report.plots.synthetic_images import made_pictures
    from counterpoise.report.plots.training import shown_metric, training

    names = ", ".join(m.name for m in report.methods if m.ok)
    metric = METRICS[shown_metric(report)].lower()
    head, tail = max(report.experiment.counts), min(report.experiment.counts)
    drawings: list[tuple[str, str, str, str, Callable[[Report], Figure | None]]] = [
        (
            "class-counts.png",
            "Training samples of each class",
            "After profile and split, before any sampling.",
            f"Bar chart of training samples of {len(report.experiment.classes)} classes, from "
            f"{head} down to {tail}.",
            class_counts,
        ),
        (
            "recall.png",
            "Recall of each class, head to tail",
            "On the test set, mean over splits. Classes run from the most to the least frequent in "
            "training; the baseline is grey in every panel.",
            f"Line charts of test recall by class, one panel for each of: {names}.",
            recall,
        ),
        (
            "confusion.png",
            "Confusion matrices",
            "Share of each true class (row) that was decided for each class (column), test sets of "
            "all splits together; classes head to tail.",
            f"Row-normalised confusion matrices, one for each of: {names}.",
            confusion,
        ),
        (
            "roc.png",
            "ROC curves",
            "One-vs-rest, averaged over classes and splits. The rarer classes are those with fewer "
            "training samples than the average class.",
            f"ROC curves of: {names}.",
            roc,
        ),
        (
            "precision-recall.png",
            "Precision and recall",
            "One-vs-rest, averaged over classes and splits.",
            f"Precision-recall curves of: {names}.",
            precision_recall,
        ),
        (
            "training.png",
            "Training",
            f"Training loss and validation {metric} after each round, mean over splits. Losses of "
            "different methods weigh samples differently: compare their shape, not their height.",
            f"Training loss and validation {metric} against updates for: {names}.",
            training,
        ),
        (
            "reliability.png",
            "Calibration before and after posthoc",
            "How often decisions are right, against the probability the model gives them, in 15 "
            "bins over the test sets of all splits; larger dots hold more samples. On the diagonal "
            "probabilities are true.",
            "Reliability diagrams before and after posthoc, for methods that have one.",
            reliability,
        ),
    ]
    drawings += [
        (
            search_picture(search.method),
            f"Settings searched: {search.method}",
            f"{search.sentence[0].upper()}{search.sentence[1:]}.",
            f"Validation {METRICS[search.select]} of each setting that was tried: "
            f"{'; '.join(grid.title for grid in search.grids)}.",
            partial(searched, search=search),
        )
        for search in report.experiment.searches
    ]
    drawings += [
        (
            f"sampling-{m.name}.png",
            f"Sampling by F1: {m.name}",
            "Left, what share of the batches each class had in a round; middle, its F1 on the "
            "contrast set after the round, which the next shares go by; right, F1 after the first "
            "and the last round. Mean over splits; classes from dark, the most frequent, to light.",
            f"Shares of the batches and F1 of each class over the rounds of {m.name}.",
            partial(sampling, method=m.name),
        )
        for m in report.methods
        if m.ok and m.alias_of is None
    ]
    drawings += [
        (
            f"made-{m.name}.png",
            f"Pictures made by {m.name}",
            "Real pictures on the left, made ones on the right, of the first split; the rarest "
            "classes first, with their number of training samples.",
            f"Real and made pictures of each class that {m.name} adds to.",
            partial(made_pictures, method=m.name),
        )
        for m in report.methods
        if m.ok and m.alias_of is None
    ]
    pictures = []
    with matplotlib.rc_context(fname=STYLE), warnings.catch_warnings():
        # a class name in a script that the font lacks is drawn as boxes
        warnings.filterwarnings("ignore", message="Glyph")
        for file, heading, caption, alt, draw in drawings:
            figure = draw(report)
            if figure is not None:
                pictures.append(Picture(file, heading, caption, alt, _png(figure)))
    return pictures


def search_picture(method: str) -> str:
    """The name of the picture of a method's search."""
    return f"search-{method}.png"


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, facecolor="white")
    return stream.getvalue()
