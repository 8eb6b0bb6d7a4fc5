"""DeepSMOTE: the contract of the axis on images, the penalty as a slow loop, its networks."""

import math

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from counterpoise.errors import ArgumentError, DataError, DivergedError
from counterpoise.resamplers import DeepSMOTE
from counterpoise.resamplers import deep_smote as module
from counterpoise.resamplers.autoencoder import LARGEST, SMALLEST, Decoder, Encoder, decoder_sizes
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.reconstruction import Pixels, Training, learn, permuted
from counterpoise.resamplers.resampler import generator_of


def make(**given):
    return DeepSMOTE(
        **{"epochs": 1, "width": 2, "code_size": 8, "batch_size": 16, "random_state": 0, **given}
    )


def pictures(num=(14, 6, 3), channels=1, size=28, dtype=np.uint8, seed=0):
    """Noise with a bright band whose place is the class; classes come mixed."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(len(num)), num))
    X = random.integers(0, 80, (len(y), channels, size, size))
    for image, k in zip(X, y, strict=True):
        image[:, 8 * k : 8 * k + 6] += 150
    return X.astype(dtype), y


def networks(seed=0, channels=1, size=28):
    torch.manual_seed(seed)
    return Encoder(channels, size, 6, width=2), Decoder(channels, size, 6, width=2)


@pytest.mark.parametrize(
    ("channels", "size", "dtype"),
    [(1, 28, np.uint8), (3, 32, np.float32), (1, 37, np.float64), (3, 64, np.uint8)],
)
@pytest.mark.parametrize("penalty", ["paper", "released"])
def test_balances_images_of_any_size_and_type(channels, size, dtype, penalty) -> None:
    X, y = pictures(channels=channels, size=size, dtype=dtype)
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
def test_counts_are_exact_for_every_strategy(strategy, expected) -> None:
    X, y = pictures()
    _, labels = make(sampling_strategy=strategy).fit_resample(X, y)
    assert np.bincount(labels).tolist() == expected


def test_nothing_to_make_trains_nothing() -> None:
    X, y = pictures()
    sampler = make(sampling_strategy={}, epochs=10**6)
    images, _ = sampler.fit_resample(X, y)
    assert np.array_equal(images, X)
    assert sampler.losses_ == []


def test_tensors_and_lists_come_back_as_they_were() -> None:
    X, y = pictures()
    expected, _ = make().fit_resample(X, y)
    images, labels = make().fit_resample(torch.from_numpy(X), torch.from_numpy(y))
    assert images.dtype == torch.uint8
    assert labels.dtype == torch.int64
    assert np.array_equal(images.numpy(), expected)
    listed, _ = make().fit_resample(X.tolist(), y.tolist())
    assert isinstance(listed, list)
    assert not make().fit_resample(torch.from_numpy(X).float().requires_grad_(), y)[0].requires_grad


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_learns_where_gradients_are_switched_off(mode) -> None:
    X, y = pictures(dtype=np.float32)
    expected, _ = make().fit_resample(X, y)
    with mode():
        found, _ = make().fit_resample(torch.from_numpy(X), y)
    assert np.array_equal(found.numpy(), expected)


def test_same_seed_same_images_and_no_global_seed_is_moved() -> None:
    X, y = pictures()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, _ = make().fit_resample(X, y)
    assert torch.equal(torch.rand(3), expected)
    two, _ = clone(make()).fit_resample(X, y)
    other, _ = make(random_state=1).fit_resample(X, y)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_one_image_is_made_again_and_two_are_mixed() -> None:
    X, y = pictures((8, 2, 1))
    with pytest.warns(UserWarning, match="class '2' has one sample"):
        images, labels = make().fit_resample(X, y)
    assert np.bincount(labels).tolist() == [8, 8, 8]
    once = images[11:][labels[11:] == 2]
    assert (once == once[0]).all()
    both = images[11:][labels[11:] == 1]
    assert len(np.unique(both, axis=0)) > 1


@pytest.mark.filterwarnings("ignore:class .* has one sample")
def test_classes_of_one_image_each_have_no_penalty() -> None:
    X, y = pictures((1, 1))
    images, labels = make(sampling_strategy={1: 3}, batch_size=2).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [1, 3]
    assert np.isfinite(images).all()


def test_made_images_are_decoded_points_between_two_codes() -> None:
    """Of two images of a class: every code made of them lies on one segment."""
    X, y = pictures((12, 2), dtype=np.float64)
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


def test_an_absent_class_a_constant_set_and_values_that_are_not_finite() -> None:
    X, y = pictures()
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
    ("shape", "words"),
    [
        ((16,), r"got samples of shape \(16,\) \(for tables there is SMOTE\)"),
        ((28, 28), "a grey image has C = 1"),
        ((28, 28, 3), "move the channels to axis 1"),
        ((2, 28, 28), "choose or merge channels"),
        ((1, 28, 32), "crop, pad or resize to a square"),
        ((1, 27, 27), "resize to 28 pixels a side"),
        ((3, 65, 65), "resize to 64 pixels a side"),
    ],
)
def test_other_samples_are_refused_with_what_to_do(shape, words) -> None:
    with pytest.raises(DataError, match=rf"takes square images.*from 28 to 64.*{words}"):
        make().fit_resample(np.zeros((6, *shape), dtype=np.float32), [0, 0, 0, 0, 1, 1])


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
def test_options_that_break_their_rule(option, value, words) -> None:
    with pytest.raises(ArgumentError, match=words):
        make(**{option: value}).fit_resample(*pictures())


def test_a_loss_that_stops_being_finite_is_said() -> None:
    with pytest.raises(DivergedError, match=r"in epoch \d+ with lr 1e\+30 \(a smaller lr\)"):
        make(lr=1e30, epochs=5).fit_resample(*pictures())


@pytest.mark.parametrize("size", range(SMALLEST, LARGEST + 1))
def test_networks_fit_every_size(size) -> None:
    encoder, decoder = networks(channels=3, size=size)
    codes = encoder(torch.zeros(2, 3, size, size))
    assert codes.shape == (2, 6)
    assert decoder(codes).shape == (2, 3, size, size)
    first, stride, kernel = decoder_sizes(size)
    assert first <= 13
    assert stride in (1, 2)
    assert 4 <= kernel <= 7


def test_networks_of_the_paper() -> None:
    """Channels, kernels and code sizes of specification 8.3, at 28 and at 32 pixels."""
    for size, last, kernel, padding in ((28, 4, (4, 2), 1), (32, 6, (4, 1), 0)):
        encoder, decoder = Encoder(1, size, 300), Decoder(1, size, 300)
        down = [m for m in encoder.modules() if isinstance(m, nn.Conv2d)]
        assert [m.out_channels for m in down] == [64, 128, 256, 512]
        assert all(m.bias is None for m in down)
        assert (down[3].kernel_size[0], down[3].stride[0]) == kernel
        assert down[3].padding[0] == padding
        up = [m for m in decoder.modules() if isinstance(m, nn.ConvTranspose2d)]
        assert [m.out_channels for m in up] == [256, 128, 1]
        assert [m.kernel_size[0] for m in up] == [4, 4, last]
        assert decoder.layers[0].out_features == 512 * (size // 4) ** 2


def test_code_sizes_of_the_paper() -> None:
    for channels, code in ((1, 300), (3, 600)):
        sampler = make(code_size=None)
        sampler.fit_resample(*pictures((3, 2), channels=channels))
        assert sampler.decoder_.layers[0].in_features == code


def slow_penalty(encoder, decoder, images, order, penalty):
    """One image after the other, in eval mode, where they do not see each other."""
    total, values = 0.0, 0
    for place, source in enumerate(order.tolist()):
        made = decoder(encoder(images[source : source + 1]))[0].flatten().tolist()
        wanted = images[place if penalty == "paper" else source].flatten().tolist()
        total += sum((a - b) ** 2 for a, b in zip(made, wanted, strict=True))
        values += len(wanted)
    return total / values


@pytest.mark.parametrize("penalty", ["paper", "released"])
def test_penalty_as_a_slow_loop(penalty) -> None:
    encoder, decoder = (network.eval() for network in networks())
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    for order in ([4, 0, 3, 1, 2], [0, 1, 2, 3, 4]):
        order = torch.tensor(order)
        found = permuted(encoder, decoder, images, order, penalty)
        expected = slow_penalty(encoder, decoder, images, order, penalty)
        assert found.item() == pytest.approx(expected, rel=1e-5)


def test_released_does_not_feel_the_order_and_the_paper_does() -> None:
    encoder, decoder = (network.eval() for network in networks())
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    moved, still = torch.tensor([4, 0, 3, 1, 2]), torch.arange(5)
    for penalty, same in (("released", True), ("paper", False)):
        losses = [permuted(encoder, decoder, images, o, penalty).item() for o in (moved, still)]
        assert (losses[0] == pytest.approx(losses[1], rel=1e-6)) == same


@pytest.mark.parametrize(("penalty", "learns"), [("paper", True), ("released", False)])
def test_the_encoder_learns_from_the_papers_penalty_alone(penalty, learns) -> None:
    encoder, decoder = networks()
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    permuted(encoder, decoder, images, torch.tensor([4, 0, 3, 1, 2]), penalty).backward()
    assert all((p.grad is not None) == learns for p in encoder.parameters())
    assert all(p.grad is not None for p in decoder.parameters())


def problem(num=(40, 10)):
    X, y = pictures(num, dtype=np.float32)
    points = torch.from_numpy(X.reshape(len(X), -1))
    names = tuple(map(str, range(len(num))))
    return Problem(points, torch.from_numpy(y), num, num, names, generator_of(0), (1, 28, 28))


def test_the_loss_falls_and_the_best_epoch_is_kept(monkeypatch) -> None:
    posed = problem()
    pixels = Pixels(posed.points, posed.shape)
    encoder, decoder = networks()
    losses = learn(encoder, decoder, pixels, posed, Training("released", 8, 10, 3e-3))
    assert losses[-1] < 0.6 * losses[0]
    # After an epoch of loss 1 comes one whose reported loss is worse: the networks go back.
    told = iter([1.0, 2.0])
    seen = []

    def observed(value):
        seen.append(encoder.layers[0].weight.detach().clone())
        return next(told)

    monkeypatch.setattr("counterpoise.resamplers.reconstruction.float", observed, raising=False)
    learn(encoder, decoder, pixels, posed, Training("paper", 2, 10, 1e-3))
    assert torch.equal(encoder.layers[0].weight, seen[0])
    assert not torch.equal(seen[0], seen[1])


def test_running_averages_are_those_of_mixed_batches(monkeypatch) -> None:
    """A penalty that shows the networks ever so odd images leaves BatchNorm's averages alone."""
    averages = []
    for odd in (False, True):
        posed = problem()
        encoder, decoder = networks()

        def penalty(encoder, decoder, images, order, kind, odd=odd):
            return 0 * permuted(encoder, decoder, images + 9 * odd, order, kind)

        monkeypatch.setattr("counterpoise.resamplers.reconstruction.permuted", penalty)
        learn(
            encoder,
            decoder,
            Pixels(posed.points, posed.shape),
            posed,
            Training("paper", 1, 10, 1e-3),
        )
        averages.append(encoder.layers[3].running_mean)
        assert encoder.layers[3].momentum == 0.1
    assert torch.equal(*averages)


def test_a_last_batch_of_one_is_left_out() -> None:
    images, _ = make(batch_size=22).fit_resample(*pictures())  # 23 images
    assert np.isfinite(images).all()


@pytest.mark.parametrize("block", [1, 4])
def test_blocks_change_nothing_but_rounding(block, monkeypatch) -> None:
    X, y = pictures(dtype=np.float64)
    whole, _ = make().fit_resample(X, y)
    monkeypatch.setattr(module, "BLOCK", block)
    cut, _ = make().fit_resample(X, y)
    np.testing.assert_allclose(cut, whole, atol=1e-3)


@pytest.mark.gpu
def test_images_on_a_gpu_stay_there() -> None:
    X, y = pictures(dtype=np.float32)
    sampler = make()
    images, labels = sampler.fit_resample(
        torch.from_numpy(X).to("cuda"), torch.from_numpy(y).to("cuda")
    )
    assert images.is_cuda
    assert next(sampler.encoder_.parameters()).is_cuda
    assert torch.bincount(labels).tolist() == [14, 14, 14]
