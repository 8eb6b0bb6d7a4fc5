"""How good a finished run is on validation, to choose between settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from counterpoise.experiments.run_folder import OUTPUTS, REPORT
from counterpoise.experiments.split_files import costs_of, read_split
from counterpoise.experiments.tasks import Context, RunTask
from counterpoise.metrics import LOWER_IS_BETTER, Evaluation
from counterpoise.metrics.names import outdated
from counterpoise.records import RunRecord, Status

Part = Literal["validation", "test"]


@dataclass(frozen=True)
class Measured:
    """What a run's validation set says, or its test set; no values unless its status is "ok".

    `recall` has None for a class without such a sample, and is empty where a ledger kept no scores.
    """

    status: Status
    error: str | None = None
    seconds: float = 0.0
    values: Mapping[str, float | None] = field(default_factory=dict)
    recall: tuple[float | None, ...] = ()


def measure(run: RunTask, context: Context, part: Part = "validation") -> Measured:
    """Read the folder of a run that has ended."""
    folder = context.out / run.folder
    report = RunRecord.read(folder / REPORT)
    status, error, seconds = report.status, report.error, report.seconds
    if status != "ok":
        return Measured(status, error, seconds)
    if not (folder / OUTPUTS).exists():  # accepted from a ledger
        margins, classes = report.scores == "margins", len(context.classes)
        old = outdated(report.revisions, num_classes=classes, margins=margins)
        values = (report.values if part == "test" else report.validation_values) or {}
        return Measured(status, error, seconds, {**values, **dict.fromkeys(old)})
    with np.load(folder / OUTPUTS, allow_pickle=False) as outputs:
        scores = outputs[f"{part}_scores"]
        probabilities = outputs.get(f"{part}_probabilities")
    target = read_split(context.splits, run.data_split)[f"{part}_labels"]
    evaluation = Evaluation.from_scores(
        scores,
        target,
        len(context.classes),
        probabilities=probabilities,
        costs=costs_of(context, run.split),
    )
    recall = tuple(None if np.isnan(r) else float(r) for r in evaluation.recall)
    return Measured(status, error, seconds, evaluation.values(), recall)


def averaged(found: Sequence[Measured]) -> Measured:
    """The mean over splits; of one that did not end well nothing is known.

    >>> one, other = ({"auc": value} for value in (0.5, 1.0))
    >>> mean = averaged([Measured("ok", None, 1.0, one), Measured("ok", None, 2.0, other)])
    >>> mean.values["auc"], mean.seconds
    (0.75, 3.0)
    """
    if len(found) == 1:
        return found[0]
    seconds = sum(one.seconds for one in found)
    broken = next((one for one in found if one.status != "ok"), None)
    if broken is not None:
        return Measured(broken.status, broken.error, seconds)
    values = {key: _mean([one.values.get(key) for one in found]) for key in found[0].values}
    recall = tuple(map(_mean, zip(*(one.recall for one in found), strict=False)))
    return Measured("ok", None, seconds, values, recall)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def best_of(measured: Sequence[Measured], select: str) -> int:
    """Index of the best by a metric, the first on ties; the first of all where none has it.

    >>> low, high = Measured("ok", values={"nll": 0.2}), Measured("ok", values={"nll": 0.4})
    >>> best_of([Measured("diverged"), high, low], "nll")
    2
    """
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    known = [one.values.get(select) for one in measured]
    return int(np.argmax([-np.inf if value is None else sign * value for value in known]))
