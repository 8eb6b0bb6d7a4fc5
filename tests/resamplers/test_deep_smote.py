"""DeepSMOTE: the contract of the axis on images."""

import math

import numpy as np
import pytest
import torch
from sklearn.base import clone

from counterpoise.errors import ArgumentError, DataError, DivergedError
from counterpoise.resamplers import DeepSMOTE
from counterpoise.resamplers import deep_smote as module
from counterpoise.resamplers.reconstruction import Pixels


def make(**given):
    return DeepSMOTE(
        **{"epochs": 1, "width": 2, "code_size": 8, "batch_size": 16, "random_state": 0, **given}
    )


@pytest.mark.parametrize(
    ("channels", "size", "dtype"),
    [(1, 28, np.uint8), (3, 32, np.float32), (1, 37, np.float64), (3, 64, np.uint8)],
)
@pytest.mark.parametrize("penalty", ["paper", "released"])
def test_balances_images_of_any_size_and_type(channels, size, dtype, penalty, banded) -> None:
    X, y = banded(channels=channels, size=size, dtype=dtype)
    sampler = make(penalty=penalty)
    images, labels = sampler.fit_resample(X, y)
    assert images.dtype == dtype
    assert images.shape == (42, channels, size, size)
    assert np.array_equal(images[:23], X)
    assert np.array_equal(labels, [*y, *[1] * 8, *[2] * 11])
    assert images.min() >= X.min()
    assert images.max() <= X.max()
    assert len(sampler.losses_) == 1
    assert math.isfinite(sampler.losses_[0])


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("minority", [14, 6, 14]),
        ("not minority", [14, 14, 3]),
        ({1: 7, 2: 3}, [14, 7, 3]),
        ({0: 15}, [15, 6, 3]),
        (lambda y: {2: 5}, [14, 6, 5]),
    ],
)
def test_counts_are_exact_for_every_strategy(strategy, expected, banded) -> None:
    X, y = banded()
    _, labels = make(sampling_strategy=strategy).fit_resample(X, y)
    assert np.bincount(labels).tolist() == expected


def test_nothing_to_make_trains_nothing(banded) -> None:
    X, y = banded()
    sampler = make(sampling_strategy={}, epochs=10**6)
    images, _ = sampler.fit_resample(X, y)
    assert np.array_equal(images, X)
    assert sampler.losses_ == []


def test_tensors_and_lists_come_back_as_they_were(banded) -> None:
    X, y = banded()
    expected, _ = make().fit_resample(X, y)
    images, labels = make().fit_resample(torch.from_numpy(X), torch.from_numpy(y))
    assert images.dtype == torch.uint8
    assert labels.dtype == torch.int64
    assert np.array_equal(images.numpy(), expected)
    listed, _ = make().fit_resample(X.tolist(), y.tolist())
    assert isinstance(listed, list)
    assert not make().fit_resample(torch.from_numpy(X).float().requires_grad_(), y)[0].requires_grad


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_learns_where_gradients_are_switched_off(mode, banded) -> None:
    X, y = banded(dtype=np.float32)
    expected, _ = make().fit_resample(X, y)
    with mode():
        found, _ = make().fit_resample(torch.from_numpy(X), y)
    assert np.array_equal(found.numpy(), expected)


def test_same_seed_same_images_and_no_global_seed_is_moved(banded) -> None:
    X, y = banded()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, _ = make().fit_resample(X, y)
    assert torch.equal(torch.rand(3), expected)
    two, _ = clone(make()).fit_resample(X, y)
    other, _ = make(random_state=1).fit_resample(X, y)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_one_image_is_made_again_and_two_are_mixed(banded) -> None:
    X, y = banded((8, 2, 1))
    with pytest.warns(UserWarning, match="class '2' has one sample"):
        images, labels = make().fit_resample(X, y)
    assert np.bincount(labels).tolist() == [8, 8, 8]
    once = images[11:][labels[11:] == 2]
    assert (once == once[0]).all()
    both = images[11:][labels[11:] == 1]
    assert len(np.unique(both, axis=0)) > 1


@pytest.mark.filterwarnings("ignore:class .* has one sample")
def test_classes_of_one_image_each_have_no_penalty(banded) -> None:
    X, y = banded((1, 1))
    images, labels = make(sampling_strategy={1: 3}, batch_size=2).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [1, 3]
    assert np.isfinite(images).all()


def test_made_images_are_decoded_points_between_two_codes(banded) -> None:
    """Of two images of a class: every code made of them lies on one segment."""
    X, y = banded((12, 2), dtype=np.float64)
    sampler = make()
    images, _ = sampler.fit_resample(X, y)
    pixels = Pixels(torch.from_numpy(X.reshape(14, -1)), (1, 28, 28))
    with torch.no_grad():
        codes = sampler.encoder_(pixels.images(slice(None)))[torch.from_numpy(y) == 1]
        shares = torch.linspace(0, 1, 2001)[:, None]
        line = codes[0] + shares * (codes[1] - codes[0])
        possible = pixels.values(sampler.decoder_(line)).numpy()
    made = images[14:].reshape(10, -1)
    distance = np.abs(made[:, None] - possible).max(axis=2).min(axis=1)
    span = np.abs(possible[0] - possible[-1]).max()
    assert (distance <= span / 1000).all()
    assert len(np.unique(made, axis=0)) == 10


def test_an_absent_class_a_constant_set_and_values_that_are_not_finite(banded) -> None:
    X, y = banded()
    with pytest.raises(ArgumentError, match="7"):
        make(sampling_strategy={7: 20}).fit_resample(X, y)
    gap, labels = make().fit_resample(X, np.array([0, 4, 9])[y])
    assert np.bincount(labels)[[0, 4, 9]].tolist() == [14, 14, 14]
    flat, _ = make().fit_resample(np.full_like(X, 7), y)
    assert np.isin(flat, [7, 8]).all()
    wrong = X.astype(np.float32)
    wrong[3, 0, 2, 2] = np.nan
    with pytest.raises(DataError, match="finite"):
        make().fit_resample(wrong, y)
    assert len(gap) == 42


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        (
            "penalty",
            "relased",
            r"\"paper\" or \"released\"; got 'relased'; did you mean 'released'",
        ),
        ("epochs", 0, "epochs is a whole number, at least 1; got 0"),
        ("batch_size", 1, "batch_size is a whole number, at least 2; got 1"),
        ("width", 0, "width is a whole"),
        ("code_size", 0, "code_size is a whole"),
        ("k_neighbors", 0, "k_neighbors is a whole"),
        ("lr", 0.0, "lr is above 0; got 0"),
        ("lr", math.nan, "lr is above 0; got nan"),
    ],
)
def test_options_that_break_their_rule(option, value, words, banded) -> None:
    with pytest.raises(ArgumentError, match=words):
        make(**{option: value}).fit_resample(*banded())


def test_a_loss_that_stops_being_finite_is_said(banded) -> None:
    with pytest.raises(DivergedError, match=r"in epoch \d+ with lr 1e\+30 \(a smaller lr\)"):
        make(lr=1e30, epochs=5).fit_resample(*banded())


def test_code_sizes_of_the_paper(banded) -> None:
    for channels, code in ((1, 300), (3, 600)):
        sampler = make(code_size=None)
        sampler.fit_resample(*banded((3, 2), channels=channels))
        assert sampler.decoder_.layers[0].in_features == code


def test_a_last_batch_of_one_is_left_out(banded) -> None:
    images, _ = make(batch_size=22).fit_resample(*banded())  # 23 images
    assert np.isfinite(images).all()


@pytest.mark.parametrize("block", [1, 4])
def test_blocks_change_nothing_but_rounding(block, monkeypatch, banded) -> None:
    X, y = banded(dtype=np.float64)
    whole, _ = make().fit_resample(X, y)
    monkeypatch.setattr(module, "BLOCK", block)
    cut, _ = make().fit_resample(X, y)
    np.testing.assert_allclose(cut, whole, atol=1e-3)


@pytest.mark.gpu
def test_images_on_a_gpu_stay_there(banded) -> None:
    X, y = banded(dtype=np.float32)
    sampler = make()
    images, labels = sampler.fit_resample(
        torch.from_numpy(X).to("cuda"), torch.from_numpy(y).to("cuda")
    )
    assert images.is_cuda
    assert next(sampler.encoder_.parameters()).is_cuda
    assert torch.bincount(labels).tolist() == [14, 14, 14]
