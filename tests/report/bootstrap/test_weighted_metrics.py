"""All metrics under weights: repeating the samples must give the same numbers."""

import numpy as np
import pytest

from counterpoise.metrics import METRICS, Costs, Evaluation
from counterpoise.report.bootstrap.weighted_metrics import WeightedMetrics


def evaluation(seed: int, num: int, num_classes: int, *, margins: bool = False) -> Evaluation:
    rng = np.random.default_rng(seed)
    target = np.arange(num) % num_classes
    logits = rng.normal(size=(num, num_classes))
    logits[np.arange(num), target] += 1.0
    powers = np.exp(logits)
    probabilities = powers / powers.sum(1, keepdims=True)
    if margins:
        return Evaluation.from_scores(logits, target, num_classes)
    return Evaluation.from_scores(probabilities * 3.0, target, num_classes, probabilities)


def repeated(whole: Evaluation, times: np.ndarray) -> Evaluation:
    assert whole.scores is not None
    assert whole.target is not None
    p = whole.probabilities
    return Evaluation.from_scores(
        np.repeat(whole.scores, times, axis=0),
        np.repeat(whole.target, times),
        whole.num_classes,
        None if p is None else np.repeat(p, times, axis=0),
    )


@pytest.mark.parametrize("margins", [False, True])
def test_equals_metrics_of_repeated_samples(margins: bool) -> None:
    whole = evaluation(0, 60, 3, margins=margins)
    weights = np.random.default_rng(1).integers(0, 3, (60, 20)).astype(np.float32)
    found = WeightedMetrics(whole, exact_order=True)(weights)
    assert set(found) == set(METRICS)
    for draw in range(20):
        expected = repeated(whole, weights[:, draw].astype(np.int64)).values()
        for name, value in expected.items():
            got = found[name][draw]
            if value is None:
                assert np.isnan(got), name
            else:
                assert got == pytest.approx(value, abs=2e-5), name


def test_costs_are_those_of_repeated_samples() -> None:
    plain = evaluation(0, 60, 3)
    costs = Costs(matrix=np.random.default_rng(2).uniform(0, 9, (3, 3)))
    whole = Evaluation.from_scores(plain.scores, plain.target, 3, costs=costs)
    weights = np.random.default_rng(1).integers(0, 3, (60, 20)).astype(np.float32)
    found = WeightedMetrics(whole, exact_order=True)(weights)
    assert set(found) == {*METRICS, "expected_cost"}
    for draw in range(20):
        cells = repeated(whole, weights[:, draw].astype(np.int64)).cells
        assert found["expected_cost"][draw] == pytest.approx(costs.mean(cells), abs=1e-5)


def test_class_missing_from_a_draw_is_left_out_not_counted_zero() -> None:
    scores = np.eye(3)[[0, 1, 2, 0]]
    whole = Evaluation.from_scores(scores, [0, 1, 2, 0], 3)
    found = WeightedMetrics(whole, exact_order=True)(
        np.array([[2], [2], [0], [0]], dtype=np.float32)
    )
    assert found["macro_f1"] == [1.0]
    assert found["balanced_accuracy"] == [1.0]


def test_class_missing_from_the_test_set_counts_as_in_the_metric() -> None:
    whole = Evaluation.from_scores(np.eye(3)[[0, 1, 0]], [0, 1, 0], 3)
    found = WeightedMetrics(whole, exact_order=True)(np.ones((3, 1), dtype=np.float32))
    assert found["macro_f1"] == [pytest.approx(whole.macro_f1)]
    assert whole.macro_f1 == pytest.approx(2 / 3)


def test_expansion_agrees_with_sorting_anew_on_a_larger_set() -> None:
    whole = evaluation(3, 3000, 4)
    draws = np.random.default_rng(0).multinomial(3000, np.full(3000, 1 / 3000), size=400)
    weights = draws.T.astype(np.float32)
    exact = WeightedMetrics(whole, exact_order=True)(weights)
    quick = WeightedMetrics(whole, exact_order=False)(weights)
    for name in ("auc", "average_precision"):
        spread = exact[name].std()
        assert np.median(np.abs(exact[name] - quick[name])) < 0.1 * spread, name
        ends = [np.quantile(one[name], [0.025, 0.975]) for one in (exact, quick)]
        np.testing.assert_allclose(ends[0], ends[1], atol=0.2 * spread, err_msg=name)
    np.testing.assert_array_equal(exact["mcc"], quick["mcc"])
