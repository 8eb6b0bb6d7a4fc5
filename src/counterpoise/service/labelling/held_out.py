"""On what a retraining is judged: pictures of cameras that it is not trained on."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterpoise.data.splits.draw import Purpose, carve, group_counts

SHARE = 0.1  # of each class: labels are few, and one that judges teaches nothing


def held_out(labels: Sequence[str], groups: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mask (N,) of the samples that are not trained on: a tenth of each class, in whole groups.

    A class that is in one group only is trained on. Where groups bind the classes together, those
    in the fewest groups are left out of what is judged.

    Args:
        labels: (N,) classes.
        groups: (N,) cameras; "" for a sample of its own.

    >>> held = held_out(["cat", "dog"] * 20 + ["owl"], [f"camera {n // 4}" for n in range(41)])
    >>> int(held.sum()), bool(held[-1])
    (4, False)
    """
    _, true = np.unique(np.array(labels), return_inverse=True)
    own = [group or f"\n{i}" for i, group in enumerate(groups)]  # in no name of a camera
    _, codes = np.unique(np.array(own), return_inverse=True)
    counts = np.bincount(true)
    where = group_counts(true, codes, len(counts))
    judged = [int(k) for k in np.argsort(-where, kind="stable") if where[k] > 1]
    while judged:
        targets = [
            max(1, round(SHARE * int(n))) if k in judged else 0 for k, n in enumerate(counts)
        ]
        held = carve(true, codes, targets, Purpose.TEST, 0)
        if held is not None:
            return held
        judged.pop()
    return np.zeros(len(true), dtype=np.bool_)


def judged(run: Path, data: Path, classes: Sequence[str]) -> float | None:
    """Balanced accuracy of a run on the part that was held out; None where there is none.

    Args:
        run: its folder, with the scores of its test part.
        data: the CSV or .npz file that it was trained on.
        classes: of its scores, in their order.
    """
    true = np.array(_of_test(data))
    try:
        with np.load(run / "outputs.npz") as found:
            said = np.array(classes)[found["test_scores"].argmax(1)]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    if not len(true) or len(true) != len(said):
        return None
    return float(np.mean([(said[true == name] == name).mean() for name in np.unique(true)]))


def _of_test(data: Path) -> list[str]:
    """Labels of the test part, in the order of the file."""
    if data.suffix == ".npz":
        with np.load(data) as arrays:
            return [str(one) for one in arrays["y_test"]] if "y_test" in arrays else []
    with data.open(newline="", encoding="utf-8") as stream:
        return [row["label"] for row in csv.DictReader(stream) if row["split"] == "test"]
