"""What a run left, as plain values."""

import numpy as np

from counterpoise.metrics import Evaluation
from counterpoise.report.runs import Run, mean_seconds


def run(seconds: float, test: Evaluation | None = None) -> Run:
    return Run("baseline", "seed-0", "ok", "Baseline", seconds=seconds, test=test)


def test_seconds_are_those_of_one_split() -> None:
    assert mean_seconds([run(1.0), run(4.0)]) == 2.5


def test_a_confusion_matrix_alone_is_no_scores() -> None:
    table = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert not run(1.0).has_outputs
    assert not run(1.0, Evaluation(np.eye(2, dtype=np.int64))).has_outputs
    assert run(1.0, Evaluation.from_scores(table, [0, 1], 2)).has_outputs
