"""The test samples of a comparison as one table: what a method predicts of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.report.advice.advise import advised
from counterpoise.report.read_runs import read_targets
from counterpoise.report.results import Results
from counterpoise.report.runs import Run, SplitTargets
from counterpoise.report.significance import BASELINE

MOST_CELLS = 50_000_000  # samples x classes; of more, no table is made


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of N samples; seeds of a comparison share them, folds have their own.

    Args:
        method: its name, or what the model is called.
        indices: (N,) of the samples in the data set.
        labels: (N,).
        predictions: (N,) the class that most splits predict, of equals the first.
        probabilities: (N, K) mean over the splits.
        are_margins: whether these are margins, which are no probabilities.
    """

    method: str
    indices: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    predictions: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.floating]
    are_margins: bool = False

    @property
    def sure(self) -> npt.NDArray[np.floating]:
        """(N,) probability of what is predicted."""
        found: npt.NDArray[np.floating] = self.probabilities[
            np.arange(len(self.labels)), self.predictions
        ]
        return found


def predicted(results: Results) -> Predicted | None:
    """By the method to use, or the first in the table that has probabilities of every sample.

    None where no method has them, as where all runs came from a ledger or have margins.
    """
    folder = results.folder
    if folder is None:
        return None
    targets = [read_targets(folder, split) for split in results.experiment.splits]
    known = [target for target in targets if target is not None]
    if len(known) < len(targets):
        return None
    order = dict.fromkeys(
        [advised(results) or results.best or BASELINE, *(m.name for m in results.rows if m.ok)]
    )
    for name in order:
        runs = results.runs.get(name, ())
        if runs and all(
            run.test is not None and run.test.probabilities is not None for run in runs
        ):
            return _table(name, runs, known, len(results.experiment.classes))
    return None


def _table(
    name: str, runs: Sequence[Run], targets: Sequence[SplitTargets], num_classes: int
) -> Predicted | None:
    indices, first = np.unique(
        np.concatenate([target.test_indices for target in targets]), return_index=True
    )
    if not len(indices) or len(indices) * num_classes > MOST_CELLS:
        return None
    labels = np.concatenate([target.test for target in targets])[first]
    sums = np.zeros((len(indices), num_classes))
    votes = np.zeros((len(indices), num_classes), dtype=np.int32)
    times = np.zeros(len(indices))
    for run, target in zip(runs, targets, strict=True):
        assert run.test is not None
        assert run.test.probabilities is not None
        places = np.searchsorted(indices, target.test_indices)
        sums[places] += np.asarray(run.test.probabilities[:])
        votes[places, run.test.predictions] += 1
        times[places] += 1
    return Predicted(name, indices, labels, votes.argmax(axis=1), sums / times[:, None])
