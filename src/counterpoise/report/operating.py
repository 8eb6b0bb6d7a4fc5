"""Operating curves: what decisions would cost if rarer classes were predicted sooner or later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Costs, Evaluation, operating_costs
from counterpoise.npz import row_blocks
from counterpoise.report.advice.advise import advised
from counterpoise.report.costs import costs_of
from counterpoise.report.results import Results
from counterpoise.report.runs import Run

Floats = npt.NDArray[np.float64]
BASELINE = "baseline"
LOG_ODDS = np.linspace(-7.0, 7.0, 141)  # thresholds of .001 to .999, factors of .001 to 1000
THRESHOLDS = 1 / (1 + np.exp(-LOG_ODDS))
FACTORS = np.exp(LOG_ODDS)
Scale = Literal["threshold", "factor"]


@dataclass(frozen=True, eq=False)
class OperatingCurve:
    """Expected cost of one method's probabilities at each level, mean over splits.

    Args:
        method: its name.
        scale: of two classes, the threshold of the rarer one's probability from which it is
            predicted; of more, the factor of the probabilities of all classes below the average
            size, before the largest is taken.
        levels: (L,).
        validation, test: (L,) expected cost.
        unchanged: on test, of the method's own decisions.
    """

    method: str
    scale: Scale
    levels: Floats
    validation: Floats
    test: Floats
    unchanged: float

    @property
    def best(self) -> int:
        """Place of the lowest cost on validation, the first of equals."""
        return int(self.validation.argmin())


def operating_curves(results: Results) -> tuple[OperatingCurve, ...]:
    """Of the method to use, or else the best, and of the baseline.

    None without costs, or without validation, on which the level of the lowest cost is chosen.

    Left out are methods without probabilities, and everything where no class is below the average.
    """
    if results.experiment.cost is None or not results.validates:
        return ()
    wanted = dict.fromkeys([advised(results) or results.best or BASELINE, BASELINE])
    found = [_curve(results, name) for name in wanted if name in results.runs]
    return tuple(curve for curve in found if curve is not None)


def true_threshold(results: Results) -> float | None:
    """What the costs of two classes ask of probabilities that are true (Elkan 2001, section 2).

    None with more classes, or where it differs from split to split.
    """
    experiment = results.experiment
    found = set()
    for split in experiment.splits:
        costs, rare = costs_of(experiment, split), _rare(results, split)
        if costs is None or costs.num_classes != 2 or rare.sum() != 1:
            return None
        C = costs.dense()[:, [0, 1] if rare[1] else [1, 0]]
        C = C[[0, 1] if rare[1] else [1, 0]]
        alarm, miss = C[0, 1] - C[0, 0], C[1, 0] - C[1, 1]
        if alarm < 0 or miss < 0 or alarm + miss == 0:
            return None
        found.add(float(alarm / (alarm + miss)))
    return found.pop() if len(found) == 1 else None


def _curve(results: Results, name: str) -> OperatingCurve | None:
    two = len(results.experiment.classes) == 2
    levels = THRESHOLDS if two else FACTORS
    parts: dict[str, list[Floats]] = {"validation": [], "test": []}
    for run in results.runs[name]:
        rare = _rare(results, run.split)
        for part, curves in parts.items():
            found = _evaluated(run, part)
            if found is None or not rare.any():
                return None
            curves.append((_of_two if two else _of_many)(found, rare, levels))
    unchanged = [run.values.get("expected_cost") for run in results.runs[name]]
    known = [value for value in unchanged if value is not None]
    if not known or len(known) < len(unchanged):
        return None
    validation, test = (np.mean(parts[part], axis=0) for part in ("validation", "test"))
    scale: Scale = "threshold" if two else "factor"
    return OperatingCurve(name, scale, levels, validation, test, float(np.mean(known)))


def _rare(results: Results, split: str) -> npt.NDArray[np.bool_]:
    """Which classes are below the average size in a split, (K,)."""
    experiment = results.experiment
    counts = np.array(experiment.counts_per_split.get(split, experiment.counts))
    return np.asarray(counts < counts.mean())


def _evaluated(run: Run, part: str) -> Evaluation | None:
    found = run.test if part == "test" else run.validation
    if run.status != "ok" or found is None or found.probabilities is None or found.costs is None:
        return None
    return found if found.target is not None and len(found.target) else None


def _of_two(found: Evaluation, rare: npt.NDArray[np.bool_], levels: Floats) -> Floats:
    """Cost at each threshold of the rarer class's probability, (L,)."""
    assert found.target is not None
    assert found.costs is not None
    k = int(rare.argmax())
    order = [1 - k, k]
    score = np.asarray(found.probabilities)[:, k]
    costs = found.costs.dense()[np.ix_(order, order)]
    return operating_costs(score, (found.target == k).astype(np.int64), levels, costs)


def _of_many(found: Evaluation, rare: npt.NDArray[np.bool_], levels: Floats) -> Floats:
    """Cost at each factor of the rarer classes' probabilities, (L,).

    Within either group of classes the largest stays the largest, so that a sample turns to its best
    rarer class at the quotient of the two largest.
    """
    assert found.probabilities is not None
    assert found.target is not None
    assert found.costs is not None
    turns, sooner, later = [], [], []
    for part, rows in row_blocks(found.probabilities):
        target = found.target[part]
        best = [np.where(group, rows, -1.0).argmax(axis=1) for group in (rare, ~rare)]
        high, low = (rows[np.arange(len(rows)), one].astype(np.float64) for one in best)
        quotient = np.full(len(rows), np.inf)
        turns.append(np.divide(low, high, out=quotient, where=high > 0))
        sooner.append(_prices(found.costs, target, best[0]))
        later.append(_prices(found.costs, target, best[1]))
    turn, own, other = (np.concatenate(one) for one in (turns, sooner, later))
    order = np.argsort(turn, kind="stable")
    change = np.append(0.0, np.cumsum((own - other)[order]))
    number = np.searchsorted(turn[order], levels, side="right")
    costs: Floats = (other.sum() + change[number]) / len(turn)
    return costs


def _prices(
    costs: Costs, target: npt.NDArray[np.int64], predicted: Sequence[int] | npt.NDArray[np.int64]
) -> Floats:
    return costs.of(target, np.asarray(predicted, dtype=np.int64))
