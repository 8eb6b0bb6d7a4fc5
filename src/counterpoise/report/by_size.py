"""Test recall, precision and F1 by class, and of classes by how many training samples they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from counterpoise.records import ExperimentRecord
from counterpoise.report.runs import Run

SMALLEST = 2  # classes that are named one by one: S1, S2
FEW, MANY = 20, 100  # training samples: below is few, above many (Liu et al. 2019)

Floats = npt.NDArray[np.float64]
Measure = Literal["recall", "precision", "f1"]
MEASURES: tuple[Measure, ...] = ("recall", "precision", "f1")


@dataclass(frozen=True)
class SizeGroup:
    """Classes of similar size; means over its classes and the splits, None where unknown.

    Args:
        name: "S1" is the class with the fewest training samples of a split, "S2" the next;
            "few", "medium" and "many" have fewer than 20, 20 to 100, and more than 100.
        classes: of it in each split; a random profile makes them others in each.
    """

    name: str
    classes: tuple[tuple[int, ...], ...]
    recall: float | None
    precision: float | None
    f1: float | None

    @property
    def is_single(self) -> bool:
        """Whether it is one class, named by its place in the order of sizes."""
        return self.name.startswith("S")


def by_class(runs: Sequence[Run], measure: Measure) -> tuple[float | None, ...] | None:
    """Mean over splits for each class, None for one without test samples; None if a run has none.

    Precision is 0 where a class is never predicted, as F1 is.
    """
    rows = _rows(runs, measure)
    if rows is None:
        return None
    columns = [column[~np.isnan(column)] for column in rows.T]
    return tuple(float(column.mean()) if len(column) else None for column in columns)


def by_size(experiment: ExperimentRecord, runs: Sequence[Run]) -> tuple[SizeGroup, ...]:
    """The smallest classes and three groups, those that have classes; empty when unknown.

    Of classes of equal size the first one is the smaller.
    """
    tables = {measure: _rows(runs, measure) for measure in MEASURES}
    known = {measure: rows for measure, rows in tables.items() if rows is not None}
    if len(known) < len(MEASURES):
        return ()
    per_split = experiment.counts_per_split
    sizes = [per_split.get(run.split, experiment.counts) for run in runs]
    ranks = [np.argsort(own, kind="stable") for own in sizes]
    number = min(SMALLEST, len(experiment.classes))
    chosen: dict[str, list[tuple[int, ...]]] = {
        f"S{k + 1}": [(int(rank[k]),) for rank in ranks] for k in range(number)
    }
    groups: dict[str, Callable[[int], bool]] = {
        "few": lambda n: n < FEW,
        "medium": lambda n: FEW <= n <= MANY,
        "many": lambda n: n > MANY,
    }
    for name, belongs in groups.items():
        chosen[name] = [tuple(k for k, n in enumerate(own) if belongs(n)) for own in sizes]
    return tuple(
        SizeGroup(name, tuple(classes), **{m: _mean(rows, classes) for m, rows in known.items()})
        for name, classes in chosen.items()
        if any(classes)
    )


def _rows(runs: Sequence[Run], measure: Measure) -> Floats | None:
    """(S, K); NaN for a class without test samples."""
    found = []
    for run in runs:
        if run.test is None:
            return None
        values = np.array(getattr(run.test, measure), dtype=np.float64)
        found.append(np.where(run.test.true > 0, values, np.nan))
    return np.array(found) if found else None


def _mean(rows: Floats, classes: Sequence[tuple[int, ...]]) -> float | None:
    values = np.concatenate([row[list(own)] for row, own in zip(rows, classes, strict=True)])
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
