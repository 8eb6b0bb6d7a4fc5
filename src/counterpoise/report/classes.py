"""Each class of a comparison: how many samples it has, and how well a method finds it."""

from __future__ import annotations

from counterpoise.errors import ArgumentError, near
from counterpoise.report.number_format import plain, quoted
from counterpoise.report.results import MethodResult, Results

MOST_CLASSES = 30  # on the page, the rarest first; report.json has all
SIZES = {"S1": "the rarest", "S2": "the second rarest"}
GROUPS = {"few": "under 20", "medium": "20 to 100", "many": "over 100"}


def rarest_first(results: Results) -> list[int]:
    """Numbers of the classes by their training samples, of equal ones the first."""
    counts = results.experiment.counts
    return sorted(range(len(counts)), key=lambda k: counts[k])


def size_groups(results: Results) -> list[tuple[str, str]]:
    """Name and meaning of the groups by size that any method has."""
    known = {group.name for method in results.rows for group in method.by_size}
    return [(name, text) for name, text in (SIZES | GROUPS).items() if name in known]


def text(results: Results, name: str) -> str:
    """Recall, precision and F1 of every class by one method, for a terminal.

    Args:
        results: of a comparison.
        name: of the method.

    Raises:
        ArgumentError: there is no such method, or it has no finished runs.
    """
    known = {method.name: method for method in results.methods}
    if name not in known:
        raise ArgumentError(f"the comparison has no method '{name}'{near(name, known)}")
    method = known[name]
    rows = _rows(results, method)
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([f"{name}, on test, mean over splits, the rarest class first", *lines])


def _rows(results: Results, method: MethodResult) -> list[tuple[str, ...]]:
    if method.recall is None or method.precision is None or method.f1 is None:
        raise ArgumentError(
            f"'{method.name}' has no numbers by class: it is {method.status}, or its runs came "
            "from a ledger without them"
        )
    experiment = results.experiment
    rows: list[tuple[str, ...]] = [("class", "training", "test", "recall", "precision", "F1")]
    for k in rarest_first(results):
        numbers = (method.recall[k], method.precision[k], method.f1[k])
        rows.append(
            (
                quoted(experiment.classes[k]),
                str(experiment.counts[k]),
                str(experiment.n_test[k]),
                *map(plain, numbers),
            )
        )
    return rows
