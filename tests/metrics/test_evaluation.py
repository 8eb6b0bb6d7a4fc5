"""Evaluation: what it refuses, what it leaves out, and that it stays cheap and torch-free."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.metrics import CONFUSION_METRICS, METRICS, Evaluation


def test_values_follow_the_table_order() -> None:
    values = Evaluation(np.eye(2, dtype=np.int64)).values()
    assert list(values) == list(METRICS)
    assert {name for name, value in values.items() if value is None} == {
        "auc",
        "average_precision",
        "nll",
        "ece",
    }


def test_cheap_values_sort_no_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> float:
        raise AssertionError("scores were sorted")

    monkeypatch.setattr("counterpoise.metrics.ranking.Ranking", refuse)
    evaluation = Evaluation.from_scores(np.eye(3), [0, 1, 2], 3)
    assert evaluation.values(CONFUSION_METRICS)["accuracy"] == 1.0
    with pytest.raises(AssertionError, match="sorted"):
        evaluation.values()


def test_ties_go_to_the_first_class() -> None:
    confusion = Evaluation.from_scores([[0.5, 0.5], [0.5, 0.5]], [0, 1], 2).confusion
    assert confusion.tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(ArgumentError, match="1 of 2 rows are not, the first is row 1"):
        Evaluation.from_scores([[0.0, 1.0], [bad, 0.0]], [0, 1], 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": [0, 2]}, r"0\.\.1 for 2 classes; got 0\.\.2"),
        ({"target": [0, -1]}, r"got -1\.\.0"),
        ({"target": [0.0, 1.0]}, "dtype float64"),
        ({"target": [[0, 1]]}, r"shape \(1, 2\)"),
        ({"scores": [[1.0, 0.0]]}, r"\(2, 2\); got shape \(1, 2\)"),
        ({"num_classes": 3}, r"\(2, 3\)"),
        ({"probabilities": [[1.0, 0.0]]}, r"probabilities of 2 samples"),
    ],
)
def test_shapes_and_labels_are_checked(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"scores": [[1.0, 0.0], [0.0, 1.0]], "target": [0, 1], "num_classes": 2}
    Evaluation.from_scores(**good)
    with pytest.raises(ArgumentError, match=message):
        Evaluation.from_scores(**(good | change))


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        (np.ones((2, 3), dtype=np.int64), r"\(K, K\); got shape \(2, 3\)"),
        (np.ones((2, 2)), "dtype float64"),
        (np.array([[1, -1], [0, 2]]), "smallest -1"),
    ],
)
def test_confusion_is_checked(confusion: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Evaluation(confusion)


def test_scores_without_target_are_refused() -> None:
    with pytest.raises(ArgumentError, match="target"):
        Evaluation(np.eye(2, dtype=np.int64), np.eye(2))


def test_integer_scores_and_no_samples_are_legal() -> None:
    assert Evaluation.from_scores([[3, 1], [0, 2]], [0, 1], 2).accuracy == 1.0
    empty = Evaluation.from_scores(np.empty((0, 2)), np.empty(0, dtype=np.int64), 2)
    assert set(empty.values().values()) == {None}


def test_importing_metrics_and_report_loads_neither_torch_nor_plots() -> None:
    code = (
        "import sys, counterpoise.metrics, counterpoise.report; "
        "print([m for m in ('torch', 'matplotlib', 'jinja2', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
