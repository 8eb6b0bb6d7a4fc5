"""What a method opens to on the page: its classes, its confusion, its training, its runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from counterpoise.report.classes import MOST_CLASSES, rarest_first
from counterpoise.report.plots.confusion import Matrix, Pair, matrix, pairs
from counterpoise.report.plots.training import training
from counterpoise.report.results import MethodResult, Results
from counterpoise.report.svg import drawn


@dataclass(frozen=True)
class ClassRow:
    """A class by one method."""

    name: str
    training: int
    test: int
    recall: float | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True)
class Details:
    """Of one method.

    Args:
        method: its results.
        anchor: where the page shows it.
        rows: of its classes, the rarest first; without any where they are unknown.
        left_out: how many classes there are no rows for.
        matrix: of few classes.
        pairs: of many, those that are confused most.
        history: the training as SVG, or nothing.
        runs: name and address of the folder of each of its runs.
    """

    method: MethodResult
    anchor: str
    rows: tuple[ClassRow, ...]
    left_out: int
    matrix: Matrix | None
    pairs: tuple[Pair, ...]
    history: str
    runs: tuple[tuple[str, str], ...]


def details(results: Results) -> tuple[Details, ...]:
    """Of each row of the table that has results, in its order."""
    return tuple(_details(results, m) for m in results.rows if m.ok)


def anchor(name: str) -> str:
    """Where a method stands on the page.

    >>> anchor("le-magnitude"), anchor("my method")
    ('method-le-magnitude', 'method-my-method')
    """
    return "method-" + re.sub(r"[^\w-]+", "-", name)


def _details(results: Results, method: MethodResult) -> Details:
    rounds = min((len(run.history) for run in results.runs[method.name]), default=0)
    chart = training(results, only=method.name) if rounds > 1 else None
    order = rarest_first(results)
    found = matrix(results, method)
    return Details(
        method=method,
        anchor=anchor(method.name),
        rows=_rows(results, method, order[:MOST_CLASSES]),
        left_out=max(0, len(order) - MOST_CLASSES),
        matrix=found,
        pairs=() if found is not None else pairs(results, method),
        history="" if chart is None else drawn(chart, f"{method.name}:"),
        runs=tuple(
            (run.split, f"runs/{quote(method.name)}/{quote(run.split)}/")
            for run in results.runs[method.name]
        ),
    )


def _rows(results: Results, method: MethodResult, order: list[int]) -> tuple[ClassRow, ...]:
    if method.recall is None or method.precision is None or method.f1 is None:
        return ()
    e = results.experiment
    return tuple(
        ClassRow(
            e.classes[k],
            e.counts[k],
            e.n_test[k],
            method.recall[k],
            method.precision[k],
            method.f1[k],
        )
        for k in order
    )
