"""Paired differences that a report does not print: any two methods of one comparison.

    python docs/results/differences.py OUT METRIC A:B [C:D ...]

Prints the mean of A minus the mean of B on test data in points, and the 95 % interval of the
report's own bootstrap. Where a run came from a ledger the interval is over splits alone.
"""

import sys
from pathlib import Path

import numpy as np

from counterpoise.report import collect
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.read_runs import read_targets


def main(out: Path, metric: str, pairs: list[str]) -> None:
    """One line for each pair."""
    report = collect(out)
    runs = {k: v for k, v in report.runs.items() if all(run.status == "ok" for run in v)}
    intervals = Intervals(runs, [read_targets(out, split) for split in report.experiment.splits])
    for pair in pairs:
        first, second = pair.split(":")
        means = [
            100 * np.mean([run.values[metric] for run in runs[name]]) for name in (first, second)
        ]
        found = intervals.of_difference(first, second, metric)
        shown = (
            "no interval" if found is None else f"[{100 * found[0]:+.1f}, {100 * found[1]:+.1f}]"
        )
        print(f"{first} - {second}: {means[0] - means[1]:+.1f} {shown}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
