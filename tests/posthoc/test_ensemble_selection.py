"""Selection of an ensemble against worked numbers and slow loops."""

import numpy as np
import pytest

from counterpoise.posthoc import ensemble_selection as selection
from counterpoise.posthoc.ensemble_selection import Mixture, Sample


def made(rng: np.random.Generator, num: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exact posteriors (N, 3) of normal classes under a skewed prior, labels, and that prior."""
    prior = np.array([0.8, 0.15, 0.05])
    target = rng.choice(3, num, p=prior)
    x = rng.normal(size=num) + target
    likelihood = np.exp(-((x[:, None] - np.arange(3)) ** 2) / 2) * prior
    return likelihood / likelihood.sum(1, keepdims=True), target, prior


def sample_of(target: np.ndarray, prior: np.ndarray) -> Sample:
    num = len(target)
    return Sample(target, np.arange(num), np.zeros(num, dtype=np.int64), prior[None])


def loss(shares: np.ndarray, target: np.ndarray) -> float:
    """Mean over classes of the mean log loss in each."""
    each = -np.log(shares[np.arange(len(target)), target])
    return float(np.mean([each[target == k].mean() for k in np.unique(target)]))


def test_balanced_divides_by_a_power_of_the_prior() -> None:
    table, log_prior = np.array([[0.6, 0.3, 0.1]]), np.log([0.75, 0.25, 1.0])
    assert selection.balanced(table, log_prior, 0.0) == pytest.approx(table)
    odds = np.array([0.6 / 0.75, 0.3 / 0.25, 0.1])
    assert selection.balanced(table, log_prior, 1.0)[0] == pytest.approx(odds / odds.sum())


def test_the_exponent_is_the_least_loss_of_a_fine_grid() -> None:
    probabilities, target, prior = made(np.random.default_rng(0))
    log_prior = np.broadcast_to(np.log(prior), probabilities.shape)
    grid = np.arange(-1, 3, 0.002)
    losses = [loss(selection.balanced(probabilities, log_prior, e), target) for e in grid]
    found = selection.fit_exponent(probabilities, target, log_prior)
    assert found == pytest.approx(grid[int(np.argmin(losses))], abs=0.003)
    assert 0.7 < found < 1.3, "of calibrated probabilities the prior is taken out once"


def test_the_exponent_stays_in_its_bounds() -> None:
    certain = np.array([[1 - 1e-9, 1e-9], [1e-9, 1 - 1e-9]] * 3)
    log_prior = np.broadcast_to(np.log([0.9, 0.1]), certain.shape)
    wrong = np.array([1, 1] * 3)
    assert selection.fit_exponent(certain, wrong, log_prior) == selection.HIGHEST
    assert selection.fit_exponent(certain, 1 - wrong, log_prior) == selection.LOWEST


def test_greedy_selection_is_the_slow_loop() -> None:
    rng = np.random.default_rng(1)
    own, weight = rng.uniform(0.05, 1, (4, 30)), rng.dirichlet(np.ones(30))
    bag: list[int] = []
    way = []
    for _ in range(10):
        losses = [-weight @ np.log(own[[*bag, m]].mean(0)) for m in range(4)]
        bag.append(int(np.argmin(losses)))
        way.append((min(losses), list(bag)))
    best = min(way, key=lambda pair: pair[0])[1]
    expected = np.bincount(best, minlength=4) / len(best)
    assert selection.select(own, weight, steps=10) == pytest.approx(expected)


def test_a_method_that_is_always_best_stands_alone() -> None:
    own = np.array([[0.9, 0.8, 0.9], [0.6, 0.7, 0.5]])
    assert selection.select(own, np.full(3, 1 / 3)).tolist() == [1.0, 0.0]


def test_mix_is_the_weighted_mean_at_balanced_priors() -> None:
    one, two = np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]])
    mixture = Mixture(np.array([1.0, 0.0]), np.array([0.25, 0.75]))
    found = selection.mix([one, two], np.log([0.9, 0.1]), mixture)
    assert found == pytest.approx(np.array([[0.25 * 0.5 + 0.75 * 0.4, 0.25 * 0.5 + 0.75 * 0.6]]))


def test_a_class_without_a_training_sample_is_left_as_it_is() -> None:
    sample = Sample(np.array([0]), np.array([0]), np.array([0]), np.array([[0.5, 0.5, 0.0]]))
    assert sample.log_prior[0, 2] == 0.0
    assert np.isfinite(sample.log_prior).all()


def test_folds_keep_rows_of_one_member_together_and_spread_classes() -> None:
    member = np.repeat(np.arange(20), 3)
    target = np.repeat(np.arange(20) % 2, 3)
    sample = Sample(target, member, np.zeros(60, dtype=np.int64), np.full((1, 2), 0.5))
    fold = selection.folds(sample, 5)
    assert all(len(set(fold[member == m])) == 1 for m in range(20))
    assert all(np.bincount(target[fold == f]).tolist() == [6, 6] for f in range(5))


def test_validation_is_scored_by_fits_that_have_not_seen_it() -> None:
    """A method that has the labels of one member by heart gains nothing there by it."""
    probabilities, target, prior = made(np.random.default_rng(2), 60)
    sample = sample_of(target, prior)
    found = selection.out_of_fold([probabilities, probabilities[:, ::-1]], sample)
    fold = selection.folds(sample, 5)
    for one in range(5):
        held = fold == one
        fitted = selection.fit([probabilities, probabilities[:, ::-1]], sample, ~held)
        expected = selection.mix(
            [probabilities[held], probabilities[held][:, ::-1]], np.log(prior), fitted
        )
        assert found[held] == pytest.approx(expected)


def test_a_single_member_is_fitted_on_itself() -> None:
    sample = Sample(np.array([0, 1]), np.array([7, 7]), np.array([0, 0]), np.array([[0.5, 0.5]]))
    found = selection.out_of_fold([np.array([[0.8, 0.2], [0.3, 0.7]])], sample)
    assert found == pytest.approx(np.array([[0.8, 0.2], [0.3, 0.7]]))
