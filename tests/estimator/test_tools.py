"""Inside the tools that people put a classifier into."""

import pickle

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from counterpoise import CounterpoiseClassifier

Arrays = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def data() -> Arrays:
    X, y = make_classification(
        n_samples=240, n_features=6, weights=[0.85], class_sep=0.8, flip_y=0, random_state=0
    )
    return X, y


def quick(method: str = "baseline", **settings: object) -> CounterpoiseClassifier:
    return CounterpoiseClassifier(method, rounds=8, random_state=0, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("scoring", ["balanced_accuracy", "roc_auc", "neg_log_loss"])
def test_cross_val_score(data: Arrays, scoring: str) -> None:
    scores = cross_val_score(quick(), *data, cv=3, scoring=scoring, error_score="raise")
    assert np.isfinite(scores).all()


def test_scorers_read_margins(data: Arrays) -> None:
    scores = cross_val_score(quick("cnusvm"), *data, cv=3, scoring="roc_auc", error_score="raise")
    assert scores.mean() > 0.6


def test_grid_search_over_methods_and_their_parameters(data: Arrays) -> None:
    grid = [
        {"method": ["baseline"], "lr": np.array([0.0001, 0.05])},
        {"method": ["oversampling"], "method_parameters": [{"ratio": r} for r in (1, np.int64(3))]},
        {"method": ["ldam-drw"], "method_parameters": [{"max_margin": 0.3}]},
    ]
    search = GridSearchCV(quick(), grid, cv=2, scoring="balanced_accuracy", error_score="raise")
    search.fit(*data)
    scores = search.cv_results_["mean_test_score"]
    assert len(scores) == 5
    assert scores[0] == pytest.approx(0.5, abs=0.1)
    assert search.best_score_ > scores[0]
    assert search.best_estimator_.recipe_.name == search.best_params_["method"]


def test_clone_has_the_settings_and_nothing_learned(data: Arrays) -> None:
    model = quick("oversampling", method_parameters={"ratio": 4}, validation_fraction=0.2)
    copy = clone(model.fit(*data))
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "predictor_")
    assert (copy.fit(*data).predict_proba(data[0]) == model.predict_proba(data[0])).all()


@pytest.mark.parametrize("method", ["thresholding", "crt", "cnusvm"])
def test_pickle(data: Arrays, method: str) -> None:
    model = quick(method).fit(*data)
    again = pickle.loads(pickle.dumps(model))
    assert (again.decision_function(data[0]) == model.decision_function(data[0])).all()
    assert again.history_ == model.history_


def test_pipeline_hands_weights_on(data: Arrays) -> None:
    X, y = data
    model = make_pipeline(StandardScaler(), quick())
    model.fit(X, y, counterpoiseclassifier__sample_weight=np.where(y == 1, 1.0, 0.01))
    assert (model.predict(X) == 1).mean() > 0.8


@pytest.mark.system
def test_parallel_search_gives_the_same(data: Arrays) -> None:
    grid = {"method": ["baseline", "weighted"]}
    one, two = (
        GridSearchCV(quick(), grid, cv=2, n_jobs=jobs, scoring="roc_auc").fit(*data)
        for jobs in (1, 2)
    )
    np.testing.assert_allclose(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"], atol=0.02
    )


def test_inside_an_imbalanced_learn_pipeline(data: Arrays) -> None:
    pytest.importorskip("imblearn", reason="imbalanced-learn is not installed")
    from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
    from imblearn.under_sampling import RandomUnderSampler

    X, y = data
    model = make_imblearn_pipeline(RandomUnderSampler(random_state=0), StandardScaler(), quick())
    model.fit(X, y)
    minority = int((y == 1).sum())
    assert model[-1].predictor_.metadata["counts"] == [minority, minority]
    scores = cross_val_score(model, X, y, cv=3, scoring="balanced_accuracy", error_score="raise")
    assert scores.mean() > 0.6
