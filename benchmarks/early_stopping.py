"""What stopping early saves `CounterpoiseClassifier`, and what it costs.

Ours is the default, `tol=1e-4` and `n_iter_no_change=10`; theirs is `tol=None`, which trains all
rounds. Both fit the same folds of six small sets from the same start, in turn.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from harness import Claim, Floats, Output, arguments, compared, interleaved, interval, run
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold

from counterpoise import CounterpoiseClassifier

FOLDS = 3
Samples = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Done:
    """One fit, of its test samples."""

    rounds: int
    balanced_accuracy: float


def fitted(samples: Samples, seed: int, fold: int, tol: float | None) -> Done:
    """Fit one fold and score the rest."""
    X, y = samples
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    train, test = list(folds.split(X, y))[fold]
    model = CounterpoiseClassifier(tol=tol, random_state=seed).fit(X[train], y[train])
    return Done(model.n_iter_, balanced_accuracy_score(y[test], model.predict(X[test])))


def sets(quick: bool) -> dict[str, Samples]:
    """Vectors of scikit-learn, and two skewed sets that it makes."""
    every = {
        "iris": load_iris(return_X_y=True),
        "wine": load_wine(return_X_y=True),
        "breast cancer": load_breast_cancer(return_X_y=True),
        "digits": tuple(part[:900] for part in load_digits(return_X_y=True)),
        "made, 10 % rare": make_classification(1000, weights=[0.9], random_state=0),
        "made, 5 % rare, overlapping": make_classification(
            1000, weights=[0.95], class_sep=0.5, flip_y=0.05, random_state=1
        ),
    }
    return {"iris": every["iris"]} if quick else every


def iris_seconds(tol: float | None) -> float:
    """Seconds of one fit of all of iris."""
    X, y = load_iris(return_X_y=True)
    started = time.perf_counter()
    CounterpoiseClassifier(tol=tol, random_state=0).fit(X, y)
    return time.perf_counter() - started


def mean(text: str, ours: Floats, theirs: Floats, bar: float) -> Claim:
    """A claim on the mean of theirs - ours over fits, judged at the upper end of its interval."""
    low, high = interval(theirs - ours, np.mean)
    return Claim(
        text,
        float(ours.mean()),
        float(theirs.mean()),
        None,
        bar,
        high <= bar,
        len(ours),
        (low, high),
    )


def main() -> None:
    """Iris in under a second; rounds and balanced accuracy of all sets."""
    options = arguments(__doc__ or "")
    output = Output(options)
    iris_seconds(1e-4)
    pairs = 2 if options.quick else 10
    ours, theirs = interleaved(lambda: iris_seconds(1e-4), lambda: iris_seconds(None), pairs)
    output.claim(compared("fit of iris over one second, s (at most)", ours, np.ones(pairs), 1.0))
    output.claim(compared("fit of iris over all rounds, s (at most)", ours, theirs, 1.0))
    seeds = 1 if options.quick else 2
    stopped: list[Done] = []
    whole: list[Done] = []
    for name, samples in sets(options.quick).items():
        keys = [(seed, fold) for seed in range(seeds) for fold in range(FOLDS)]
        short = [fitted(samples, *key, 1e-4) for key in keys]
        long = [fitted(samples, *key, None) for key in keys]
        output.say(
            f"{name}: rounds {[done.rounds for done in short]} of {long[0].rounds}, balanced "
            f"accuracy {np.mean([d.balanced_accuracy for d in short]):.4f} and "
            f"{np.mean([d.balanced_accuracy for d in long]):.4f}"
        )
        stopped += short
        whole += long
    rounds = [
        np.array([done.rounds for done in side], dtype=np.float64) for side in (stopped, whole)
    ]
    output.claim(compared("rounds trained over all rounds (at most)", *rounds, 1.0))
    scores = [np.array([done.balanced_accuracy for done in side]) for side in (stopped, whole)]
    output.claim(mean("balanced accuracy, all rounds less stopped (at most)", *scores, 0.01))


if __name__ == "__main__":
    run(main)
