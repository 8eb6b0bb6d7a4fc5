"""Temperature and vector scaling: what generated the data is found again."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.posthoc import Temperature, VectorScaling
from counterpoise.posthoc.checks import mean_nll, softmax


def drawn(num=20_000, seed=0):
    """Logits and labels drawn from their softmax: perfectly calibrated."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(num, 3)) * 1.5 + [0.5, 0.0, -0.5]
    p = softmax(logits)
    labels = (random.random((num, 1)) > p.cumsum(1)).sum(1)
    return logits, labels


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_applied_is_found(factor) -> None:
    logits, labels = drawn()
    made_sure = softmax(logits * factor)
    scaled = Temperature().fit(made_sure, labels)
    assert scaled.temperature == pytest.approx(factor, rel=0.05)
    out = scaled(made_sure)
    assert np.abs(out - softmax(logits)).max() < 0.03
    assert np.array_equal(out.argmax(1), made_sure.argmax(1))
    assert out.sum(1) == pytest.approx(np.ones(len(out)))


def test_temperature_is_the_best_of_a_grid() -> None:
    logits, labels = drawn(300)
    found = Temperature().fit(softmax(2 * logits), labels).temperature
    grid = np.exp(np.linspace(-2, 2, 401))
    values = [mean_nll(2 * logits / t, labels) for t in grid]
    assert found == pytest.approx(grid[np.argmin(values)], rel=0.011)


def test_extremes_stay_in_bounds() -> None:
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert 0.01 <= Temperature().fit(sure, np.array([0, 1])).temperature < 0.1
    assert Temperature().fit(sure, np.array([1, 0])).temperature == pytest.approx(100, rel=1e-3)


def test_vector_scaling_finds_factors_and_offsets() -> None:
    logits, labels = drawn()
    p = softmax(logits)
    # what was done to log p is undone: w = 1 / s, and b up to a common constant
    s, c = np.array([2.0, 1.0, 0.5]), np.array([1.0, 0.0, -1.0])
    distorted = softmax(np.log(p) * s + c)
    before = mean_nll(np.log(distorted), labels)
    scaled = VectorScaling(ridge=0.0).fit(distorted, labels)
    after = mean_nll(np.log(scaled(distorted)), labels)
    assert after < before
    assert after == pytest.approx(mean_nll(logits, labels), abs=0.05)


def test_vector_scaling_learns_class_frequencies_from_nothing() -> None:
    flat = np.full((10, 3), 1 / 3)
    labels = np.array([0] * 6 + [1] * 3 + [2])
    out = VectorScaling(ridge=0.0).fit(flat, labels)(flat[:1])
    assert out[0] == pytest.approx([0.6, 0.3, 0.1], abs=1e-3)


def test_a_strong_ridge_changes_nothing() -> None:
    logits, labels = drawn(100)
    p = softmax(logits)
    assert VectorScaling(ridge=1e6).fit(p, labels)(p) == pytest.approx(p, abs=1e-4)


def test_what_they_refuse() -> None:
    with pytest.raises(ArgumentError, match="temperature"):
        Temperature(temperature=0)
    with pytest.raises(ArgumentError, match="ridge"):
        VectorScaling(ridge=-1)
    with pytest.raises(ArgumentError, match="call fit"):
        VectorScaling()(np.eye(2))
    with pytest.raises(ArgumentError, match="at least one validation sample"):
        Temperature().fit(np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    with pytest.raises(ArgumentError, match=r"labels are in \[0, 2\)"):
        Temperature().fit(np.eye(2), np.array([0, 2]))
    with pytest.raises(ArgumentError, match="one integer label"):
        Temperature().fit(np.eye(2), np.array([0.0, 1.0]))
