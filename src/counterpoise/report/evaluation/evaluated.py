"""The numbers of one model on labelled data, with intervals, and what it got wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Evaluation
from counterpoise.metrics.names import METRICS
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.errors.confident_learning import LabelIssues, label_issues
from counterpoise.report.errors.predicted import Predicted
from counterpoise.report.evaluation import page, sentences
from counterpoise.report.results import Interval
from counterpoise.report.runs import Run, SplitTargets

if TYPE_CHECKING:
    from pandas import DataFrame

LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """A metric; both None where it is undefined."""

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
        precision: None where it is never predicted.
        f1: None where it is neither present nor predicted.
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
class Evaluated:
    """One model on labelled data.

    Args:
        dataset: what the data are called.
        model: in words.
        classes: of the model; index = label.
        labels: (N,) true classes.
        names: of the N samples.
        evaluation: scores and metrics.
        metrics: name -> value and interval.
        by_class: one for each class, in their order.
        warnings: what to know before believing the numbers.
        is_test_part: whether the samples are the data set's own test part, not all of it.
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

    @property
    def samples(self) -> int:
        """How many were predicted."""
        return len(self.labels)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to know and do, in sentences."""
        return sentences.advice(self)

    def text(self, width: int = 100) -> str:
        """Metrics and classes for a terminal `width` columns wide, warnings, and the advice."""
        return sentences.text(self, width)

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

    def __repr__(self) -> str:
        return f"{self.dataset}, predicted by {self.model}:\n\n{self.text()}"

    def _repr_html_(self) -> str:
        return page.fragment(self)

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


def judge(
    dataset: str,
    model: str,
    classes: tuple[str, ...],
    labels: npt.NDArray[np.int64],
    names: Sequence[str],
    scores: npt.NDArray[np.floating],
    probabilities: npt.NDArray[np.floating] | None,
    groups: npt.NDArray[np.int64] | None = None,
    warnings: tuple[str, ...] = (),
    *,
    is_test_part: bool = False,
) -> Evaluated:
    """Compute everything that is said of a model on labelled data.

    Args:
        dataset, model, classes, labels, names, warnings, is_test_part: as of `Evaluated`.
        scores: (N, K), whose argmax is predicted.
        probabilities: (N, K), or None for margins.
        groups: (N,) which samples belong together; intervals draw whole groups.
    """
    found = Evaluation.from_scores(scores, labels, len(classes), probabilities)
    own = np.arange(len(labels)) if groups is None else groups
    targets = SplitTargets(
        test_indices=np.arange(len(labels)),
        test=labels,
        test_groups=np.unique(own, return_inverse=True)[1].astype(np.int64),
        validation=np.zeros(0, dtype=np.int64),
    )
    run = Run("model", "all", "ok", model, test=found)
    intervals = Intervals({"model": [run]}, [targets])
    values = found.values()
    return Evaluated(
        dataset=dataset,
        model=model,
        classes=classes,
        labels=labels,
        names=names,
        evaluation=found,
        metrics={m: Measured(values[m], intervals.of("model", m)) for m in METRICS},
        by_class=tuple(_class_result(found, classes, k) for k in range(len(classes))),
        warnings=warnings,
        is_test_part=is_test_part,
    )


def _class_result(found: Evaluation, classes: Sequence[str], k: int) -> ClassResult:
    assert found.target is not None
    hits, true, predicted = int(found.hits[k]), int(found.true[k]), int(found.predicted[k])
    wrong = found.predictions[(found.target == k) & (found.predictions != k)]
    others = np.bincount(wrong, minlength=len(classes))
    most = int(others.argmax())
    return ClassResult(
        name=classes[k],
        samples=true,
        recall=hits / true if true else None,
        interval=_wilson(hits, true) if true else None,
        precision=hits / predicted if predicted else None,
        f1=2 * hits / (true + predicted) if true + predicted else None,
        taken_for=classes[most] if len(wrong) else None,
        times=int(others[most]),
    )


def _wilson(hits: int, number: int) -> Interval:
    from scipy.stats import binomtest

    found = binomtest(hits, number).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)
