"""A classifier on cached features is saved with the backbone that made them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from counterpoise import models
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import CheckpointError
from counterpoise.predict import Ensemble, FrozenBackbone, Predictor, load

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


def shared(tmp_path: Path, images: Callable[..., Pixels]) -> tuple[Predictor, list[Path]]:
    """Two predictors whose weights of the backbone lie in one file."""
    predictor = frozen_predictor(images)
    folders = [tmp_path / "runs" / name / "predictor" for name in ("one", "two")]
    for folder in folders:
        predictor.save(folder, shelf=tmp_path / "backbones")
    return predictor, folders


def test_predictors_share_one_file_of_a_backbone(
    tmp_path: Path, images: Callable[..., Pixels]
) -> None:
    predictor, folders = shared(tmp_path, images)
    (file,) = (tmp_path / "backbones").iterdir()
    raw = images(3, 32, 32)
    for folder in folders:
        assert (folder / "weights.safetensors").stat().st_size < 0.05 * file.stat().st_size
        again = Predictor.load(folder)
        assert np.array_equal(again.predict(raw).scores, predictor.predict(raw).scores)
    whole = tmp_path / "elsewhere" / "whole"
    Predictor.load(folders[0]).save(whole)  # alone again
    shutil.rmtree(tmp_path / "backbones")
    assert np.array_equal(Predictor.load(whole).predict(raw).scores, predictor.predict(raw).scores)


def test_an_ensemble_shares_it_too(tmp_path: Path, images: Callable[..., Pixels]) -> None:
    predictor = frozen_predictor(images)
    Ensemble([predictor, predictor]).save(tmp_path / "runs" / "p", shelf=tmp_path / "backbones")
    assert len([*(tmp_path / "backbones").iterdir()]) == 1
    raw = images(3, 32, 32)
    found = load(tmp_path / "runs" / "p").predict(raw).scores
    np.testing.assert_allclose(found, predictor.predict(raw).scores, rtol=1e-12)


def test_members_that_share_a_backbone_run_it_once(
    tmp_path: Path, images: Callable[..., Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folders = shared(tmp_path, images)
    both = Ensemble([Predictor.load(folder) for folder in folders])
    raw = images(3, 32, 32)
    separately = [member.predict(raw).scores for member in both.members]
    seen = []
    whole = FrozenBackbone.features
    monkeypatch.setattr(
        FrozenBackbone, "features", lambda self, part: seen.append(len(part)) or whole(self, part)
    )
    np.testing.assert_allclose(both.predict(raw).scores, np.mean(separately, axis=0), rtol=1e-12)
    assert sum(seen) == len(raw)
    apart = Ensemble([frozen_predictor(images), frozen_predictor(images)])  # of weights unknown
    seen.clear()
    apart.predict(raw)
    assert sum(seen) == 2 * len(raw)


def test_a_run_that_is_moved_alone_says_which_file_it_lacks(
    tmp_path: Path, images: Callable[..., Pixels]
) -> None:
    predictor, (folder, _) = shared(tmp_path, images)
    (file,) = (tmp_path / "backbones").iterdir()
    moved = tmp_path / "far" / "predictor"
    shutil.copytree(folder, moved)
    with pytest.raises(CheckpointError) as caught:
        Predictor.load(moved)
    for word in ("features of shufflenet_v2_x0_5", file.name, "backbones/", "counterpoise export"):
        assert word in str(caught.value)
    shutil.copy(file, moved)
    raw = images(3, 32, 32)
    found = Predictor.load(moved).predict(raw).scores
    assert np.array_equal(found, predictor.predict(raw).scores)


@pytest.mark.parametrize("kept", [-1, None])
def test_a_damaged_shared_file_is_refused_and_written_anew(
    kept: int | None, tmp_path: Path, images: Callable[..., Pixels]
) -> None:
    """Cut off, or of equal size."""
    predictor, (folder, _) = shared(tmp_path, images)
    (file,) = (tmp_path / "backbones").iterdir()
    whole = file.read_bytes()
    file.write_bytes((whole[:-1] + bytes([whole[-1] ^ 1]))[:kept])
    again = "delete it and run the comparison again"
    with pytest.raises(CheckpointError, match=rf"{file.name} is damaged.*{again}"):
        Predictor.load(folder)
    predictor.save(folder, shelf=tmp_path / "backbones")
    assert file.read_bytes() == whole
