"""What two classes would cost at other thresholds: recall and false alarms of every method."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Evaluation
from counterpoise.report.operating import THRESHOLDS
from counterpoise.report.results import Results

Floats = npt.NDArray[np.float64]
SHOWN = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)  # thresholds of the table without a script


@dataclass(frozen=True, eq=False)
class Rates:
    """Shares of the rarer class that are found and of the other that raise an alarm.

    Each is (L,), at `THRESHOLDS`, mean over splits; of validation None without it.
    """

    found: Floats
    alarms: Floats
    validation_found: Floats | None
    validation_alarms: Floats | None


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Of a comparison of two classes.

    Args:
        rare, other: names of the classes.
        positives, negatives: test samples of them.
        methods: name -> its rates, in the order of the table.
    """

    rare: str
    other: str
    positives: int
    negatives: int
    methods: dict[str, Rates]

    def as_json(self) -> str:
        """What the page's script reads."""
        return json.dumps(
            {
                "levels": [round(float(level), 4) for level in THRESHOLDS],
                "positives": self.positives,
                "negatives": self.negatives,
                "methods": [
                    {
                        "name": name,
                        "found": _short(rates.found),
                        "alarms": _short(rates.alarms),
                        "validationFound": _short(rates.validation_found),
                        "validationAlarms": _short(rates.validation_alarms),
                    }
                    for name, rates in self.methods.items()
                ],
            },
            separators=(",", ":"),
        )

    def rows(self, name: str) -> list[tuple[float, float, float | None, float]]:
        """Threshold, recall, precision and share of false alarms of one method at a few."""
        rates, made = self.methods[name], []
        for level in SHOWN:
            i = int(np.abs(THRESHOLDS - level).argmin())
            found, alarms = float(rates.found[i]), float(rates.alarms[i])
            hits, false = found * self.positives, alarms * self.negatives
            precision = hits / (hits + false) if hits + false else None
            made.append((level, found, precision, alarms))
        return made


def thresholds(results: Results) -> Thresholds | None:
    """None of more than two classes, of two of equal size, and without probabilities."""
    experiment = results.experiment
    counts = experiment.counts
    if len(counts) != 2 or counts[0] == counts[1]:
        return None
    k = int(counts[1] < counts[0])
    methods = {}
    for m in results.rows:
        test = [_rates(run.test, k) for run in results.runs.get(m.name, ())]
        validation = [_rates(run.validation, k) for run in results.runs.get(m.name, ())]
        known = [pair for pair in test if pair is not None]
        if not m.ok or not known or len(known) < len(test):
            continue
        found, alarms = np.mean(known, axis=0)
        own = [pair for pair in validation if pair is not None]
        both = np.mean(own, axis=0) if own and len(own) == len(validation) else (None, None)
        methods[m.name] = Rates(found, alarms, *both)
    if not methods:
        return None
    return Thresholds(
        rare=experiment.classes[k],
        other=experiment.classes[1 - k],
        positives=experiment.n_test[k],
        negatives=experiment.n_test[1 - k],
        methods=methods,
    )


def _rates(part: Evaluation | None, k: int) -> tuple[Floats, Floats] | None:
    """Of one run at each threshold; None without probabilities, or without one of the classes."""
    if part is None or part.probabilities is None or part.target is None:
        return None
    scores = np.asarray(part.probabilities[:])[:, k].astype(np.float64)
    groups = scores[part.target == k], scores[part.target != k]
    if not all(len(group) for group in groups):
        return None
    found, alarms = (
        1 - np.searchsorted(np.sort(group), THRESHOLDS, side="left") / len(group)
        for group in groups
    )
    return found, alarms


def _short(values: Floats | None) -> list[float] | None:
    return None if values is None else [round(float(value), 4) for value in values]
