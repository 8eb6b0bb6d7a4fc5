"""All figures of a report, as HTML with a caption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from counterpoise.metrics.names import in_sentence
from counterpoise.records import SearchPart
from counterpoise.report.plots.class_counts import class_counts
from counterpoise.report.plots.curves import curves, precision_recall, roc
from counterpoise.report.plots.operating import caption, operating
from counterpoise.report.plots.recall import recall
from counterpoise.report.plots.reliability import reliability
from counterpoise.report.plots.sampling import sampling
from counterpoise.report.plots.search_grid import search_grid
from counterpoise.report.plots.training import shown_metric, training
from counterpoise.report.results import Results
from counterpoise.report.searches import alone, sentence
from counterpoise.report.svg import Chart, drawn


@dataclass(frozen=True)
class _Drawing:
    """What is to be drawn, and the words around it."""

    name: str
    heading: str
    caption: str
    alt: str
    draw: Callable[[Results], Chart | None]
    search: SearchPart | None = None


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Args:
        name: of it, in an address.
        html: legend and SVG; empty if it could not be drawn, then `problem` says why, and where its
            tables, made of `search`, say all.
        search: the search of settings that it shows, for the tables below it.
    """

    name: str
    heading: str
    caption: str
    html: str
    search: SearchPart | None = None
    problem: str = ""


def figures_of(results: Results) -> list[Figure]:
    """Draw what the runs allow: no curves without scores, no training curves without history.

    A figure that cannot be drawn says so and stops no other.
    """
    made = []
    for one in _planned(results):
        words = one.name, one.heading, one.caption
        try:
            chart = one.draw(results)
            html = "" if chart is None else drawn(chart, one.alt)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            made.append(Figure(*words, "", one.search, problem))
            continue
        if html or one.search:
            made.append(Figure(*words, html, one.search))
    return made


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
            "class-counts",
            "Training samples of each class",
            "After profile and split, before any sampling.",
            f"Bar chart of training samples of {num_classes} classes, from {head} down to {tail}.",
            class_counts,
        ),
        _Drawing(
            "recall",
            "Recall of each class, head to tail",
            "On the test set, mean over splits. Classes run from the most to the least frequent in "
            "training; the baseline is in every panel.",
            "Test recall of each class by",
            recall,
        ),
        _Drawing(
            "roc",
            "ROC curves",
            "One-vs-rest, averaged over classes and splits. The rarer classes are those with fewer "
            "training samples than the average class.",
            f"ROC curves of: {names}.",
            lambda results: roc(results, both()),
        ),
        _Drawing(
            "precision-recall",
            "Precision and recall",
            "One-vs-rest, averaged over classes and splits.",
            f"Precision-recall curves of: {names}.",
            lambda results: precision_recall(results, both()),
        ),
        _Drawing(
            "training",
            "Training",
            f"{curves_of} after each round, mean over splits. Losses of "
            "different methods weight samples differently: compare their shape, not their height.",
            f"{curves_of} against updates for: {names}.",
            training,
        ),
        _Drawing(
            "reliability",
            "Calibration before and after posthoc",
            "How often predictions are right, against the probability that the model gives them, "
            "in 15 bins over the test sets of all splits; larger dots hold more samples. On the "
            "diagonal the two are equal.",
            "Reliability diagram before and after posthoc.",
            reliability,
        ),
    ]


def _of_costs(results: Results) -> list[_Drawing]:
    if results.experiment.cost is None:
        return []
    return [
        _Drawing(
            "operating-curve",
            "What other decisions would cost",
            caption(results),
            "Line chart of the expected cost of a sample on test and on validation.",
            operating,
        )
    ]


def _of_searches(results: Results) -> list[_Drawing]:
    return [
        _Drawing(
            f"search-{method}",
            f"Settings searched: {method}",
            f"{sentence(search)[0].upper()}{sentence(search)[1:]}.",
            f"{search.select_on.capitalize()} {in_sentence(search.select)} of each setting that "
            "was tried.",
            partial(search_grid, search=search),
            search,
        )
        for method, search in alone(results.experiment.searches).items()
    ]


def _of_methods(results: Results) -> list[_Drawing]:
    shown = [m.name for m in results.methods if m.ok and m.alias_of is None]
    return [
        _Drawing(
            f"sampling-{name}",
            f"Sampling by F1: {name}",
            "Each class's share of the batches of a round; its F1 on the contrast set after the "
            "round, from which the next shares follow; and F1 after the first and the last round. "
            "Mean over splits; classes from dark, the most frequent, to light.",
            f"Shares of the batches and F1 of each class over the rounds of {name}.",
            partial(sampling, method=name),
        )
        for name in shown
    ]
