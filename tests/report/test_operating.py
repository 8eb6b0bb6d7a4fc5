"""Operating curves: scikit-learn's with two classes, a slow loop's with more."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

from counterpoise.report import Report, collect
from counterpoise.report.operating import FACTORS, THRESHOLDS, operating_curves, true_threshold

Make = Callable[..., Path]
COST = {"cost": {"minority": 10.0}, "select": "expected_cost"}
METHODS = {"baseline": {"skill": 1.0}, "good": {"skill": 2.0}}


class Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Its samples are the probabilities themselves."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Known":
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return X

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(X.argmax(1))


def two(make: Make) -> Report:
    return collect(
        make(methods=METHODS, counts=(300, 100), per_class=80, splits=("seed-0",), experiment=COST)
    )


def test_the_threshold_is_that_of_scikit_learn(make: Make) -> None:
    report = two(make)
    curves = {curve.method: curve for curve in operating_curves(report)}
    assert set(curves) == {"good", "baseline"}
    costs = np.array([[0, 1], [10, 0]])

    def gain(true: np.ndarray, predicted: np.ndarray) -> float:
        confusion = confusion_matrix(true, predicted, labels=[0, 1])
        return -float((confusion * costs).sum() / confusion.sum())

    for name, curve in curves.items():
        (run,) = report.runs[name]
        assert run.validation is not None
        X, y = np.asarray(run.validation.probabilities, dtype=np.float64), run.validation.target
        tuned = TunedThresholdClassifierCV(
            Known().fit(X, y),
            scoring=make_scorer(gain),
            thresholds=THRESHOLDS,
            cv="prefit",
            refit=False,
            store_cv_results=True,
        ).fit(X, y)
        np.testing.assert_allclose(curve.validation, -tuned.cv_results_["scores"])
        assert curve.levels[curve.best] == tuned.best_threshold_
        assert curve.unchanged == pytest.approx(curve.test[70]), "a threshold of .5"
    assert true_threshold(report) == pytest.approx(1 / 11)


def test_a_factor_of_many_classes_is_a_slow_loop(make: Make) -> None:
    report = collect(make(methods=METHODS, experiment=COST))
    curve = next(c for c in operating_curves(report) if c.method == "good")
    assert curve.scale == "factor"
    rare = np.array([False, True, True])  # of 200, 50 and 10
    prices = np.array([[0, 1, 1], [10, 0, 10], [10, 10, 0]])
    for place in range(0, len(FACTORS), 20):
        values = []
        for run in report.runs["good"]:
            assert run.test is not None
            p = np.asarray(run.test.probabilities, dtype=np.float64)
            predicted = (p * np.where(rare, FACTORS[place], 1.0)).argmax(1)
            values.append(prices[run.test.target, predicted].mean())
        assert curve.test[place] == pytest.approx(np.mean(values))
    assert curve.unchanged == pytest.approx(curve.test[70]), "a factor of 1"
    assert true_threshold(report) is None


def test_it_is_in_the_page_and_in_report_json(make: Make) -> None:
    out = make(methods=METHODS, counts=(300, 100), per_class=80, experiment=COST)
    report = collect(out)
    page = report.write(out).read_text()
    assert '<section id="operating-curve">' in page
    assert "What other decisions would cost" in page
    parts = report.as_json()["operating"]
    assert isinstance(parts, list)
    assert [part["method"] for part in parts] == ["good", "baseline"]
    part = parts[0]
    assert part["chosen_validation"] == min(part["validation"])
    assert part["chosen_test"] == part["test"][part["levels"].index(part["chosen"])]


def test_there_is_none_without_costs_or_probabilities(make: Make) -> None:
    assert operating_curves(collect(make())) == ()
    margins = {"baseline": {"margins": True}, "other": {"margins": True}}
    out = make(methods=margins, experiment=COST)
    assert operating_curves(collect(out)) == ()
    assert "operating-curve" not in collect(out).write(out).read_text()
    equal = make(counts=(50, 50), experiment=COST)
    assert operating_curves(collect(equal)) == ()
