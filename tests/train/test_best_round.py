"""The best round, by every metric there is."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import nn

from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy, UnevenMargin
from counterpoise.metrics import CONFUSION_METRICS, LOWER_IS_BETTER, METRICS, Costs, Evaluation
from counterpoise.samplers import RandomOver
from counterpoise.steps import Plain
from counterpoise.train.best_round import BestRound, metric_value
from counterpoise.train.device import fabric
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make

RANDOM = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [40, 12, 8])
INPUTS = (RANDOM.normal(size=(60, 3)) + 0.8 * np.eye(3)[LABELS]).astype(np.float32)


def loop(
    metric: str, keep: str = "best", margins: bool = False, costs: Costs | None = None
) -> Loop:
    torch.manual_seed(0)
    model = nn.Linear(3, 3)
    loss = UnevenMargin(tau=0.5) if margins else CrossEntropy()
    pieces = Pieces(
        model, Weighted(loss), RandomOver(LABELS, seed=1), Plain(),
        [torch.optim.SGD(model.parameters(), lr=3.0)], make("constant", {}),
    )  # fmt: skip
    feed = Feed(INPUTS, LABELS, None, "cpu")
    regime = Regime("a", 8, 3, 8, keep=keep, select=metric, costs=costs)  # type: ignore[arg-type]
    return Loop(pieces, regime, feed, {"validation": feed}, fabric("cpu"), None)


@pytest.mark.parametrize("metric", METRICS)
def test_the_kept_round_has_the_best_value_and_its_parameters(metric: str) -> None:
    trained = loop(metric)
    history = trained.fit()
    values = [record["validation"][metric] for record in history]
    assert len(set(values)) > 1, "nothing to choose from"
    best = min(values) if metric in LOWER_IS_BETTER else max(values)
    raw = scores(trained.raw_model, Feed(INPUTS, LABELS, None, "cpu")).astype(np.float64)
    shares = softmax(raw, axis=1)
    kept = Evaluation.from_scores(shares, LABELS, 3, probabilities=shares).values()[metric]
    assert kept == pytest.approx(best)
    assert values.index(best) != len(values) - 1, "the last round would do"


def test_rounds_of_the_last_kind_record_no_more_than_before() -> None:
    (record, *_) = loop("auc", keep="last").fit()
    assert record["validation"].keys() - {"samples", "loss", "recall"} == set(CONFUSION_METRICS)


def test_margins_have_a_ranking_and_no_probabilities() -> None:
    feed = Feed(INPUTS, LABELS, None, "cpu")
    model = nn.Linear(3, 3)
    evaluation = Evaluation.from_scores(scores(model, feed), LABELS, 3)
    given = (evaluation, model, feed, "margins")
    assert metric_value("auc", *given) == evaluation.values(("auc",))["auc"]
    assert metric_value("nll", *given) is None
    assert loop("nll", margins=True).fit()[0]["validation"]["nll"] is None


def test_the_expected_cost_chooses_by_its_costs() -> None:
    kept = {}
    for miss in (1.0, 50.0):
        costs = Costs(misses=np.array([1.0, miss, miss]))
        trained = loop("expected_cost", costs=costs)
        values = [record["validation"]["expected_cost"] for record in trained.fit()]
        assert trained.best.found is not None
        assert trained.best.found[0] == min(values)
        kept[miss] = values.index(min(values))
    assert kept[1.0] != kept[50.0]


def test_the_first_of_equals_is_kept_and_nothing_of_none() -> None:
    best, model = BestRound("nll"), nn.Linear(1, 1)
    for value in (None, 0.5, 0.4, None, 0.4, 0.6):
        with torch.no_grad():
            model.weight += 1
        before = None if best.found is None else best.found[1]["weight"].clone()
        best.offer(value, model)
    assert best.found is not None
    assert best.found[0] == 0.4
    assert before is not None
    assert torch.equal(best.found[1]["weight"], before)
