"""Expected cost, and the threshold that it asks for, are what scikit-learn finds."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

from counterpoise.errors import ArgumentError
from counterpoise.metrics import expected_cost, operating_costs
from counterpoise.posthoc import MinimumCost


def test_it_is_the_mean_over_samples() -> None:
    random = np.random.default_rng(0)
    true, predicted = random.integers(0, 3, (2, 200))
    costs = random.uniform(0, 5, (3, 3))
    confusion = confusion_matrix(true, predicted)
    by_hand = np.mean([costs[i, j] for i, j in zip(true, predicted, strict=True)])
    assert expected_cost(confusion, costs) == pytest.approx(by_hand)
    both = expected_cost([confusion, 2 * confusion], costs)
    np.testing.assert_allclose(both, [by_hand, by_hand])


def test_equal_costs_give_the_error_and_no_sample_gives_nothing() -> None:
    costs = 1 - np.eye(2)
    assert expected_cost([[7, 1], [2, 10]], costs) == pytest.approx(3 / 20)
    assert np.isnan(expected_cost(np.zeros((2, 2)), costs))


@pytest.mark.parametrize("miss", [1.0, 3.0, 10.0, 50.0])
@pytest.mark.parametrize("alarm", [1.0, 2.5])
def test_the_threshold_is_that_of_scikit_learn(miss: float, alarm: float) -> None:
    X, y = make_classification(600, weights=[0.85], flip_y=0.1, random_state=0)
    model = LogisticRegression().fit(X[:300], y[:300])
    costs = [[0.0, alarm], [miss, 0.0]]
    thresholds = np.linspace(0.01, 0.99, 99)

    def gain(true: np.ndarray, predicted: np.ndarray) -> float:
        confusion = confusion_matrix(true, predicted, labels=[0, 1])
        return -float((confusion * costs).sum() / confusion.sum())

    tuned = TunedThresholdClassifierCV(
        model,
        scoring=make_scorer(gain),
        thresholds=thresholds,
        cv="prefit",
        refit=False,
        store_cv_results=True,
    ).fit(X[300:], y[300:])
    found = operating_costs(model.predict_proba(X[300:])[:, 1], y[300:], thresholds, costs)
    np.testing.assert_allclose(found, -tuned.cv_results_["scores"])
    assert thresholds[found.argmin()] == tuned.best_threshold_


def test_probabilities_that_are_right_ask_for_the_threshold_of_the_costs() -> None:
    """Elkan's threshold, alarm / (alarm + miss), is where the curve is lowest."""
    random = np.random.default_rng(0)
    p = random.uniform(size=200_000)
    y = (random.uniform(size=len(p)) < p).astype(int)
    costs = [[0.0, 1.0], [4.0, 0.0]]
    thresholds = np.linspace(0, 1, 21)
    curve = operating_costs(p, y, thresholds, costs)
    assert thresholds[curve.argmin()] == pytest.approx(1 / 5)
    rule = MinimumCost.from_state_dict({"costs": costs})
    decided = rule(np.stack([1 - p, p], axis=1)).argmax(1)
    assert expected_cost(confusion_matrix(y, decided), costs) == pytest.approx(curve.min())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([[0.1]], [0], [0.5], np.eye(2)), r"score and target are \(N,\)"),
        (([0.1], [2], [0.5], np.eye(2)), r"target is 0 or 1; got 2 to 2"),
        (([0.1], [1], [0.5], np.eye(3)), r"costs have an entry .* \(2, 2\); got shape \(3, 3\)"),
    ],
)
def test_what_does_not_fit(given: tuple[object, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        operating_costs(*given)  # type: ignore[arg-type]
