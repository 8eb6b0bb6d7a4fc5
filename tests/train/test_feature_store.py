"""Features that trainings share through a folder: the same bits, computed once."""

from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise import models
from counterpoise.augment import Affine
from counterpoise.criterion import Weighted
from counterpoise.data import Preprocess
from counterpoise.losses import CrossEntropy
from counterpoise.models.classifier import Classifier
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train import feature_store, frozen_features
from counterpoise.train.feature_store import FeatureStore
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import freeze_except
from counterpoise.train.frozen_features import on_features
from counterpoise.train.loop import Pieces
from counterpoise.train.offline import Enlargement
from counterpoise.train.schedule import make

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(0, 256, size=(60, 3, 8, 8)).astype(np.uint8)
LABELS = RNG.integers(0, 3, size=60)


@pytest.fixture(autouse=True)
def _worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_store, "WORTH", 0.0)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the parts whose features were computed."""
    seen: list[int] = []

    def counted(front: torch.nn.Module, feed: Feed) -> Feed | None:
        seen.append(len(feed))
        return computed(front, feed)

    computed = frozen_features.features_of
    monkeypatch.setattr(frozen_features, "features_of", counted)
    return seen


def classifier(seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    model = models.create("small-cnn", (3, 8, 8), 3)
    freeze_except(model, ["head.*"])
    return model


def feed(inputs: np.ndarray = INPUTS) -> Feed:
    return Feed(inputs, LABELS, Preprocess.fit("standard", INPUTS), "cpu")


def features(
    model: Classifier, store: FeatureStore | None, part: Feed, seed: int | None = None
) -> Feed:
    criterion, sampler = Weighted(CrossEntropy()), Shuffled(LABELS, seed=0)
    pieces = Pieces(model, criterion, sampler, Plain(), [], make("constant", {}), [])
    copies = None if seed is None else Enlargement(2, [Affine(seed=seed)], about=f"Affine {seed}")
    found = on_features(pieces, {"train": part}, copies, store=store)["train"]
    checksum = "" if copies is None else copies.checksum
    return Feed(found.inputs, found.target, None, "cpu", torch.tensor(list(checksum.encode())))


def same(a: Feed, b: Feed) -> bool:
    assert a.weight is not None
    assert b.weight is not None
    return all(map(torch.equal, (a.inputs, a.target, a.weight), (b.inputs, b.target, b.weight)))


@pytest.mark.parametrize("copies", [None, 3])
def test_the_second_training_reads_what_the_first_computed(tmp_path, passes, copies) -> None:
    alone = features(classifier(), None, feed(), copies)
    first = features(classifier(), FeatureStore(tmp_path, "small-cnn"), feed(), copies)
    passes.clear()
    second = features(classifier(), FeatureStore(tmp_path, "small-cnn"), feed(), copies)
    assert passes == []
    assert same(first, alone)
    assert same(second, alone)


def test_another_network_other_samples_or_other_copies_are_not_mistaken(tmp_path, passes) -> None:
    features(classifier(), FeatureStore(tmp_path, "small-cnn"), feed(), 3)
    other = INPUTS.copy()
    other[7, 0, 0, 0] ^= 1
    for model, about, inputs, seed, wanted in (
        (classifier(1), "small-cnn", INPUTS, 3, [60] * 3),
        (classifier(), "wide-cnn", INPUTS, 3, [60] * 3),
        (classifier(), "small-cnn", other, 3, [60] * 3),
        (classifier(), "small-cnn", INPUTS, 4, [60] * 2),  # originals are the same
        (classifier(), "small-cnn", INPUTS, None, []),
    ):
        passes.clear()
        features(model, FeatureStore(tmp_path, about), feed(inputs), seed)
        assert passes == wanted, about


def test_what_is_cheap_or_does_not_fit_is_not_written(tmp_path: Path, monkeypatch, passes) -> None:
    for name, value in (("WORTH", 100.0), ("MOST_BYTES", 1000)):
        with monkeypatch.context() as patch:
            patch.setattr(feature_store, name, value)
            features(classifier(), FeatureStore(tmp_path, ""), feed())
        assert not list(tmp_path.glob("*.npz"))
    assert passes == [60, 60]
