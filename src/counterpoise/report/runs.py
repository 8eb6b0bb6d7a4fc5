"""What an experiment left: the labels of its splits, and its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Evaluation
from counterpoise.records import RoundRecord, Status

CALIBRATION = ("nll", "ece")


@dataclass(frozen=True, eq=False)
class SplitTargets:
    """The labels of a split's test and validation set, and which test samples belong together.

    Args:
        test_indices: (n,) of the test samples in the data set.
        test: (n,) labels of the test set.
        test_groups: (n,) number of each test sample's group, 0..G-1; its own when ungrouped.
        validation: (m,) labels of the validation set.
    """

    test_indices: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    test_groups: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Run:
    """One method on one split.

    `before` is the test set by the probabilities that posthoc was given, None without posthoc and
    for margins; `values_before` are its NLL and ECE.

    `synthetic` are some real and some synthetic images with their labels, where a resampler made
    any.

    `test` and `validation` come from outputs.npz. A run accepted from a ledger has none: then
    `test` holds at most a confusion matrix, and the values come from report.json.
    """

    method: str
    split: str
    status: Status
    title: str
    error: str | None = None
    converged: bool | None = None
    probabilities: bool = False
    control: bool = False
    reference: bool = False
    seconds: float = 0.0
    updates: int | None = None
    learning_rate: float | None = None
    stages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    test: Evaluation | None = None
    validation: Evaluation | None = None
    identity: str | None = None
    before: Evaluation | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)
    values_before: Mapping[str, float | None] = field(default_factory=dict)
    validation_values: Mapping[str, float | None] = field(default_factory=dict)
    training_values: Mapping[str, float | None] | None = None
    history: tuple[RoundRecord, ...] = ()
    synthetic: Mapping[str, npt.NDArray[np.generic]] | None = None

    @property
    def has_outputs(self) -> bool:
        """Whether the scores of each test sample are known."""
        return self.test is not None and self.test.scores is not None


def mean_seconds(runs: Sequence[Run]) -> float:
    """Training time of one split, mean."""
    return float(np.mean([run.seconds for run in runs]))
