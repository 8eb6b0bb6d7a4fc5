"""Shares are found without labels, and the correction is `Predictor.with_prior`'s."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

from counterpoise.service.analyzer.prior_shift import (
    assumed,
    cautious,
    estimated,
    moved,
    trained_for,
)

EVEN = np.array([0.5, 0.5])


def test_the_shares_of_frames_without_labels() -> None:
    """Gaussians at -1 and 1: their posterior at even shares is logistic in twice the value."""
    draw = np.random.default_rng(0)
    truth = draw.random(20_000) < 0.1
    values = draw.normal(np.where(truth, 1.0, -1.0))
    second = 1 / (1 + np.exp(-2 * values))
    found = estimated(np.stack([1 - second, second], 1), EVEN)
    assert found[1] == pytest.approx(0.1, abs=0.01)
    assert second.mean() > 0.2, "while the mean of the probabilities is far off"


def test_moving_is_bayes_rule_and_undone_by_moving_back() -> None:
    rows = np.array([[0.8, 0.2], [0.0, 1.0]])
    target = np.array([0.9, 0.1])
    found = moved(rows, EVEN, target)
    assert found[0] == pytest.approx(np.array([0.72, 0.02]) / 0.74)
    assert moved(found, target, EVEN) == pytest.approx(rows)
    assert moved(rows, EVEN, EVEN) == pytest.approx(rows)
    assert moved(np.zeros((1, 2)), EVEN, target).tolist() == [[0.0, 0.0]]


def model(**changed) -> SimpleNamespace:
    given = {"prior": (0.9, 0.1), "scores": "logits", "posthoc": (), "members": (),
             "prior_factor": None, "correction": None}  # fmt: skip
    return SimpleNamespace(described=SimpleNamespace(**given | changed))


def test_what_the_probabilities_stand_for() -> None:
    assert assumed(model()) == pytest.approx([0.9, 0.1])
    moved_before = model(prior_factor=(5 / 9, 5.0))
    assert assumed(moved_before) == pytest.approx([0.5, 0.5])
    corrected_since = model(prior_factor=(5 / 9, 5.0), correction=(1.6, 0.4))
    assert assumed(corrected_since) == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize(
    "changed",
    [{"prior": None}, {"scores": "margins"}, {"posthoc": ("x",)}, {"members": ("x",)},
     {"prior": (1.0, 0.0)}],
)  # fmt: skip
def test_models_whose_probabilities_stand_for_nothing_known(changed) -> None:
    assert assumed(model(**changed)) is None
    assert assumed(SimpleNamespace()) is None


def test_a_class_is_not_lost_however_often_it_is_corrected() -> None:
    prior = np.array([0.5, 0.3, 0.2])
    shares = prior
    for _ in range(5):
        shares = cautious(np.array([1.0, 0.0, 0.0]) * 0.99 + 0.01 * shares, prior)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares[1:] >= 0.05 * prior[1:] - 1e-12).all()
    assert cautious(prior, prior).tolist() == prior.tolist(), "nothing is low, nothing moves"


def test_what_a_model_was_trained_for_leaves_its_correction_out() -> None:
    assert trained_for(model(correction=(8.0, 2.0))) == pytest.approx(assumed(model()))
    assert trained_for(SimpleNamespace()) is None
