"""evaluation.json and predictions.csv of one model on labelled data."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

import numpy as np

from counterpoise.atomic import replacing
from counterpoise.printable import printable
from counterpoise.records import ClassPart, EnvironmentRecord, EvaluatedRecord, MeasuredPart
from counterpoise.report.evaluation.evaluated import Evaluated
from counterpoise.report.evaluation.sentences import advice
from counterpoise.report.predictions import LARGEST, largest


def record(found: Evaluated, environment: EnvironmentRecord, command: str = "") -> EvaluatedRecord:
    """What evaluation.json holds."""
    return EvaluatedRecord(
        dataset=found.dataset,
        model=found.model,
        part="test" if found.is_test_part else "all",
        classes=found.classes,
        samples=len(found.labels),
        advice=advice(found),
        warnings=found.warnings,
        metrics={
            name: MeasuredPart(value=one.value, interval=one.interval)
            for name, one in found.metrics.items()
        },
        by_class=tuple(
            ClassPart(
                name=one.name,
                samples=one.samples,
                recall=one.recall,
                interval=one.interval,
                precision=one.precision,
                f1=one.f1,
                taken_for=one.taken_for,
                times=one.times,
            )
            for one in found.by_class
        ),
        command=command,
        environment=environment,
    )


def write_predictions(found: Evaluated, path: Path) -> None:
    """A line for each sample, errors first and of these the most confident first.

    Raises:
        OutputError: the file cannot be written.
    """
    test = found.evaluation
    table = test.scores if test.probabilities is None else test.probabilities
    assert table is not None
    most = min(LARGEST, len(found.classes))
    shown = [printable(name) for name in found.classes]
    header = ["sample", "true", "predicted"]
    header += [f"{what}_{n + 1}" for n in range(most) for what in ("class", "score")]
    values = np.asarray(table[:])
    tops = largest(values, most)
    with replacing(path) as stream:
        lines = csv.writer(codecs.getwriter("utf-8")(stream), lineterminator="\n")
        lines.writerow(header)
        for i in found.order:
            line = [printable(found.names[i]), shown[found.labels[i]], shown[test.predictions[i]]]
            for k in tops[i]:
                line += [shown[k], f"{values[i, k]:.4g}"]
            lines.writerow(line)
