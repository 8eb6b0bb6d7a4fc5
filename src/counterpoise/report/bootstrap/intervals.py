"""Percentile intervals of metrics and of paired differences, over splits and test groups."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import METRICS
from counterpoise.report.bootstrap.draws import DRAWS, Block, blocks, split_copies
from counterpoise.report.bootstrap.weighted_metrics import WeightedMetrics
from counterpoise.report.runs import Run, SplitTargets

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.95
EXACT_SORTING = 2e9  # samples x draws x classes x runs: about three seconds


class Intervals:
    """Bootstrap of a comparison; the same draws serve every method, so differences are paired.

    Splits are drawn with replacement and, where the scores of the test samples are known, test
    groups within them. A run without scores (accepted from a ledger) has intervals over splits
    only, and none at all with a single split.

    Args:
        runs: method -> its runs, all with status ok, in the order of `targets`.
        targets: test set of each split; None where it was not kept.
        draws: number of bootstrap draws.
        metrics: names of those that are wanted.
    """

    def __init__(
        self,
        runs: Mapping[str, Sequence[Run]],
        targets: Sequence[SplitTargets | None],
        draws: int = DRAWS,
        *,
        metrics: Sequence[str] = tuple(METRICS),
    ) -> None:
        known = [one for one in targets if one is not None]
        self.with_samples = [
            method
            for method, group in runs.items()
            if len(known) == len(targets) and all(run.has_outputs for run in group)
        ]
        self.num_draws, self.metrics = draws, metrics
        copies = split_copies(len(targets), draws) / len(targets)  # (S, draws)
        self._over_splits = {
            method: {m: _points(group, m) @ copies for m in metrics}
            for method, group in runs.items()
            if len(group) > 1
        }
        self._over_samples = self._resample(runs, known) if self.with_samples else {}

    def over_splits_only(self, method: str) -> bool:
        """Whether the method's intervals know nothing of the test samples."""
        return method not in self.with_samples

    def of(self, method: str, metric: str) -> Interval | None:
        """Interval of one method's mean over splits; None where it is undefined."""
        draws = self._over_splits if self.over_splits_only(method) else self._over_samples
        return _percentiles(draws[method][metric]) if method in draws else None

    def of_difference(self, first: str, second: str, metric: str) -> Interval | None:
        """Interval of first minus second, on the same draws; None where it is undefined."""
        pair = (first, second)
        draws = self._over_samples
        if any(self.over_splits_only(method) for method in pair):
            draws = self._over_splits
        if not all(method in draws for method in pair):
            return None
        return _percentiles(draws[first][metric] - draws[second][metric])

    def _resample(
        self, runs: Mapping[str, Sequence[Run]], targets: Sequence[SplitTargets]
    ) -> dict[str, dict[str, Floats]]:
        chosen = {method: runs[method] for method in self.with_samples}
        work = sum(
            math.prod(run.test.scores.shape) * self.num_draws
            for group in chosen.values()
            for run in group
            if run.test is not None and run.test.scores is not None
        )
        exact = work <= EXACT_SORTING
        found = {m: {k: np.zeros(self.num_draws) for k in self.metrics} for m in chosen}

        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            jobs = [(method, s) for method in chosen for s in range(len(targets))]
            prepared = dict(
                zip(
                    jobs,
                    pool.map(lambda job: _prepare(chosen[job[0]][job[1]], exact), jobs),
                    strict=True,
                )
            )
            for block in blocks(targets, self.num_draws):
                now = [(method, s) for method in chosen for s in block.splits]
                results = pool.map(lambda job, b=block: prepared[job](b.weights), now)
                for (method, s), values in zip(now, results, strict=True):
                    _add(found[method], values, block, block.splits.index(s), len(targets))
        return found


def _prepare(run: Run, exact: bool) -> WeightedMetrics:
    assert run.test is not None
    return WeightedMetrics(run.test, exact)


def _add(
    into: dict[str, Floats], values: Mapping[str, Floats], block: Block, row: int, num_splits: int
) -> None:
    copies = block.copies[row]
    taken = copies > 0  # an undefined value of a split that was not drawn must not spread
    share = copies[taken] / num_splits
    for metric, total in into.items():
        np.add.at(total, block.draws[taken], share * values[metric][taken])


def _points(group: Sequence[Run], metric: str) -> Floats:
    values = [run.values.get(metric) for run in group]
    return np.array([np.nan if value is None else value for value in values])


def _percentiles(draws: Floats) -> Interval | None:
    """Central 95 % of the draws in which the value is defined; None if that is under half."""
    defined = draws[~np.isnan(draws)]
    if 2 * len(defined) < len(draws):
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
