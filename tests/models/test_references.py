"""References as modules: what scikit-learn predicts."""

import numpy as np
import pytest
import torch

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models.references import GradientBoostedTrees, LogisticRegression


def samples(classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(classes)
    X = random.normal(size=(300, 6)).astype(np.float32)
    return X, np.digitize(np.square(X[:, :3]).sum(1), np.linspace(1, 5, classes - 1))


def ours(kind: str, classes: int, balanced: bool) -> GradientBoostedTrees | LogisticRegression:
    if kind == "trees":
        return GradientBoostedTrees(6, classes, members=8, leaves=7, balanced=balanced)
    return LogisticRegression(6, classes, balanced=balanced)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("kind", ["trees", "logistic"])
def test_probabilities_are_scikit_learns(kind: str, classes: int, balanced: bool) -> None:
    X, y = samples(classes)
    model = ours(kind, classes, balanced)
    theirs = model.estimator(0).fit(X.astype(np.float64), y)
    assert theirs.class_weight == ("balanced" if balanced else None)
    model.fill(theirs)
    found = model(torch.from_numpy(X)).softmax(1).numpy()
    np.testing.assert_allclose(found, theirs.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("seen", [(0, 2), (1, 2, 4)])
@pytest.mark.parametrize("kind", ["trees", "logistic"])
def test_a_class_that_was_not_seen_is_never_chosen(kind: str, seen: tuple[int, ...]) -> None:
    X, y = samples(len(seen))
    model = ours(kind, 5, False)
    theirs = model.estimator(0).fit(X.astype(np.float64), np.array(seen)[y])
    model.fill(theirs)
    found = model(torch.from_numpy(X)).softmax(1).numpy()
    np.testing.assert_allclose(found[:, seen], theirs.predict_proba(X), atol=1e-5)


def test_neighbouring_numbers_stay_on_their_sides() -> None:
    low = np.float32(100.0)
    high = np.nextafter(low, np.float32(200))
    X = np.array([[low], [high]] * 40, dtype=np.float32)
    model = GradientBoostedTrees(1, 2, members=3, leaves=2)
    model.fill(model.estimator(0).fit(X.astype(np.float64), [0, 1] * 40))
    assert model(torch.from_numpy(X)).argmax(1).tolist() == [0, 1] * 40


@pytest.mark.parametrize("options", [{"members": 0}, {"leaves": 1}, {"learning_rate": 0.0}])
def test_options_that_break_their_rule(options: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match="hist-gradient-boosting needs"):
        GradientBoostedTrees(4, 3, **options)


def test_they_take_no_head() -> None:
    with pytest.raises(ArgumentError, match="logistic-regression predicts and takes no head"):
        models.create("logistic-regression", (6,), 3, head=torch.nn.Linear)


def test_a_class_of_one_row_among_many() -> None:
    """Of more than 10 000 rows scikit-learn would hold some out, by class."""
    X = np.random.default_rng(0).normal(size=(10_100, 2))
    model = GradientBoostedTrees(2, 2, members=1, leaves=2)
    fitted = model.estimator(0).fit(X, np.arange(len(X)) == 0)
    assert fitted.n_iter_ == 1
    assert not fitted.do_early_stopping_
