"""A classifier on cached features is saved with the backbone that made them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from counterpoise import models
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.predict import FrozenBackbone, Predictor

Pixels = npt.NDArray[np.uint8]
CLASSES = ("cat", "dog", "owl")
COUNTS = ClassCounts((70, 20, 10))


def frozen_predictor(images: Callable[..., Pixels]) -> Predictor:
    torch.manual_seed(0)
    extractor = models.create("shufflenet_v2_x0_5", (3, 32, 32), 7)
    raw = images(3, 32, 32)
    first = Preprocess.fit("imagenet", raw)
    features = models.extract(extractor, [torch.from_numpy(raw)], first.apply)
    second = Preprocess.fit("standard", features)
    head = models.create("linear", (features.shape[1],), 3)
    return Predictor(head, second, CLASSES, frozen=FrozenBackbone(extractor, first))


def test_a_head_on_cached_features_is_saved_with_its_backbone(
    tmp_path: Path, images: Callable[..., Pixels]
) -> None:
    predictor = frozen_predictor(images)
    raw = images(3, 32, 32)
    frozen = predictor.frozen
    assert frozen is not None
    features = models.extract(frozen.classifier, [torch.from_numpy(raw)], frozen.preprocess.apply)
    by_hand = Predictor(predictor.classifier, predictor.preprocess, CLASSES).predict(features)
    expected = predictor.predict(raw)
    np.testing.assert_allclose(expected.scores, by_hand.scores, rtol=1e-4)
    predictor.save(tmp_path)
    again = Predictor.load(tmp_path)
    assert again.input_shape == (3, 32, 32)
    assert np.array_equal(again.predict(raw).scores, expected.scores)
    assert json.loads((tmp_path / "predictor.json").read_text())["frozen"]["model"]["name"] == (
        "shufflenet_v2_x0_5"
    )
