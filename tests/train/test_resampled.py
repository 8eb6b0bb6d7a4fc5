"""Training sets made anew: scale, type, what stays as it was, and what is shown of it."""

import numpy as np
import pytest
import torch
from torch import Tensor

from counterpoise.resamplers import CCR, SMOTE, ClusterUndersampler
from counterpoise.train.feed import Feed
from counterpoise.train.resampled import SHOWN, resample

LABELS = np.repeat([0, 1], [20, 5])
RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (25, 1, 4, 4)).astype(np.uint8)


class Spy:
    """Gives back what it gets, and remembers it."""

    def fit_resample(self, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        self.seen = X
        return X, y


def test_originals_come_first_and_keep_their_exact_values() -> None:
    feed = Feed(BYTES, LABELS, None, "cpu")
    made = resample(feed, SMOTE(random_state=0))
    assert made.real.tolist() == [True] * 25 + [False] * 15
    assert torch.equal(made.feed.inputs[:25], feed.inputs)
    assert made.feed.inputs.dtype == torch.uint8
    assert torch.bincount(made.feed.target).tolist() == [20, 20]


def test_vectors_are_scaled_feature_by_feature_and_back() -> None:
    points = RNG.normal(size=(25, 3)).astype(np.float32) * [1, 100, 0] + [0, 7, 3]
    feed = Feed(points.astype(np.float32), LABELS, None, "cpu")
    spy = Spy()
    same = resample(feed, spy)
    assert spy.seen.amin(0).tolist() == [0, 0, 0]
    assert spy.seen.amax(0).tolist() == [1, 1, 0], "a constant feature is 0"
    assert torch.equal(same.feed.inputs, feed.inputs)
    low, high = feed.inputs[20:].amin(0), feed.inputs[20:].amax(0)
    made = resample(feed, SMOTE(random_state=0)).feed.inputs[25:]
    assert bool((made >= low - 1e-4).all() & (made <= high + 1e-4).all()), "between neighbours"


def test_images_are_divided_by_255_whatever_they_hold() -> None:
    spy = Spy()
    resample(Feed(BYTES // 2, LABELS, None, "cpu"), spy)
    torch.testing.assert_close(spy.seen, torch.from_numpy(BYTES // 2) / 255)


@pytest.mark.parametrize("offset", [2.0**40, -(2.0**40), 1.7e12])
def test_numbers_of_any_offset_are_scaled_in_their_own_precision(offset: float) -> None:
    points = RNG.normal(size=(25, 3))
    spy = Spy()
    feed = Feed(points + offset, LABELS, None, "cpu")
    same = resample(feed, spy)
    expected = (points - points.min(0)) / np.ptp(points, axis=0)
    np.testing.assert_allclose(spy.seen, expected, atol=1e-3)
    assert torch.equal(same.feed.inputs, feed.inputs)
    made = resample(feed, SMOTE(random_state=0)).feed.inputs
    assert made.dtype == torch.float64
    assert bool((made[25:] - offset).abs().max() < 5)


def test_integers_that_are_no_bytes_are_scaled_by_their_range() -> None:
    wide = BYTES.astype(np.int32) * 100 + 5000
    spy = Spy()
    made = resample(Feed(wide, LABELS, None, "cpu"), spy)
    assert float(spy.seen.min()) == 0
    assert float(spy.seen.max()) == 1
    assert torch.equal(made.feed.inputs, torch.from_numpy(wide))
    points = resample(Feed(wide, LABELS, None, "cpu"), SMOTE(random_state=0)).feed.inputs[25:]
    assert points.dtype == torch.int32
    assert 5000 <= int(points.min()) < int(points.max()) <= 30_500


def test_moved_and_left_out_samples() -> None:
    points = RNG.random((25, 2), dtype=np.float32)
    feed = Feed(points, LABELS, None, "cpu")
    fewer = resample(feed, ClusterUndersampler(random_state=0))
    assert fewer.real.tolist() == [True] * len(fewer.feed) == [True] * 10
    moved = resample(feed, CCR(energy=0.6, random_state=0))
    assert torch.equal(moved.feed.inputs[20:25], feed.inputs[20:25]), "rare samples stay"
    assert torch.bincount(moved.feed.target).tolist() == [20, 20]


def test_images_are_shown_of_classes_that_have_made_ones() -> None:
    shown = resample(Feed(BYTES, LABELS, None, "cpu"), SMOTE(random_state=0)).shown()
    assert shown["made"].shape == (SHOWN, 1, 4, 4)
    assert shown["made_labels"].tolist() == [1] * SHOWN
    assert shown["real_labels"].tolist() == [1] * 5
    vectors = resample(Feed(BYTES.reshape(25, 16), LABELS, None, "cpu"), SMOTE(random_state=0))
    assert vectors.shown() == {}


def test_images_of_a_resampler_that_leaves_originals_out() -> None:
    cleaner = CCR(energy=6.0, cleaning="remove", random_state=0)
    made = resample(Feed(BYTES, LABELS, None, "cpu"), cleaner)
    assert int(made.real.sum()) < 25
    assert len(made.real) == len(made.feed)
    shown = made.shown()
    real = {row.tobytes() for row in BYTES}
    assert {row.tobytes() for row in shown["real"].numpy()} <= real
    assert not {row.tobytes() for row in shown["made"].numpy()} & real
    assert shown["made_labels"].tolist() == [1] * SHOWN


@pytest.mark.parametrize("level", [0, 200])
def test_bytes_stay_bytes(level: int) -> None:
    flat = np.full((25, 1, 4, 4), level, dtype=np.uint8)
    made = resample(Feed(flat, LABELS, None, "cpu"), SMOTE(random_state=0)).feed
    assert torch.equal(made.inputs, torch.full_like(made.inputs, level))
