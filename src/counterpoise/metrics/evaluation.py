"""What an evaluation says of a model: a confusion matrix and, if asked, the scores behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError
from counterpoise.metrics import calibration, ranking, tallies
from counterpoise.metrics.names import METRICS, require_metric

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All metrics of one model on one set; computed when they are asked for.

    A metric that is not defined is NaN as an attribute and None in `values()`: AUC, average
    precision, NLL and ECE without scores, NLL and ECE of margins, the recall of an absent class.

    Args:
        confusion: (K, K) int64, rows true, columns predicted.
        scores: (N, K) finite, what the decision was the argmax of; never renormalised here.
        target: (N,) int64 in [0, K); needed with `scores`.
        probabilities: (N, K), rows summing to 1, or None for margins.

    Raises:
        ArgumentError: shapes do not fit, an entry is not finite or negative, a label is out of
            range, or rows of `probabilities` do not sum to 1.

    >>> evaluation = Evaluation(np.array([[8, 1, 1], [2, 3, 0], [0, 0, 0]]))
    >>> evaluation.recall
    array([0.8, 0.6, nan])
    >>> round(evaluation.balanced_accuracy, 6), evaluation.values()["auc"]
    (0.7, None)
    """

    confusion: npt.NDArray[np.int64]
    scores: npt.NDArray[np.floating] | None = None
    target: npt.NDArray[np.int64] | None = None
    probabilities: npt.NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        confusion = np.asarray(self.confusion)
        if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
            raise ArgumentError(f"a confusion matrix is (K, K); got shape {confusion.shape}")
        if confusion.dtype.kind not in "iu" or (confusion.size and confusion.min() < 0):
            raise ArgumentError(
                "a confusion matrix holds non-negative integers; got dtype "
                f"{confusion.dtype}, smallest {confusion.min(initial=0)}"
            )
        object.__setattr__(self, "confusion", confusion.astype(np.int64, copy=False))
        if self.target is None:
            if self.scores is not None or self.probabilities is not None:
                raise ArgumentError("scores need their target (N,); got none")
            return
        num_classes = len(confusion)
        object.__setattr__(self, "target", _labels(self.target, num_classes))
        for name in ("scores", "probabilities"):
            values = getattr(self, name)
            if values is not None:
                checked = _table(name, values, len(self.target), num_classes)
                object.__setattr__(self, name, checked)
        if self.probabilities is not None:
            calibration.require_probabilities(self.probabilities)

    @classmethod
    def from_scores(
        cls,
        scores: npt.ArrayLike,
        target: npt.ArrayLike,
        num_classes: int,
        probabilities: npt.ArrayLike | None = None,
    ) -> Evaluation:
        """Decide for the largest score of each row, the first one on ties.

        Args:
            scores: (N, K) finite; probabilities after any post-hoc correction, or margins.
            target: (N,) integers in [0, K).
            num_classes: K.
            probabilities: (N, K) with rows summing to 1; without them NLL and ECE are None.

        Raises:
            ArgumentError: as for the class.

        >>> Evaluation.from_scores([[0.5, 0.5], [0.2, 0.8]], [1, 1], 2).confusion
        array([[0, 0],
               [1, 1]])
        """
        labels = _labels(target, num_classes)
        table = _table("scores", scores, len(labels), num_classes)
        given = None if probabilities is None else np.asarray(probabilities)
        return cls(confusion_matrix(labels, table.argmax(1), num_classes), table, labels, given)

    @cached_property
    def hits(self) -> npt.NDArray[np.int64]:
        """Rightly decided samples of each class, (K,)."""
        return self.confusion.diagonal()

    @cached_property
    def true(self) -> npt.NDArray[np.int64]:
        """Samples of each class, (K,)."""
        return np.asarray(self.confusion.sum(axis=1), dtype=np.int64)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """Decisions for each class, (K,)."""
        return np.asarray(self.confusion.sum(axis=0), dtype=np.int64)

    @property
    def recall(self) -> Floats:
        """Recall of each class, (K,); NaN for a class without samples."""
        return tallies.recall(self.hits, self.true)

    @property
    def precision(self) -> Floats:
        """Precision of each class, (K,); 0 for a class that is never predicted."""
        return tallies.precision(self.hits, self.predicted)

    @property
    def f1(self) -> Floats:
        """F1 of each class, (K,); 0 where its denominator is 0."""
        return tallies.f1(self.hits, self.true, self.predicted)

    @property
    def accuracy(self) -> float:
        """Share of samples that are decided rightly."""
        return float(tallies.accuracy(self.hits, self.true))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes that have samples."""
        return float(tallies.balanced_accuracy(self.hits, self.true))

    @property
    def g_mean(self) -> float:
        """Geometric mean of recall over the classes that have samples."""
        return float(tallies.g_mean(self.hits, self.true))

    @property
    def macro_f1(self) -> float:
        """Mean F1 over all K classes."""
        return float(tallies.macro_f1(self.hits, self.true, self.predicted))

    @property
    def mcc(self) -> float:
        """Matthews correlation for K classes. (Gorodkin 2004)"""
        return float(tallies.mcc(self.hits, self.true, self.predicted))

    @property
    def worst_recall(self) -> float:
        """Smallest recall among the classes that have samples."""
        return float(tallies.worst_recall(self.hits, self.true))

    @cached_property
    def auc(self) -> float:
        """Macro one-vs-rest AUC of the scores as given."""
        if self.scores is None or self.target is None:
            return math.nan
        return ranking.auc(self.scores, self.target)

    @cached_property
    def average_precision(self) -> float:
        """Macro one-vs-rest average precision of the scores as given."""
        if self.scores is None or self.target is None:
            return math.nan
        return ranking.average_precision(self.scores, self.target)

    @cached_property
    def nll(self) -> float:
        """Mean negative log-likelihood of the probabilities."""
        if self.probabilities is None or self.target is None or not len(self.target):
            return math.nan
        return float(calibration.log_losses(self.probabilities, self.target).mean())

    @cached_property
    def ece(self) -> float:
        """Expected calibration error of the probabilities, 15 bins."""
        if self.probabilities is None or self.target is None:
            return math.nan
        return calibration.expected_calibration_error(self.probabilities, self.target)

    def values(self, names: Iterable[str] = METRICS) -> dict[str, float | None]:
        """Name -> value; None where it is not defined.

        Only what is named is computed: `CONFUSION_METRICS` sorts no scores.

        Raises:
            ArgumentError: a name is not a metric.
        """
        found = {name: float(getattr(self, require_metric(name))) for name in names}
        return {name: None if math.isnan(value) else value for name, value in found.items()}


def confusion_matrix(
    target: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], num_classes: int
) -> npt.NDArray[np.int64]:
    """Count (true, predicted) pairs, (K, K) int64, from labels (N,) and decisions (N,)."""
    cells = np.bincount(target * num_classes + predicted, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)


def _labels(target: npt.ArrayLike, num_classes: int) -> npt.NDArray[np.int64]:
    labels = np.asarray(target)
    if labels.ndim != 1 or (labels.size and labels.dtype.kind not in "iu"):
        raise ArgumentError(
            f"target is (N,) integers; got shape {labels.shape}, dtype {labels.dtype}"
        )
    if labels.size and (int(labels.min()) < 0 or int(labels.max()) >= num_classes):
        raise ArgumentError(
            f"target is in 0..{num_classes - 1} for {num_classes} classes; got "
            f"{int(labels.min())}..{int(labels.max())}"
        )
    return labels.astype(np.int64, copy=False)


def _table(
    name: str, values: npt.ArrayLike, num: int, num_classes: int
) -> npt.NDArray[np.floating]:
    table = np.asarray(values)
    if table.dtype.kind != "f":
        table = table.astype(np.float64)
    if table.shape != (num, num_classes):
        raise ArgumentError(
            f"{name} of {num} samples and {num_classes} classes are ({num}, {num_classes}); "
            f"got shape {table.shape}"
        )
    finite = np.isfinite(table)
    if not finite.all():
        bad = np.flatnonzero(~finite.all(axis=1))
        raise ArgumentError(
            f"{name} are finite; {len(bad)} of {num} rows are not, the first is row {bad[0]} "
            "(has the training diverged?)"
        )
    return table
