"""Numbers of each class that a report only draws, as Markdown: means over the splits.

    python docs/results/classes.py OUT METHOD [METHOD ...]

Recall on test data; for sampling that follows F1 also the F1 on the contrast set after the first
and the last round, and each class's share of the last round's batches. Of more classes than fit
into a line it prints the lowest, some in between, and how many are below .5.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from counterpoise.report import collect

MOST = 20  # columns
BETWEEN = (0.0, 0.1, 0.25, 0.5)  # quantiles of more classes


def line(name: str, values: Sequence[float]) -> str:
    """One row of a table; values in [0, 1] have two digits."""
    many = len(values) > MOST
    shown = np.quantile(values, BETWEEN) if many else values
    cells = [name, *(f"{v:.2f}".replace("0.", ".") for v in shown)]
    return "| " + " | ".join(cells + [str(np.sum(np.less(values, 0.5)))] * many) + " |"


def main(out: Path, methods: list[str]) -> None:
    """One table for all the methods, a column for each class."""
    experiment = json.loads((out / "experiment.json").read_text("utf-8"))
    classes, runs = experiment["classes"], collect(out).runs
    if len(classes) > MOST:
        classes = ["lowest", "a tenth", "a quarter", "half", "below .5"]
    print("| | " + " | ".join(classes) + " |\n|" + " --- |" * (len(classes) + 1))
    for name in methods:
        tables = [np.array(run.test.confusion) for run in runs[name] if run.test is not None]
        recall = np.mean([np.diag(table) / table.sum(1) for table in tables], axis=0)
        print(line(f"{name}, recall", recall))
        logs = [out / "runs" / name / split / "metrics.jsonl" for split in experiment["splits"]]
        rounds = [[json.loads(r) for r in log.read_text("utf-8").splitlines()] for log in logs]
        if all(run[-1].get("contrast") for run in rounds):
            for which, k in (("first", 0), ("last", -1)):
                f1 = np.mean([run[k]["contrast"]["f1"] for run in rounds], axis=0)
                print(line(f"{name}, F1, {which} round", f1))
            print(line(f"{name}, share", np.mean([run[-1]["shares"] for run in rounds], axis=0)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
