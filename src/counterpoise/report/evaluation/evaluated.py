"""The numbers of one model on labelled data, with intervals, and what it got wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Evaluation
from counterpoise.metrics.names import METRICS
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.evaluation import page, sentences
from counterpoise.report.evaluation.findings import ClassResult, Findings, Measured
from counterpoise.report.evaluation.unseen_errors import Found, widened, wilson
from counterpoise.report.runs import Run, SplitTargets


class Evaluated(Findings):
    """One model on labelled data, as text and page; the values are those of `Findings`."""

    @property
    def advice(self) -> tuple[str, ...]:
        """What to know and do, in sentences."""
        return sentences.advice(self)

    def text(self, width: int = 100) -> str:
        """Metrics and classes for a terminal `width` columns wide, warnings, and the advice."""
        return sentences.text(self, width)

    def __repr__(self) -> str:
        return f"{self.dataset}, predicted by {self.model}:\n\n{self.text()}"

    def _repr_html_(self) -> str:
        return page.fragment(self)


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
        dataset, model, classes, labels, names, warnings, is_test_part: as of `Findings`.
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
    metrics = {m: Measured(values[m], intervals.of("model", m)) for m in METRICS}
    metrics = _of_present(metrics, int((found.true > 0).sum()), len(classes))
    present = [
        Found(float(found.recall[k]), len(np.unique(own[labels == k])))
        for k in np.flatnonzero(found.true)
    ]
    return Evaluated(
        dataset=dataset,
        model=model,
        classes=classes,
        labels=labels,
        names=names,
        evaluation=found,
        metrics=widened(metrics, present, len(np.unique(own))),
        by_class=tuple(_class_result(found, classes, k) for k in range(len(classes))),
        warnings=warnings,
        is_test_part=is_test_part,
    )


def _of_present(
    metrics: Mapping[str, Measured], present: int, num_classes: int
) -> dict[str, Measured]:
    """The metrics over classes that have samples, where the model has others.

    A class without samples has an F1 of 0, which the mean over all classes counts. Of samples of a
    single class, correlation and average precision say nothing: every ranking of them is right.
    """
    found = dict(metrics)
    share = present / num_classes
    f1 = found["macro_f1"]
    if f1.value is not None and share < 1:
        ends = None if f1.interval is None else [min(1.0, end / share) for end in f1.interval]
        found["macro_f1"] = Measured(
            min(1.0, f1.value / share), None if ends is None else (ends[0], ends[1])
        )
    if present == 1:
        found |= {name: Measured(None, None) for name in ("average_precision", "mcc")}
    return found


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
        interval=wilson(hits, true) if true else None,
        precision=hits / predicted if true and predicted else None,
        f1=2 * hits / (true + predicted) if true else None,
        taken_for=classes[most] if len(wrong) else None,
        times=int(others[most]),
    )
