"""Recall of the rarest classes and of the others, by the number of training samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.records import ExperimentRecord
from counterpoise.report.number_format import listed, quoted
from counterpoise.report.runs import Run

RARE = 2  # times the samples of the rarest class, up to which a class counts as rare
MOST_NAMED = 3

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Group:
    """Some classes of each split.

    Args:
        chosen: (S, K) which class belongs to it in which split; a random profile draws others for
            each split.
        training: (S, K) training samples.
        n_test: (K,) test samples, of all folds together.
        classes: names.
    """

    chosen: Mask
    training: npt.NDArray[np.int64]
    n_test: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many classes it has in a split."""
        return int(self.chosen[0].sum())

    @property
    def everywhere(self) -> list[int]:
        """Its classes if they are the same in every split, else none."""
        same = bool((self.chosen == self.chosen[0]).all())
        return np.flatnonzero(self.chosen[0]).tolist() if same else []

    @property
    def sizes(self) -> str:
        """Training and test samples of one of its classes, in words."""
        tested = np.broadcast_to(self.n_test, self.chosen.shape)[self.chosen]
        word = "sample" if int(tested.max()) == 1 else "samples"
        return f"{_range(self.training[self.chosen])} training, {_range(tested)} test {word}"

    def recall(self, runs: Sequence[Run]) -> float | None:
        """Mean test recall over its classes and all splits; None where none is known."""
        found = recalls(runs)
        if found is None:
            return None
        values = found[self.chosen]
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else None

    def name(self, what: str) -> str:
        """Such as "The 3 rarest classes" or "The other class 'a'"."""
        same = self.everywhere
        if len(same) == 1:
            return f"The {what} class {quoted(self.classes[same[0]])}"
        number = self.number
        if what == "other":
            return f"The other {number} classes" if number > 1 else "The other class"
        return f"The {number} {what} classes" if number > 1 else f"The {what} class"


def by_frequency(experiment: ExperimentRecord) -> tuple[Group, Group]:
    """The rarest classes, and all others.

    A class is rare in a split if it has at most twice the training samples of the rarest, and
    fewer than the mean of all classes. With equal numbers none is. Without a profile the mean over
    splits decides, for all of them.
    """
    per_split, none = experiment.counts_per_split, experiment.profile == "none"
    training = np.array([per_split.get(s, experiment.counts) for s in experiment.splits])
    # a profile may draw others for each split; without one only rounding makes them differ
    sizes = np.array([experiment.counts] * len(training)) if none else training
    fewest = sizes.min(axis=1, keepdims=True)
    rare = (sizes <= RARE * fewest) & (sizes < sizes.mean(axis=1, keepdims=True))
    n_test = np.array(experiment.n_test)
    return (
        Group(rare, training, n_test, experiment.classes),
        Group(~rare, training, n_test, experiment.classes),
    )


def recalls(runs: Sequence[Run]) -> npt.NDArray[np.float64] | None:
    """(S, K) test recall, nan for a class without test samples; None when a run has none."""
    rows = [run.test.recall for run in runs if run.test is not None]
    return np.array(rows) if rows and len(rows) == len(runs) else None


def never_found(experiment: ExperimentRecord, runs: Sequence[Run]) -> list[int]:
    """Classes with test samples of which a method found none in any split, the rarest first."""
    rows = recalls(runs)
    if rows is None:
        return []
    found = np.nan_to_num(rows).sum(axis=0) > 0
    tested = (~np.isnan(rows)).any(axis=0)
    return sorted(np.flatnonzero(tested & ~found).tolist(), key=lambda k: experiment.counts[k])


def all_quoted(names: Sequence[str]) -> str:
    """A few names in quotation marks.

    >>> all_quoted(["a", "b", "c", "d", "e"])
    "'a', 'b' and 3 more"
    """
    return listed([quoted(name) for name in names], MOST_NAMED)


def _range(values: npt.NDArray[np.int64]) -> str:
    """Both ends, or about the mean where these are within 10 %."""
    low, high = int(values.min()), int(values.max())
    if low == high:
        return str(low)
    return f"about {values.mean():.0f}" if high <= 1.1 * low else f"{low} to {high}"
