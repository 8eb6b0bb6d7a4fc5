"""Boosted trees as a module: what scikit-learn predicts, to the last sample."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from counterpoise import models
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError
from counterpoise.models.trees import BoostedTrees
from counterpoise.predict import Predictor


def fitted(classes: int, depth: int, members: int = 12):
    random = np.random.default_rng(classes)
    X = random.normal(size=(300, 6)).astype(np.float32)
    y = np.digitize(np.square(X[:, :3]).sum(1), np.linspace(1, 5, classes - 1))
    trees = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=depth), n_estimators=members, random_state=0
    )
    return X, y, trees.fit(X, y)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_are_scikit_learns(classes: int, depth: int) -> None:
    X, _, theirs = fitted(classes, depth)
    ours = BoostedTrees(6, classes, members=20, depth=depth)
    ours.fill(theirs)
    scores = ours(torch.from_numpy(X))
    np.testing.assert_allclose(scores.softmax(1).numpy(), theirs.predict_proba(X), atol=1e-6)
    clear = np.sort(theirs.predict_proba(X), axis=1)
    clear = clear[:, -1] - clear[:, -2] > 1e-5
    assert clear.mean() > 0.9
    assert (scores.argmax(1).numpy() == theirs.predict(X))[clear].all()


def test_a_class_that_no_tree_saw_is_never_chosen() -> None:
    X, y, theirs = fitted(3, 2)
    theirs.fit(X, np.array([0, 2, 3])[y])
    ours = BoostedTrees(6, 5, members=12, depth=2)
    ours.fill(theirs)
    found = ours(torch.from_numpy(X))
    assert set(found.argmax(1).tolist()) <= {0, 2, 3}
    seen = found[:, [0, 2, 3]].softmax(1).numpy()
    np.testing.assert_allclose(seen, theirs.predict_proba(X), atol=1e-6)


def test_neighbouring_numbers_stay_on_their_sides() -> None:
    low = np.float32(100.0)
    high = np.nextafter(low, np.float32(200))
    X = np.array([[low], [high]] * 4, dtype=np.float32)
    theirs = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=3)
    ours = BoostedTrees(1, 2, members=3, depth=1)
    ours.fill(theirs.fit(X, [0, 1] * 4))
    assert ours(torch.from_numpy(X)).argmax(1).tolist() == [0, 1] * 4


def test_a_perfect_tree_ends_boosting_and_predicts_alone() -> None:
    X = np.array([[0.0], [1.0], [2.0]], dtype=np.float32)
    theirs = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5)
    ours = BoostedTrees(1, 3, members=5, depth=2)
    ours.fill(theirs.fit(X, [0, 1, 2]))
    assert len(theirs.estimators_) == 1
    assert ours.weight.tolist() == [1, 0, 0, 0, 0]
    assert ours(torch.from_numpy(X)).argmax(1).tolist() == [0, 1, 2]


def test_a_predictor_of_trees_is_saved_and_read_back(tmp_path) -> None:
    X, _, theirs = fitted(3, 2)
    model = models.create("trees", (6,), 3, members=12, depth=2)
    assert isinstance(model.head, BoostedTrees)
    model.head.fill(theirs)
    before = Predictor(model, Preprocess.fit("none", X), ("a", "b", "c"))
    before.save(tmp_path)
    again = Predictor.load(tmp_path)
    assert np.array_equal(again.predict(X).scores, before.predict(X).scores)
    np.testing.assert_allclose(again.predict(X).probabilities, theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("options", [{"members": 0}, {"depth": 0}, {"learning_rate": 0.0}])
def test_options_that_break_their_rule(options: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match="trees needs"):
        BoostedTrees(4, 3, **options)


def test_trees_take_no_head() -> None:
    with pytest.raises(ArgumentError, match="take no head"):
        models.create("trees", (6,), 3, head=torch.nn.Linear)
