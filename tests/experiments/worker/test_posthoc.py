"""Rules after training: fitted in turn, and judged on validation samples they have not seen."""

import numpy as np
import pytest
from scipy import special

from counterpoise.counts import ClassCounts
from counterpoise.experiments.worker import posthoc
from counterpoise.metrics import Evaluation
from counterpoise.posthoc import PriorThreshold, Temperature, ThresholdSearch, VectorScaling


def noise(num: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know nothing of the three labels."""
    random = np.random.default_rng(seed)
    return random.dirichlet([2, 2, 2], size=num), random.integers(0, 3, size=num)


def test_rules_follow_each_other() -> None:
    scores, target = noise(50)
    first = VectorScaling().fit(scores, target)
    second = Temperature().fit(first(scores), target)
    fitted = posthoc.fit([VectorScaling(), Temperature()], scores, target)
    assert posthoc.apply(fitted, scores) == pytest.approx(second(first(scores)))


def test_a_rule_that_learns_nothing_gives_what_it_always_gives() -> None:
    scores, target = noise(17)
    rule = PriorThreshold(ClassCounts((5, 3, 1)))
    assert np.array_equal(posthoc.out_of_fold(lambda: [rule], scores, target), rule(scores))
    assert np.array_equal(posthoc.out_of_fold(list, scores, target), scores)


def test_what_a_rule_fits_does_not_count_for_it() -> None:
    """Thresholds searched on noise look good where they were searched, and nowhere else."""
    seen, unseen = [], []
    for seed in range(20):
        scores, target = noise(30, seed)
        inside = ThresholdSearch().fit(scores, target)(scores)
        outside = posthoc.out_of_fold(lambda: [ThresholdSearch()], scores, target)
        for found, table in ((seen, inside), (unseen, outside)):
            found.append(Evaluation.from_scores(table, target, 3).balanced_accuracy)
    assert np.mean(seen) > 0.42
    assert np.mean(unseen) == pytest.approx(1 / 3, abs=0.05)


class Memory:
    """Remembers the rows it was fitted on, and gives -1 for them."""

    accepts = ("logits",)

    def __init__(self, seen: list[set[float]]) -> None:
        self.seen = seen

    def fit(self, scores: np.ndarray, target: np.ndarray) -> "Memory":
        self.rows = set(scores[:, 0])
        self.seen.append(self.rows)
        return self

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        return np.where(np.isin(scores, list(self.rows)), -1.0, scores)


def test_groups_stay_together_and_classes_are_spread() -> None:
    target = np.repeat([0, 1], [20, 10])
    groups = np.arange(30) // 2
    scores = np.repeat(groups[:, None] / 100.0, 2, axis=1)
    seen: list[set[float]] = []
    found = posthoc.out_of_fold(lambda: [Memory(seen)], scores, target, groups)  # type: ignore[list-item]
    assert np.array_equal(found, scores)
    assert [len(rows) for rows in seen] == [12] * 5  # of 15 groups, 3 are left out each time
    rare = {score for score, label in zip(scores[:, 0], target, strict=True) if label == 1}
    assert [len(rows & rare) for rows in seen] == [4] * 5


@pytest.mark.parametrize("num", [1, 2, 4])
def test_very_few_samples(num: int) -> None:
    scores, target = noise(num)
    found = posthoc.out_of_fold(lambda: [ThresholdSearch()], scores, target)
    assert found.shape == scores.shape
    assert np.isfinite(found).all()


@pytest.mark.parametrize("shape", [(1, 2), (7, 3), (50, 101)])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_probabilities_are_those_of_scipy_to_the_bit(shape: tuple[int, int], scale: float) -> None:
    logits = scale * np.random.default_rng(0).normal(size=shape)
    assert np.array_equal(posthoc.probabilities(logits), special.softmax(logits, axis=1))
