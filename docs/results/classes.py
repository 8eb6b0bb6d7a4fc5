"""Numbers of each class that a report only draws, as Markdown: means over the splits.

    python docs/results/classes.py OUT METHOD [METHOD ...]

Recall on test data; for sampling that follows F1 also the F1 on the contrast set after the first
and the last round of the last stage, and each class's share of the last round's batches. Of more
classes than fit into a line it prints the lowest, some in between, and how many are below .5.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from counterpoise.report import collect
from counterpoise.report.plots.sampling import shares_and_f1

MOST = 20  # columns
BETWEEN = (0.0, 0.1, 0.25, 0.5)  # quantiles of more classes
COLUMNS = ("lowest", "a tenth", "a quarter", "half", "below .5")


def line(name: str, values: Sequence[float]) -> str:
    """One row of a table; values in [0, 1] have two digits."""
    many = len(values) > MOST
    shown = np.quantile(values, BETWEEN) if many else values
    cells = [name, *(f"{v:.2f}".replace("0.", ".") for v in shown)]
    return "| " + " | ".join(cells + [str(np.sum(np.less(values, 0.5)))] * many) + " |"


def main(out: Path, methods: list[str]) -> None:
    """One table for all the methods, a column for each class."""
    report = collect(out)
    classes = report.experiment.classes
    columns = COLUMNS if len(classes) > MOST else classes
    print("| | " + " | ".join(columns) + " |\n|" + " --- |" * (len(columns) + 1))
    recall = {method.name: method.recall for method in report.methods}
    for name in methods:
        values = recall[name]
        if values is None or None in values:
            raise SystemExit(f"{name}: not every class has a recall")
        print(line(f"{name}, recall", [v for v in values if v is not None]))
        found = shares_and_f1(report.runs[name], len(classes))
        if found is not None:
            shares, f1 = found
            print(line(f"{name}, F1, first round", f1[0].tolist()))
            print(line(f"{name}, F1, last round", f1[-1].tolist()))
            print(line(f"{name}, share", shares[-1].tolist()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
