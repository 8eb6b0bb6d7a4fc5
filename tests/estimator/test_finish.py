"""What follows training: decision rules that need held-out samples, and the predictor."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError
from counterpoise.predict import Predictor

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]

SEARCH = 'base = "cnusvm"\nposthoc = [{ name = "ThresholdSearch" }]\n'


def test_the_predictor_saves_itself(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    model = CounterpoiseClassifier("thresholding", rounds=5, random_state=0).fit(X, y)
    model.predictor_.save(tmp_path / "saved")
    loaded = Predictor.load(tmp_path / "saved")
    assert loaded.metadata["counts"] == [60, 22, 8]
    np.testing.assert_allclose(
        loaded.predict(X).probabilities, model.predict_proba(X), rtol=1e-4, atol=1e-6
    )
    assert loaded.prior == pytest.approx(np.array([60, 22, 8]) / 90)


def test_prior_of_the_predictor_counts_sample_weights(skewed: Arrays) -> None:
    X, y = skewed
    weight = np.where(y == 2, 9.0, 1.0)
    model = CounterpoiseClassifier(rounds=1, random_state=0).fit(X, y, sample_weight=weight)
    assert model.predictor_.prior == pytest.approx(np.array([60, 22, 72]) / 154)


def test_rules_that_learn_need_held_out_samples(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    (tmp_path / "searched.toml").write_text(SEARCH)
    model = CounterpoiseClassifier(tmp_path / "searched.toml", rounds=20, random_state=0)
    with pytest.raises(ArgumentError, match="ThresholdSearch learns from held-out samples"):
        model.fit(X, y)
    model.set_params(validation_fraction=0.25).fit(X, y)
    (rule,) = model.predictor_.posthoc
    assert rule.state_dict()["offsets"] is not None
    assert model.predictor_.metadata["counts"] == [45, 16, 6]
    assert model.history_[0]["validation"]["samples"] <= 23
    plain = CounterpoiseClassifier("cnusvm", rounds=20, random_state=0, validation_fraction=0.25)
    moved = model.decision_function(X) - plain.fit(X, y).decision_function(X)
    np.testing.assert_allclose(moved, np.tile(moved[0], (90, 1)), atol=1e-9)
