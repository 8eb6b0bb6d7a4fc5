"""Samples and weights that scikit-learn hands over, and those that are refused."""

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError, DataError

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def test_channels_last_is_noticed() -> None:
    images = np.zeros((4, 8, 8, 1), dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"transpose\(0, 3, 1, 2\)"):
        CounterpoiseClassifier(rounds=1).fit(images, [0, 1, 0, 1])


def test_sample_weight_of_zero_leaves_out(skewed: Arrays) -> None:
    X, y = skewed
    kept = np.random.default_rng(2).random(90) < 0.7
    weighted = CounterpoiseClassifier("weighted", rounds=3, random_state=0)
    weighted.fit(X, y, sample_weight=np.where(kept, 2.5, 0.0))
    removed = CounterpoiseClassifier("weighted", rounds=3, random_state=0).fit(X[kept], y[kept])
    assert (weighted.predict_proba(X) == removed.predict_proba(X)).all()


def test_sample_weight_moves_the_decision(skewed: Arrays) -> None:
    X, y = skewed
    plain = CounterpoiseClassifier(rounds=30, random_state=0).fit(X, y)
    heavy = CounterpoiseClassifier(rounds=30, random_state=0)
    heavy.fit(X, y, sample_weight=np.where(y == 2, 20.0, 1.0))
    assert heavy.predict_proba(X)[:, 2].mean() > plain.predict_proba(X)[:, 2].mean() + 0.05


def test_samples_that_are_made_have_no_weight(skewed: Arrays) -> None:
    with pytest.raises(ArgumentError, match="smote trains on samples that SMOTE makes"):
        CounterpoiseClassifier("smote", rounds=1).fit(*skewed, sample_weight=np.ones(90))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.full(90, -1.0), "not negative; got -1.0 to -1.0"),
        (np.zeros(90), "zero for every sample"),
        (np.ones(89), r"one for each of 90 samples; got \(89,\)"),
        (np.full(90, np.nan), "finite"),
    ],
)
def test_weights_that_cannot_be(
    skewed: Arrays, weight: npt.NDArray[np.float64], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        CounterpoiseClassifier(rounds=1).fit(*skewed, sample_weight=weight)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, 1, 2, 3, 4)), "5 dimensions"),
        (np.full((4, 2), 1e300), "beyond float32"),
    ],
)
def test_inputs_that_cannot_be(X: npt.NDArray[np.float64], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CounterpoiseClassifier(rounds=1).fit(X, [0, 1, 0, 1])
