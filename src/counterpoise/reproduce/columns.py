"""What a column of a paper's table can be: a metric, also of a class, of training, of a spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from counterpoise.metrics.names import LOWER_IS_BETTER, METRICS

if TYPE_CHECKING:
    from counterpoise.records import ExperimentRecord
    from counterpoise.report.runs import Run

OF_CLASS = ("recall", "precision", "f1")  # and the name of a class
SMALLEST = ("S1 f1", "S2 f1")  # F1 of the class with the fewest training samples, and of the next
TRAINING, GAP, SPREAD = "training", "gap", "spread"  # and the name of a metric
WORDS = {
    TRAINING: "{} on the training samples",
    GAP: "{} on the training samples less that on test",
    SPREAD: "{}: how far a repeat is from the mean of all",
}


def is_column(name: str) -> bool:
    """Whether a table can have it.

    >>> is_column("auc"), is_column("recall cat"), is_column("gap accuracy"), is_column("gap of")
    (True, True, True, False)
    """
    first, _, rest = name.partition(" ")
    if name in METRICS or name in SMALLEST:
        return True
    return bool(rest) and (rest in METRICS if first in WORDS else first in OF_CLASS)


def title(name: str) -> str:
    """What it is called.

    >>> title("accuracy"), title("gap accuracy")
    ('Accuracy', 'Accuracy on the training samples less that on test')
    """
    first, _, rest = name.partition(" ")
    if name in METRICS:
        return METRICS[name]
    if name in SMALLEST:
        return f"F1 of the {'smallest' if name == SMALLEST[0] else 'second smallest'} class"
    return WORDS[first].format(METRICS[rest]) if first in WORDS else name.capitalize()


def lower_is_better(name: str) -> bool:
    """Whether the better of two methods has the smaller value."""
    return name in LOWER_IS_BETTER or name.partition(" ")[0] in (GAP, SPREAD)


def values(runs: Sequence[Run], name: str, experiment: ExperimentRecord) -> tuple[float, ...]:
    """One for each run, NaN where it is undefined or was not recorded."""
    first, _, rest = name.partition(" ")
    if first == SPREAD:
        of = values(runs, rest, experiment)
        return tuple(abs(value - float(np.mean(of))) for value in of)
    return tuple(_value(run, name, experiment) for run in runs)


def _value(run: Run, name: str, experiment: ExperimentRecord) -> float:
    first, _, rest = name.partition(" ")
    if name in SMALLEST:
        counts = experiment.counts_per_split.get(run.split, experiment.counts)
        place = int(np.argsort(counts, kind="stable")[SMALLEST.index(name)])
        return math.nan if run.test is None else float(run.test.f1[place])
    if first in OF_CLASS and rest:
        if run.test is None or rest not in experiment.classes:
            return math.nan
        return float(getattr(run.test, first)[list(experiment.classes).index(rest)])
    if first == TRAINING:
        return _number((run.training_values or {}).get(rest))
    if first == GAP:
        return _number((run.training_values or {}).get(rest)) - _number(run.values.get(rest))
    return _number(run.values.get(name))


def _number(value: float | None) -> float:
    return math.nan if value is None else value
