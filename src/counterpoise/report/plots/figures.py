"""All figures of a report, as PNG bytes with a caption and a text for those who cannot see."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.metrics.names import in_sentence
from counterpoise.records import SearchPart
from counterpoise.report.plots.class_counts import class_counts
from counterpoise.report.plots.confused_pairs import PAIRS, confused_pairs
from counterpoise.report.plots.confusion import confusion
from counterpoise.report.plots.curves import curves, precision_recall, roc
from counterpoise.report.plots.drawn_before import drawn_before, key_of, marked
from counterpoise.report.plots.operating import caption, operating
from counterpoise.report.plots.recall import recall
from counterpoise.report.plots.reliability import reliability
from counterpoise.report.plots.sampling import sampling
from counterpoise.report.plots.search_grid import search_grid
from counterpoise.report.plots.synthetic_images import synthetic_images
from counterpoise.report.plots.training import shown_metric, training
from counterpoise.report.results import Results
from counterpoise.report.searches import alone, sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 130
MOST_IN_MATRIX = 300  # classes
OPERATING = "operating-curve.png"
STYLE = Path(__file__).with_name("report.mplstyle")


@dataclass(frozen=True)
class _Drawing:
    """What is to be drawn, and the words around it."""

    file: str
    heading: str
    caption: str
    alt: str
    draw: Callable[[Results], Figure | None]
    search: SearchPart | None = None


@dataclass(frozen=True)
class DrawnFigure:
    """A figure as PNG; `file` is its name beside report.html.

    Args:
        png: None if it could not be drawn; then `problem` says why.
        search: the search of settings that it shows, for the tables below it.
    """

    file: str
    heading: str
    caption: str
    alt: str
    png: bytes | None
    search: SearchPart | None = None
    problem: str = ""


def figures_of(results: Results, content: str, folder: Path) -> list[DrawnFigure]:
    """The figures of a report, drawn anew only where `folder` has not these very ones.

    Args:
        results: what is drawn.
        content: the report's JSON, which changes with whatever figures show.
        folder: of an earlier report.
    """
    key = key_of(content)
    before = drawn_before(folder, key)
    if before is not None:
        return [
            DrawnFigure(one.file, one.heading, one.caption, one.alt, before[one.file], one.search)
            for one in _planned(results)
            if one.file in before
        ]
    drawn = draw_all(results)
    if any(figure.png is None for figure in drawn):
        return drawn
    pngs = marked({figure.file: figure.png or b"" for figure in drawn}, key)
    return [replace(figure, png=pngs[figure.file]) for figure in drawn]


def draw_all(results: Results) -> list[DrawnFigure]:
    """Draw what the runs allow: no curves without scores, no training curves without history.

    A figure that cannot be drawn says so and stops no other.
    """
    # pyplot is never touched, so a caller's figures and backend stay as they are
    import matplotlib

    drawn = []
    with matplotlib.rc_context(fname=STYLE), warnings.catch_warnings():
        # a class name in a script that the font lacks is drawn as boxes
        warnings.filterwarnings("ignore", message="Glyph")
        for one in _planned(results):
            words = one.file, one.heading, one.caption, one.alt
            try:
                figure = one.draw(results)
                png = None if figure is None else _png(figure)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                drawn.append(DrawnFigure(*words, None, one.search, problem))
                continue
            if png is not None:
                drawn.append(DrawnFigure(*words, png, one.search))
    return drawn


def _planned(results: Results) -> list[_Drawing]:
    return [
        *_of_the_comparison(results),
        *_of_costs(results),
        *_of_searches(results),
        *_of_methods(results),
    ]


def _of_the_comparison(results: Results) -> list[_Drawing]:
    names = ", ".join(m.name for m in results.methods if m.ok)
    metric = in_sentence(shown_metric(results))
    curves_of = f"Training loss and validation {metric}" if results.validates else "Training loss"
    head, tail = max(results.experiment.counts), min(results.experiment.counts)
    num_classes = len(results.experiment.classes)
    both = cache(lambda: curves(results))
    return [
        _Drawing(
            "class-counts.png",
            "Training samples of each class",
            "After profile and split, before any sampling.",
            f"Bar chart of training samples of {num_classes} classes, from {head} down to {tail}.",
            class_counts,
        ),
        _Drawing(
            "recall.png",
            "Recall of each class, head to tail",
            "On the test set, mean over splits. Classes run from the most to the least frequent in "
            "training; the baseline is grey in every panel.",
            f"Line charts of test recall by class, one panel for each of: {names}.",
            recall,
        ),
        _matrices(names) if num_classes <= MOST_IN_MATRIX else _pairs(names, num_classes),
        _Drawing(
            "roc.png",
            "ROC curves",
            "One-vs-rest, averaged over classes and splits. The rarer classes are those with fewer "
            "training samples than the average class.",
            f"ROC curves of: {names}.",
            lambda results: roc(results, both()),
        ),
        _Drawing(
            "precision-recall.png",
            "Precision and recall",
            "One-vs-rest, averaged over classes and splits.",
            f"Precision-recall curves of: {names}.",
            lambda results: precision_recall(results, both()),
        ),
        _Drawing(
            "training.png",
            "Training",
            f"{curves_of} after each round, mean over splits. Losses of "
            "different methods weight samples differently: compare their shape, not their height.",
            f"{curves_of} against updates for: {names}.",
            training,
        ),
        _Drawing(
            "reliability.png",
            "Calibration before and after posthoc",
            "How often predictions are right, against the probability that the model gives them, "
            "in 15 bins over the test sets of all splits; larger dots hold more samples. On the "
            "diagonal the two are equal.",
            "Reliability diagrams before and after posthoc, for methods that have one.",
            reliability,
        ),
    ]


def _of_costs(results: Results) -> list[_Drawing]:
    if results.experiment.cost is None:
        return []
    return [
        _Drawing(
            OPERATING,
            "What other decisions would cost",
            caption(results),
            "Line chart of the expected cost of a sample on test and on validation.",
            operating,
        )
    ]


def _matrices(names: str) -> _Drawing:
    return _Drawing(
        "confusion.png",
        "Confusion matrices",
        "Share of each true class (row) that was predicted as each class (column), test sets of "
        "all splits together; classes head to tail.",
        f"Row-normalised confusion matrices, one for each of: {names}.",
        confusion,
    )


def _pairs(names: str, num_classes: int) -> _Drawing:
    return _Drawing(
        "confusion.png",
        "Classes that are confused most often",
        f"A matrix of {num_classes} classes would be too fine to see. These are, for each method, "
        f"the {PAIRS} pairs with the most errors, written as true class as predicted class: the "
        "share of the true class's test samples and, in brackets, their number; test sets of all "
        "splits together. report.json has every pair.",
        f"Bar charts of the pairs of classes with the most errors, one for each of: {names}.",
        confused_pairs,
    )


def _of_searches(results: Results) -> list[_Drawing]:
    return [
        _Drawing(
            f"search-{method}.png",
            f"Settings searched: {method}",
            f"{sentence(search)[0].upper()}{sentence(search)[1:]}.",
            f"{search.select_on.capitalize()} {in_sentence(search.select)} of each setting that "
            f"was tried: {'; '.join(grid.title for grid in search.grids)}.",
            partial(search_grid, search=search),
            search,
        )
        for method, search in alone(results.experiment.searches).items()
    ]


def _of_methods(results: Results) -> list[_Drawing]:
    shown = [m.name for m in results.methods if m.ok and m.alias_of is None]
    shares = [
        _Drawing(
            f"sampling-{name}.png",
            f"Sampling by F1: {name}",
            "Left, each class's share of the batches of a round; middle, its F1 on the contrast "
            "set after the round, from which the next shares follow; right, F1 after the first "
            "and the last round. Mean over splits; classes from dark, the most frequent, to light.",
            f"Shares of the batches and F1 of each class over the rounds of {name}.",
            partial(sampling, method=name),
        )
        for name in shown
    ]
    images = [
        _Drawing(
            f"synthetic-{name}.png",
            f"Synthetic images of {name}",
            "Real images on the left, synthetic ones on the right, of the first split; the rarest "
            "classes first, with their number of training samples.",
            f"Real and synthetic images of each class that {name} adds to.",
            partial(synthetic_images, method=name),
        )
        for name in shown
    ]
    return [*shares, *images]


def _png(figure: Figure) -> bytes:
    """Lay a figure out and draw it once: `savefig` draws it once more before, for its layout."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DPI)
    figure.set_facecolor("white")
    canvas = FigureCanvasAgg(figure)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    stream = io.BytesIO()
    canvas.print_png(stream)  # type: ignore[no-untyped-call]
    return stream.getvalue()
