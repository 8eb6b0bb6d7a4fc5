"""On what a retraining is judged: labelled frames of cameras that it never learned from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterpoise.data.splits.draw import Purpose, carve, group_counts

SHARE = 0.1  # of each class: labels are few, and one that judges teaches nothing
MOST = 1 / 3  # of all labels, where cameras are few and each has many
LEAST = 5  # frames, of two classes, below which no number is given


@dataclass(frozen=True)
class Judged:
    """What a retraining said of the frames that were held out.

    Args:
        number: of these frames.
        classes: of these frames.
        balanced_accuracy: mean of the recalls of these classes; None where frames or classes are
            too few, or the run left no scores of them.
    """

    number: int
    classes: int
    balanced_accuracy: float | None


def held_out(
    labels: Sequence[str],
    groups: Sequence[str],
    seen: Collection[str] = (),
    taught: Collection[str] = (),
) -> npt.NDArray[np.bool_]:
    """Mask (N,) of the samples that are not trained on: a tenth of each class, in whole groups.

    A class that nothing else would teach is trained on, and one with too few samples for a tenth.
    Where groups bind the classes together, or have more than a third of all samples, classes in the
    fewest groups are left out of what is judged, and in the end all.

    Args:
        labels: (N,) classes.
        groups: (N,) cameras; "" for a sample of its own.
        seen: groups that the network learned from before, or may have; they judge nothing.
        taught: classes that other samples teach in any case.

    >>> labels, cameras = ["cat", "dog"] * 20 + ["owl"], [f"camera {n // 4}" for n in range(41)]
    >>> held = held_out(labels, cameras)
    >>> int(held.sum()), bool(held[-1])
    (4, False)
    >>> bool(held_out(labels, cameras, seen=set(cameras)).any())
    False
    """
    names, true = np.unique(np.array(labels), return_inverse=True)
    own = [group or f"\n{i}" for i, group in enumerate(groups)]  # in no name of a camera
    _, codes = np.unique(np.array(own), return_inverse=True)
    held = np.zeros(len(true), dtype=np.bool_)
    fresh = np.array([group not in seen for group in groups], dtype=np.bool_)
    if not fresh.any():
        return held
    counts = np.bincount(true)
    where = group_counts(true[fresh], codes[fresh], len(counts))
    others = group_counts(true, codes, len(counts)) > where  # which train in any case
    keep = [int(not others[k] and name not in taught) for k, name in enumerate(names)]
    wanted = [round(SHARE * int(n)) for n in counts]
    order = np.argsort(-where, kind="stable")
    judged = [int(k) for k in order if wanted[k] and where[k] > keep[k]]
    while judged:
        targets = [number if k in judged else 0 for k, number in enumerate(wanted)]
        found = carve(true[fresh], codes[fresh], targets, Purpose.TEST, 0, keep)
        if found is not None and found.sum() <= MOST * len(true):
            held[fresh] = found
            return held
        judged.pop()
    return held


def judged(run: Path, labels: Sequence[str], classes: Sequence[str]) -> Judged:
    """What a run says of the frames that were held out.

    Args:
        run: its folder, with the scores of its test part.
        labels: (N,) of that part, in its order; none where nothing was held out.
        classes: of its scores, in their order.
    """
    true = np.array(labels, dtype=str)
    names = np.unique(true)
    nothing = Judged(len(true), len(names), None)
    if len(true) < LEAST or len(names) < 2:
        return nothing
    try:
        with np.load(run / "outputs.npz") as found:
            said = np.array(classes)[found["test_scores"].argmax(1)]
    except (OSError, ValueError, KeyError, IndexError):
        return nothing
    if len(true) != len(said):
        return nothing
    share = float(np.mean([(said[true == name] == name).mean() for name in names]))
    return Judged(len(true), len(names), share)
