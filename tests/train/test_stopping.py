"""Stopping early is scikit-learn's rule, on the losses that scikit-learn has."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from counterpoise.errors import ArgumentError
from counterpoise.train.history import Round
from counterpoise.train.stopping import NoImprovement


def history(*losses: float) -> list[Round]:
    return [{"train_loss": loss} for loss in losses]


def test_it_counts_rounds_since_the_last_improvement_by_tol() -> None:
    stop = NoImprovement(tol=0.1, n_iter_no_change=3)
    losses = [1.0, 1.2, 1.1, 0.8, 0.75, 0.71]
    assert [stop(history(*losses[:n])) for n in range(7)] == [False] * 7
    assert not stop(history(*losses, 0.6))
    # Lower than .8 by more than .1, but not than the lowest, .71.
    assert stop(history(*losses, 0.65))


def test_a_fall_by_exactly_tol_is_an_improvement() -> None:
    assert not NoImprovement(tol=0.25, n_iter_no_change=1)(history(1.0, 0.75))
    assert NoImprovement(tol=0.25, n_iter_no_change=1)(history(1.0, 0.75, 0.5625))


def test_tol_0_asks_for_any_fall_and_none_for_nothing() -> None:
    assert not NoImprovement(tol=0, n_iter_no_change=1)(history(1.0, 1.0))
    assert NoImprovement(tol=0, n_iter_no_change=1)(history(1.0, 1.0, 1.1))
    assert not NoImprovement(tol=None, n_iter_no_change=1)(history(*[1.0] * 50))


@pytest.mark.parametrize(("tol", "rounds"), [(1e-3, 5), (1e-2, 2), (0.1, 1)])
def test_it_stops_where_sgd_classifier_stops(
    tol: float, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 3))
    y = (X[:, 0] + random.normal(size=80) > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SGDClassifier(
            tol=tol, n_iter_no_change=rounds, random_state=0, verbose=1, max_iter=500
        ).fit(X, y)
    printed = capsys.readouterr().out
    losses = [float(line.split()[-1]) for line in printed.splitlines() if "Avg. loss" in line]
    assert len(losses) == model.n_iter_
    stop = NoImprovement(tol, rounds)
    stopped = [n for n in range(len(losses) + 1) if stop(history(*losses[:n]))]
    assert stopped == [model.n_iter_]


@pytest.mark.parametrize(
    ("tol", "rounds", "message"),
    [
        (-0.1, 5, r"tol is 0 or more, or None to train all rounds; got -0.1"),
        (float("nan"), 5, "tol is 0 or more"),
        (1e-4, 0, r"n_iter_no_change is at least 1 round; got 0 \(tol=None"),
    ],
)
def test_settings_outside_their_range(tol: float, rounds: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        NoImprovement(tol, rounds)
