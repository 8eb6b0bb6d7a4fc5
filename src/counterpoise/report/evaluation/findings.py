"""What was found of one model on labelled data, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Evaluation
from counterpoise.report.errors.confident_learning import LabelIssues, label_issues
from counterpoise.report.errors.predicted import Predicted
from counterpoise.report.results import Interval

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Measured:
    """A metric; both None where it is undefined, the interval also where it cannot be known."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class ClassResult:
    """One class of the model.

    Args:
        name: its name.
        samples: of it in the data.
        recall: None without samples; `interval` is its Wilson interval of 95 %.
            (Wilson 1927, doi:10.1080/01621459.1927.10502953)
        precision: None without samples, or where it is never predicted.
        f1: None without samples.
        taken_for: the class that its samples are most often taken for, None if for none.
        times: how often.
    """

    name: str
    samples: int
    recall: float | None
    interval: Interval | None
    precision: float | None
    f1: float | None
    taken_for: str | None
    times: int


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """One model on labelled data.

    Args:
        dataset: what the data are called.
        model: in words.
        classes: of the model; index = label.
        labels: (N,) true classes.
        names: of the N samples.
        evaluation: scores and metrics.
        metrics: name -> value and interval; macro F1 is the mean over classes that have samples,
            and of samples of one class there is neither average precision nor MCC.
        by_class: one for each class, in their order.
        warnings: what to know before believing the numbers.
        is_test_part: whether the samples are the data set's own test part, not all of it.
        is_written: whether predictions.csv lies beside the report.
    """

    dataset: str
    model: str
    classes: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    names: Sequence[str]
    evaluation: Evaluation
    metrics: Mapping[str, Measured]
    by_class: tuple[ClassResult, ...]
    warnings: tuple[str, ...] = ()
    is_test_part: bool = False
    is_written: bool = True

    @property
    def samples(self) -> int:
        """How many were predicted."""
        return len(self.labels)

    def table(self) -> list[dict[str, object]]:
        """A flat row for each class.

        Keys: class, samples, recall, recall_low, recall_high (the ends of its interval of 95 %),
        precision, f1, taken_for, times.
        """
        return [
            {
                "class": one.name,
                "samples": one.samples,
                "recall": one.recall,
                "recall_low": one.interval and one.interval[0],
                "recall_high": one.interval and one.interval[1],
                "precision": one.precision,
                "f1": one.f1,
                "taken_for": one.taken_for,
                "times": one.times,
            }
            for one in self.by_class
        ]

    def to_frame(self) -> DataFrame:
        """`table` as a pandas DataFrame with one row for each class."""
        from pandas import DataFrame

        return DataFrame(self.table())

    def label_errors(self) -> list[dict[str, object]]:
        """Samples whose label is likely wrong, the likeliest first.

        Keys: sample, label, suggested, and margin, the probability of the label less the largest
        of another class.
        """
        found = self.label_issues
        return [
            {
                "sample": self.names[i],
                "label": self.classes[self.labels[i]],
                "suggested": self.classes[k],
                "margin": float(margin),
            }
            for i, k, margin in zip(found.samples, found.suggested, found.margins, strict=True)
        ]

    @cached_property
    def predicted(self) -> Predicted:
        """What is predicted of each sample; of margins there are no probabilities."""
        test = self.evaluation
        table = test.scores if test.probabilities is None else test.probabilities
        assert table is not None
        return Predicted(
            "the model",
            np.arange(len(self.labels)),
            self.labels,
            test.predictions,
            np.asarray(table[:]),
            are_margins=test.probabilities is None,
        )

    @cached_property
    def label_issues(self) -> LabelIssues:
        """Samples whose label is likely wrong, as a report of `compare` has them.

        None of margins. Of data that the model was trained on few are found: it has learned them.
        """
        table = self.predicted
        number = 0 if table.are_margins else len(table.labels)
        return label_issues(table.labels[:number], table.probabilities[:number])

    @property
    def order(self) -> list[int]:
        """Samples, the errors first, of these the most confident first."""
        right = self.evaluation.predictions == self.labels
        return [int(i) for i in np.lexsort((-self.predicted.sure, right))]

    @property
    def errors(self) -> int:
        """How many samples are predicted wrong."""
        return int((self.evaluation.predictions != self.labels).sum())
