"""Contrast normalisation and whitening: the specification's numbers, and what they are for."""

import numpy as np
import pytest
import torch

from counterpoise.data import Whitening, contrast_normalised
from counterpoise.data.whitening import whitened
from counterpoise.errors import ArgumentError, CheckpointError

FEW = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0], [3.0, 1.0]])


def test_the_worked_numbers_of_contrast_normalisation() -> None:
    expected = [[-29.398737, -14.699368, 0, 44.098105]]
    np.testing.assert_allclose(contrast_normalised(np.array([[1, 2, 3, 6]])), expected, atol=5e-7)


def test_a_sample_without_contrast_stays_at_zero() -> None:
    images = np.stack(
        [np.full((3, 4, 4), 7, np.uint8), np.arange(48, dtype=np.uint8).reshape(3, 4, 4)]
    )
    normalised = contrast_normalised(images)
    assert not normalised[0].any()
    assert np.linalg.norm(normalised[1]) == pytest.approx(55)


def test_the_worked_numbers_of_whitening() -> None:
    whitening = Whitening.fit(FEW)
    expected = [[0.88314763, -0.15075092], [-0.15075092, 1.3354004]]
    np.testing.assert_allclose(whitening.matrix, expected, atol=5e-9)
    np.testing.assert_allclose(whitening(FEW)[0], (-0.2908229, -1.26002494), atol=5e-8)


def test_whitened_samples_are_uncorrelated_but_for_the_bias() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2000, 2, 2)) @ np.array([[3.0, 1.0], [1.0, 0.5]])
    flat = Whitening.fit(samples, bias=1e-9)(samples).reshape(2000, -1)
    np.testing.assert_allclose(flat.T @ flat / 2000, np.eye(4), atol=1e-6)


def test_what_cannot_be_whitened() -> None:
    for inputs, bias in ((FEW[:0], 0.1), (FEW, 0.0)):
        with pytest.raises(ArgumentError, match="a bias above 0"):
            Whitening.fit(inputs, bias)


def test_tensors_are_whitened_as_arrays_are() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 3, 4, 4), dtype=np.uint8)
    images[7] = 9  # without contrast
    fitted = Whitening.fit_contrast(images)
    found = whitened(*(torch.from_numpy(a) for a in (images, fitted.mean, fitted.matrix)))
    np.testing.assert_allclose(found.numpy(), fitted(contrast_normalised(images)), atol=1e-5)
    by_hand = Whitening.fit(contrast_normalised(images))
    np.testing.assert_allclose(fitted.matrix, by_hand.matrix, rtol=1e-6, atol=1e-9)


def test_pieces_are_one_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(1).integers(0, 256, (30, 1, 3, 3), dtype=np.uint8)
    whole = Whitening.fit_contrast(images)
    monkeypatch.setattr("counterpoise.data.whitening._CHUNK", 7)
    pieces = Whitening.fit_contrast(images)
    np.testing.assert_allclose(pieces.matrix, whole.matrix, rtol=1e-6, atol=1e-9)


def test_saved_constants_are_the_same_and_checked() -> None:
    fitted = Whitening.fit_contrast(np.arange(32).reshape(8, 1, 2, 2) ** 2)
    again = Whitening.restored(fitted.sha256, fitted.tensors())
    assert again == fitted
    assert repr(again) == repr(fitted)
    other = fitted.tensors() | {"preprocess.mean": torch.zeros(4)}
    for tensors in (other, {}):
        with pytest.raises(CheckpointError, match="the whitening is missing, or not the one"):
            Whitening.restored(fitted.sha256, tensors)
