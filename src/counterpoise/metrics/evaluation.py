"""What an evaluation says of a model: a confusion matrix and, if asked, the scores behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError
from counterpoise.metrics import calibration, ranking, tallies
from counterpoise.metrics.confusion import Confusion
from counterpoise.metrics.costs import Costs
from counterpoise.metrics.count_metric import count_metrics
from counterpoise.metrics.names import TITLES, metrics_of, require_metric
from counterpoise.npz import StoredTable, Table, row_blocks

Floats = npt.NDArray[np.float64]


class Evaluation:
    """All metrics of one model on one set; computed when they are asked for.

    A metric that is not defined is NaN as an attribute and None in `values()`: AUC, average
    precision, NLL and ECE without scores, NLL and ECE of margins, the recall of an absent class.

    Args:
        confusion: (K, K) integers, rows true, columns predicted; or its cells alone.
        scores: (N, K) finite, whose argmax is predicted; never renormalised here.
        target: (N,) int64 in [0, K); needed with `scores`.
        probabilities: (N, K), rows summing to 1, or None for margins.
        costs: of mistakes, for the expected cost.

    Raises:
        ArgumentError: shapes do not fit, an entry is not finite or negative, a label is out of
            range, or rows of `probabilities` do not sum to 1.

    >>> evaluation = Evaluation(np.array([[8, 1, 1], [2, 3, 0], [0, 0, 0]]))
    >>> evaluation.recall
    array([0.8, 0.6, nan])
    >>> round(evaluation.balanced_accuracy, 6), evaluation.values()["auc"]
    (0.7, None)
    """

    def __init__(
        self,
        confusion: Confusion | npt.ArrayLike,
        scores: npt.ArrayLike | Table | None = None,
        target: npt.ArrayLike | None = None,
        probabilities: npt.ArrayLike | Table | None = None,
        costs: Costs | None = None,
    ) -> None:
        self.cells = (
            confusion if isinstance(confusion, Confusion) else Confusion.from_dense(confusion)
        )
        self.num_classes = self.cells.num_classes
        if costs is not None and costs.num_classes != self.num_classes:
            raise ArgumentError(
                f"costs are of the {self.num_classes} classes; got {costs.num_classes}"
            )
        self.costs = costs
        self.scores: Table | None = None
        self.probabilities: Table | None = None
        self.target: npt.NDArray[np.int64] | None = None
        if target is None:
            if scores is not None or probabilities is not None:
                raise ArgumentError("scores need their target (N,); got none")
            return
        self.target = _labels(target, self.num_classes)
        if scores is not None:
            self.scores = _table("scores", scores, len(self.target), self.num_classes)
            _require_finite("scores", self.scores)
        if probabilities is not None:
            size = len(self.target), self.num_classes
            self.probabilities = _table("probabilities", probabilities, *size)
            _require_finite("probabilities", self.probabilities)
            calibration.require_probabilities(self.probabilities)

    @classmethod
    def from_scores(
        cls,
        scores: npt.ArrayLike | Table,
        target: npt.ArrayLike,
        num_classes: int,
        probabilities: npt.ArrayLike | Table | None = None,
        costs: Costs | None = None,
    ) -> Evaluation:
        """Predict the class of the largest score of each row, the first one on ties.

        Args:
            scores: (N, K) finite; probabilities after any posthoc correction, or margins.
            target: (N,) integers in [0, K).
            num_classes: K.
            probabilities: (N, K) with rows summing to 1; without them NLL and ECE are None.
            costs: of mistakes, for the expected cost.

        Raises:
            ArgumentError: as for the class.

        >>> Evaluation.from_scores([[0.5, 0.5], [0.2, 0.8]], [1, 1], 2).confusion
        array([[0, 0],
               [1, 1]])
        """
        labels = _labels(target, num_classes)
        table = _table("scores", scores, len(labels), num_classes)
        _require_finite("scores", table)
        predictions = _argmax(table)
        confusion = Confusion.from_pairs(labels, predictions, num_classes)
        found = cls(confusion, target=labels, probabilities=probabilities, costs=costs)
        found.scores, found.predictions = table, predictions
        return found

    @cached_property
    def predictions(self) -> npt.NDArray[np.int64]:
        """Class of the largest score of each sample, (N,).

        Raises:
            ArgumentError: there are no scores.
        """
        if self.scores is None:
            raise ArgumentError("predictions of single samples need their scores; got none")
        return _argmax(self.scores)

    @property
    def confusion(self) -> npt.NDArray[np.int64]:
        """The matrix (K, K), rows true, made anew; `cells` grows with the samples only."""
        return self.cells.dense()

    @property
    def hits(self) -> npt.NDArray[np.int64]:
        """Samples of each class that are predicted as it, (K,)."""
        return self.cells.hits

    @property
    def true(self) -> npt.NDArray[np.int64]:
        """Samples of each class, (K,)."""
        return self.cells.true

    @property
    def predicted(self) -> npt.NDArray[np.int64]:
        """Predictions of each class, (K,)."""
        return self.cells.predicted

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
        """Share of samples that are predicted right."""
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

    @property
    def expected_cost(self) -> float:
        """Mean cost of a sample; NaN without costs."""
        return math.nan if self.costs is None else self.costs.mean(self.cells)

    @property
    def auc(self) -> float:
        """Macro one-vs-rest AUC of the scores as given; of two margins, by their difference."""
        return self._of_order[0]

    @property
    def average_precision(self) -> float:
        """Macro one-vs-rest average precision; of two margins, by their difference."""
        return self._of_order[1]

    @cached_property
    def _of_order(self) -> tuple[float, float]:
        if self.scores is None or self.target is None:
            return math.nan, math.nan
        return ranking.auc_and_average_precision(self.scores, self.target, margins=self.margins)

    @property
    def margins(self) -> bool:
        """Whether there are scores and they are no probabilities."""
        return self.scores is not None and self.probabilities is None

    def ranked_columns(self) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
        """Class and scores (N,) that rank samples for it, class by class."""
        assert self.scores is not None
        return ranking.ranked_columns(self.scores, margins=self.margins)

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

    def values(self, names: Iterable[str] | None = None) -> dict[str, float | None]:
        """Name -> value; None where it is not defined. The expected cost is there with costs only.

        Only what is named is computed: `CONFUSION_METRICS` sorts no scores.

        Raises:
            ArgumentError: a name is not a metric.
        """
        if names is None:
            names = metrics_of(with_costs=self.costs is not None)
        found = {name: self._value(require_metric(name, TITLES)) for name in names}
        return {name: None if math.isnan(value) else value for name, value in found.items()}

    def _value(self, name: str) -> float:
        stated = count_metrics().get(name)
        if stated is None:
            return float(getattr(self, name))
        return float(stated(self.hits, self.true, self.predicted))


def _labels(target: npt.ArrayLike, num_classes: int) -> npt.NDArray[np.int64]:
    labels = np.asarray(target)
    if labels.ndim != 1 or (labels.size and labels.dtype.kind not in "iub"):
        raise ArgumentError(
            f"target is (N,) integers; got shape {labels.shape}, dtype {labels.dtype}"
        )
    if labels.size and (int(labels.min()) < 0 or int(labels.max()) >= num_classes):
        raise ArgumentError(
            f"target is in 0..{num_classes - 1} for {num_classes} classes; got "
            f"{int(labels.min())}..{int(labels.max())}"
        )
    return labels.astype(np.int64, copy=False)


def _table(name: str, values: npt.ArrayLike | Table, num: int, num_classes: int) -> Table:
    table = values if isinstance(values, StoredTable) else np.asarray(values)
    if table.dtype.kind != "f":
        table = np.asarray(table).astype(np.float64)
    if table.shape != (num, num_classes):
        raise ArgumentError(
            f"{name} of {num} samples and {num_classes} classes are ({num}, {num_classes}); "
            f"got shape {table.shape}"
        )
    return table


def _require_finite(name: str, table: Table) -> None:
    bad = [
        part.start + np.flatnonzero(~np.isfinite(rows).all(axis=1))
        for part, rows in row_blocks(table)
    ]
    number = sum(map(len, bad))
    if number:
        first = next(rows[0] for rows in bad if len(rows))
        raise ArgumentError(
            f"{name} are finite; {number} of {len(table)} rows are not, the first is row {first} "
            "(has the training diverged?)"
        )


def _argmax(table: Table) -> npt.NDArray[np.int64]:
    found = np.empty(len(table), dtype=np.int64)
    for part, rows in row_blocks(table):
        found[part] = rows.argmax(axis=1)
    return found
