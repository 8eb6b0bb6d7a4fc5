"""Which method is best on validation, and which ones the test set shows to differ from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.results import Estimate
from counterpoise.report.runs import Run, mean_seconds

BASELINE = "baseline"


def rank(runs: Mapping[str, Sequence[Run]], select: str) -> list[str]:
    """Methods from best to worst by their mean on validation.

    Of equal ones the baseline comes first, then the cheapest.

    Left out are controls and methods without that value.

    Args:
        runs: method -> its runs, all with status ok.
        select: name of the metric.
    """
    sign = 1.0 if select in LOWER_IS_BETTER else -1.0
    keys = {}
    for method, group in runs.items():
        mean = Estimate.of([run.validation_values.get(select) for run in group]).mean
        if mean is not None and not any(run.control for run in group):
            keys[method] = (sign * mean, method != BASELINE, mean_seconds(group))
    return sorted(keys, key=keys.__getitem__)


def significance(intervals: Intervals, method: str, best: str, select: str) -> int:
    """1 if the method is significantly better than the best on test, -1 if worse, else 0.

    Significant means that the 95 % bootstrap interval of the paired difference leaves out zero.
    Without an interval nothing is significant.
    """
    interval = intervals.of_difference(best, method, select)
    if interval is None:
        return 0
    best_higher, best_lower = interval[0] > 0, interval[1] < 0
    if select in LOWER_IS_BETTER:
        best_higher, best_lower = best_lower, best_higher
    return int(best_lower) - int(best_higher)
