"""Histograms of oriented gradients: lengths, a slow loop, and how they are trained on."""

import importlib.util
import math

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.heads import Cosine
from counterpoise.models.hog import HOG, HiddenHead
from counterpoise.train.feed import Feed
from counterpoise.train.frozen_features import features_of, head_alone_learns

pytest.importorskip("skimage", reason="needs counterpoise[hog]")


@pytest.mark.parametrize(
    ("shape", "options", "length", "cell"),
    [
        ((1, 128, 64), {"cell": 8, "bins": 9}, 3780, 8),  # Dalal and Triggs
        ((1, 36, 18), {"cell": 3}, 1980, 3),  # Daimler pedestrians
        ((3, 40, 40), {"cell": 5, "bins": 8}, 1568, 5),  # HOG set 1 of GTSRB
        ((1, 128, 64), {}, 3780, 8),
        ((1, 36, 18), {}, 1980, 3),
        ((3, 40, 40), {"bins": 8}, 1568, 5),
        (
            (3, 33, 47),
            {"cell": 4},
            7 * 10 * 36,
            4,
        ),  # what is beyond the last whole cell is left out
    ],
)
def test_lengths_of_features(shape, options, length, cell) -> None:
    hog = HOG(shape, **options)
    assert (hog.num_features, hog.cell) == (length, cell)
    assert hog(torch.rand(2, *shape)).shape == (2, length)


@pytest.mark.parametrize("value", [0.0, 0.5, -2.0])
def test_a_constant_image_gives_zeros(value) -> None:
    assert HOG((3, 16, 16))(torch.full((2, 3, 16, 16), value)).abs().max() == 0


def slow_hog(image, cell, bins):
    """Channels last; one pixel at a time, as the docstring says."""
    height, width, _ = image.shape
    cells = np.zeros((height // cell, width // cell, bins))
    for i in range(cells.shape[0] * cell):
        for j in range(cells.shape[1] * cell):
            gradients = []
            for c in range(image.shape[2]):
                down = image[i + 1, j, c] - image[i - 1, j, c] if 0 < i < height - 1 else 0.0
                right = image[i, j + 1, c] - image[i, j - 1, c] if 0 < j < width - 1 else 0.0
                gradients.append((math.hypot(down, right), down, right))
            norm, down, right = max(gradients, key=lambda g: g[0])
            angle = math.degrees(math.atan2(down, right)) % 180
            cells[i // cell, j // cell, min(int(angle // (180 / bins)), bins - 1)] += norm
    cells /= cell**2
    features = []
    for i in range(cells.shape[0] - 1):
        for j in range(cells.shape[1] - 1):
            block = cells[i : i + 2, j : j + 2].ravel()
            block = np.minimum(block / math.sqrt((block**2).sum() + 1e-10), 0.2)
            features += list(block / math.sqrt((block**2).sum() + 1e-10))
    return features


@pytest.mark.parametrize(("channels", "cell", "bins"), [(1, 4, 9), (3, 5, 8)])
def test_features_as_a_slow_loop(channels, cell, bins) -> None:
    images = torch.rand(2, channels, 16, 21, generator=torch.Generator().manual_seed(0))
    found = HOG((channels, 16, 21), cell=cell, bins=bins)(images)
    for image, features in zip(images, found, strict=True):
        expected = slow_hog(image.permute(1, 2, 0).double().numpy(), cell, bins)
        np.testing.assert_allclose(features.numpy(), expected, atol=1e-4)


def test_brightness_and_contrast_do_not_matter() -> None:
    images = torch.rand(2, 1, 24, 24)
    hog = HOG((1, 24, 24))
    torch.testing.assert_close(hog(3 * images - 5), hog(images), atol=1e-4, rtol=0)


def test_square_roots_want_pixels_that_are_not_negative() -> None:
    images = torch.rand(2, 1, 24, 24)
    hog = HOG((1, 24, 24), sqrt=True)
    torch.testing.assert_close(hog(images**2), HOG((1, 24, 24))(images), atol=1e-4, rtol=0)
    with pytest.raises(ArgumentError, match=r"the smallest is -1 .*unit"):
        hog(images - 1 - images.min())


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_features_have_the_type_of_the_images_and_no_gradient(dtype) -> None:
    images = torch.rand(2, 1, 16, 16).to(dtype).requires_grad_()
    features = HOG((1, 16, 16))(images)
    assert features.dtype == dtype
    assert not features.requires_grad
    assert HOG((1, 16, 16))(images[:0]).shape == (0, features.shape[1])


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        ((7,), {}, r"takes images \(C, H, W\); got shape \(7,\) \(use mlp\)"),
        (
            (1, 16, 16),
            {"cell": 9},
            r"2x2 cells; images of 16x16 pixels have 1x1 of 9 pixels \(a sm",
        ),
        ((1, 16, 16), {"cell": 0}, "cell >= 1 and bins >= 1; got 0 and 9"),
        ((1, 16, 16), {"bins": 0}, "got 2 and 0"),
        ((1, 16, 16), {"units": 0}, "units >= 1; got 0"),
        ((1, 16, 16), {"cells": 2}, "hog has no option 'cells'; did you mean 'cell'"),
        ((1, 16, 16), {"weights": "DEFAULT"}, "hog"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(shape, options, words) -> None:
    with pytest.raises(ArgumentError, match=words):
        models.create("hog", shape, 3, **options)


def test_without_scikit_image_it_says_what_to_install(monkeypatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "skimage" else find(name)
    )
    for attempt in (lambda: models.check("hog"), lambda: HOG((1, 16, 16))):
        with pytest.raises(ArgumentError, match=r"scikit-image.*pip install 'counterpoise\[hog\]'"):
            attempt()


def test_its_own_head_standardises_and_has_one_hidden_layer() -> None:
    model = models.create("hog", (1, 16, 16), 3, units=7)
    assert isinstance(model.head, HiddenHead)
    assert model.head.hidden.out_features == 7
    assert model.output_parameters == ("head.output.*",)
    assert list(model.backbone.parameters()) == []
    head = HiddenHead(2, 3)
    assert head.hidden.out_features == 100
    torch.manual_seed(0)
    data = torch.randn(500, 2) * torch.tensor([1.0, 50.0]) + torch.tensor([3.0, -100.0])
    for _ in range(100):
        head(data)
    standard = head.eval().standardise(data)
    assert standard.mean(0).abs().max() < 0.01
    assert (standard.std(0) - 1).abs().max() < 0.01


def test_a_given_head_takes_the_features_themselves() -> None:
    model = models.create("hog", (1, 16, 16), 3, head=Cosine)
    assert isinstance(model.head, Cosine)
    assert model.output_parameters == ("head.*",)
    assert model(torch.rand(2, 1, 16, 16)).shape == (2, 3)


def test_training_computes_features_once() -> None:
    model = models.create("hog", (1, 16, 16), 3)
    feed = Feed(torch.rand(5, 1, 16, 16), torch.zeros(5, dtype=torch.int64), None, "cpu")
    assert head_alone_learns(model, feed)
    cached = features_of(model, feed)
    assert cached is not None
    assert torch.equal(cached.inputs, model.features(feed.inputs))


def test_it_learns_what_is_upright_and_what_lies() -> None:
    torch.manual_seed(0)
    y = torch.arange(60) % 2
    images = 0.3 * torch.rand(60, 1, 16, 16)
    for image, k in zip(images, y, strict=True):
        place = int(torch.randint(3, 12, ()))
        image[0][(slice(None), slice(place, place + 2))[:: 1 if k else -1]] += 1
    model = models.create("hog", (1, 16, 16), 2)
    features = model.features(images)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(50):
        loss = nn.functional.cross_entropy(model.classify(features[:40]), y[:40])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    assert (model(images[40:]).argmax(1) == y[40:]).float().mean() > 0.9
