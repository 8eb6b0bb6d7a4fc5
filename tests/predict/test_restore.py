"""What can be saved is made again from its description; the rest is named."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from counterpoise import heads, models
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError, CheckpointError, DeviceError
from counterpoise.models.classifier import Classifier
from counterpoise.predict import Predictor, artifact
from counterpoise.records import PosthocPart

Pixels = npt.NDArray[np.uint8]
CLASSES = ("cat", "dog", "owl")
COUNTS = ClassCounts((70, 20, 10))


def test_heads_of_the_package_are_made_again(tmp_path: Path) -> None:
    classifier = models.create("mlp", (4,), 3, head=partial(heads.Linear, bias=False))
    inputs = np.ones((2, 4), dtype=np.float32)
    predictor = Predictor(classifier, Preprocess.fit("none", inputs), CLASSES)
    predictor.save(tmp_path)
    again = Predictor.load(tmp_path)
    assert isinstance(again.classifier.head, heads.Linear)
    assert again.classifier.head.bias is None
    assert np.array_equal(again.predict(inputs).scores, predictor.predict(inputs).scores)


def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    preprocess = Preprocess.fit("none", np.ones((2, 4), dtype=np.float32))
    bare = Predictor(Classifier(nn.Identity(), nn.Linear(4, 3)), preprocess, CLASSES)
    own = models.create("mlp", (4,), 3, head=lambda features, classes: nn.Linear(features, classes))
    odd = Predictor(models.create("mlp", (4,), 3), preprocess, CLASSES, metadata={"a": object()})
    for predictor, words in (
        (bare, "models.create"),
        (Predictor(own, preprocess, CLASSES), "none of counterpoise.heads"),
        (odd, "JSON"),
    ):
        with pytest.raises(ArgumentError, match=words):
            predictor.save(tmp_path / "predictor")
        assert not (tmp_path / "predictor").exists()


def test_an_unknown_rule_or_head_in_the_file_is_named(
    tmp_path: Path, made: Callable[..., Predictor]
) -> None:
    made().save(tmp_path)
    found, tensors = artifact.read(tmp_path)
    model, odd = dict(found.model), {"head": {"name": "system", "options": {}}}
    changes: tuple[tuple[dict[str, object], str], ...] = (
        ({"posthoc": (PosthocPart(name="Oracle", state={}),)}, "no posthoc 'Oracle'"),
        ({"model": model | {"name": "lenet6"}}, "did you mean 'lenet5'"),
        ({"model": model | {"options": {"width": 4}}}, "does not fit"),
        ({"model": model | odd}, "none of counterpoise.heads"),
    )
    for change, words in changes:
        artifact.write(tmp_path, found.model_copy(update=change), artifact.packed(tensors))
        with pytest.raises(CheckpointError, match=words):
            Predictor.load(tmp_path)


def test_a_missing_gpu_is_named(tmp_path: Path, made: Callable[..., Predictor]) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    made().save(tmp_path)
    with pytest.raises(DeviceError, match="torch finds 0 CUDA devices"):
        Predictor.load(tmp_path, device="cuda")


def test_loading_leaves_the_random_state_alone(
    tmp_path: Path, made: Callable[..., Predictor]
) -> None:
    made().save(tmp_path)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    Predictor.load(tmp_path)
    assert torch.equal(torch.rand(3), expected)
