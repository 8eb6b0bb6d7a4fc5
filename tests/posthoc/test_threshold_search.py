"""Threshold search against brute force, for probabilities and margins."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    recall_score,
    roc_auc_score,
)

from counterpoise.errors import ArgumentError
from counterpoise.posthoc import ThresholdSearch
from counterpoise.posthoc.threshold_search import METRICS

THEIRS = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "g_mean": lambda t, d: float(np.prod(recall_score(t, d, average=None)) ** (1 / 3)),
    "macro_f1": lambda t, d: f1_score(t, d, average="macro"),
    "worst_recall": lambda t, d: recall_score(t, d, average=None).min(),
}


def imbalanced(num=150, num_classes=3, seed=0):
    random = np.random.default_rng(seed)
    shares = 0.25 ** np.arange(num_classes)
    target = np.sort(random.choice(num_classes, num, p=shares / shares.sum()))
    margins = random.normal(size=(num, num_classes))
    margins[np.arange(num), target] += 1.2
    return margins + np.log(shares), target


def as_probabilities(margins):
    powers = np.exp(margins)
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", ["margins", "probabilities"])
def test_it_improves_the_metric_that_it_was_asked_for(metric, kind) -> None:
    margins, target = imbalanced()
    scores = margins if kind == "margins" else as_probabilities(margins)
    before = THEIRS[metric](target, scores.argmax(1))
    out = ThresholdSearch(metric=metric).fit(scores, target)(scores)
    after = THEIRS[metric](target, out.argmax(1))
    assert after >= before
    if metric != "accuracy":
        assert after > before + 0.02
    for k in range(3):
        auc = roc_auc_score(target == k, scores[:, k])
        assert roc_auc_score(target == k, out[:, k]) == pytest.approx(auc)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("metric", METRICS)
def test_two_classes_find_the_best_threshold_there_is(metric, seed) -> None:
    """With two classes one move reaches every rule that thresholds can make."""
    margins, target = imbalanced(60, 2, seed)
    gaps = np.sort(margins[:, 1] - margins[:, 0])
    cuts = np.concatenate([[gaps[0] - 1], (gaps[1:] + gaps[:-1]) / 2, [gaps[-1] + 1]])

    def score(decided):
        if metric == "g_mean":
            return float(np.prod(recall_score(target, decided, average=None)) ** 0.5)
        return THEIRS[metric](target, decided)

    best = max(score((margins[:, 1] - margins[:, 0] > cut).astype(int)) for cut in cuts)
    out = ThresholdSearch(metric=metric).fit(margins, target)(margins)
    assert score(out.argmax(1)) == pytest.approx(best)


def test_three_classes_come_close_to_a_fine_grid() -> None:
    margins, target = imbalanced()
    out = ThresholdSearch().fit(margins, target)(margins)
    found = balanced_accuracy_score(target, out.argmax(1))
    grid = np.linspace(-4, 4, 41)
    moves = [np.array([0, b, c]) for b in grid for c in grid]
    best = max(balanced_accuracy_score(target, (margins + m).argmax(1)) for m in moves)
    assert found >= best - 0.02


def test_a_metric_of_ones_own() -> None:
    def few_of_class_zero(hits, predicted, true):
        return -predicted[:, 0]

    margins, target = imbalanced()
    out = ThresholdSearch(metric=few_of_class_zero).fit(margins, target)(margins)
    assert not (out.argmax(1) == 0).any()


def test_perfect_scores_are_left_alone() -> None:
    scores = np.eye(3)[[0, 1, 2, 2]]
    search = ThresholdSearch().fit(scores, np.array([0, 1, 2, 2]))
    assert search(scores) == pytest.approx(scores)


def test_a_class_without_a_validation_sample() -> None:
    margins, target = imbalanced()
    kept = target != 1
    for metric in METRICS:
        out = ThresholdSearch(metric=metric).fit(margins[kept], target[kept])(margins)
        assert np.isfinite(out).all()


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'g_mean'"):
        ThresholdSearch(metric="gmean")
    with pytest.raises(ArgumentError, match="passes"):
        ThresholdSearch(passes=0)
    with pytest.raises(ArgumentError, match="call fit"):
        ThresholdSearch()(np.eye(2))
