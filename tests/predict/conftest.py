"""Predictors on real images, and an exported folder as a stranger would read it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.datasets import load_digits

from counterpoise import models
from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.data.decode import resize
from counterpoise.predict import Predictor

Pixels = npt.NDArray[np.uint8]


def random_images(*shape: int, num: int = 20) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (num, *shape), dtype=np.uint8)


@pytest.fixture
def images() -> Callable[..., Pixels]:
    return random_images


@pytest.fixture
def made() -> Callable[..., Predictor]:
    """A predictor of random weights for three classes, images by default."""

    def make(
        name: str = "small-cnn", shape: tuple[int, ...] = (1, 8, 8), **options: object
    ) -> Predictor:
        torch.manual_seed(0)
        raw = random_images(*shape)
        inputs = raw if len(shape) == 3 else raw.astype(np.float32)
        preprocess = Preprocess.fit("standard", inputs)
        given = {"head": None, "weights": None, "data_root": None, **options}
        classifier = models.create(name, shape, 3, **given)
        classifier.train()
        for _ in range(3):  # moves BatchNorm's statistics off their start
            classifier(preprocess.apply(torch.from_numpy(inputs)))
        prior = ClassCounts((70, 20, 10)).prior
        return Predictor(classifier, preprocess, ("cat", "dog", "owl"), prior=prior)

    return make


@pytest.fixture
def digits() -> Callable[..., Pixels]:
    """Scikit-learn's digits as uint8 (N, C, side, side)."""

    def read(number: int, channels: int, side: int) -> Pixels:
        grey = (load_digits().images[:number] * 15.9).astype(np.uint8)[:, None]
        large = np.stack([resize(image, (side, side)) for image in grey])
        return np.repeat(large, channels, axis=1)

    return read


@pytest.fixture
def tuned() -> Callable[..., Predictor]:
    """A model of random weights that tells raw samples (N, ...) apart, as a trained one does."""

    def train(
        name: str,
        raw: npt.NDArray[Any],
        classes: int = 10,
        head: Any = None,
        options: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> Predictor:
        torch.manual_seed(0)
        preprocess = Preprocess.fit("standard", raw)
        model = models.create(name, raw.shape[1:], classes, head=head, **(options or {}))
        inputs = preprocess.apply(torch.from_numpy(raw))
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.momentum = None  # statistics of these samples, not of the start
        with torch.no_grad():
            model.train()(inputs)
            _spread(model.eval(), inputs)
        return Predictor(model, preprocess, [f"c{k}" for k in range(classes)], **given)

    return train


def _spread(model: models.Classifier, inputs: torch.Tensor) -> None:
    """Give the last layer outputs of mean 0 and sd 1 in every class, so that all are decided."""
    layers = [m for m in model.head.modules() if isinstance(m, torch.nn.Linear | torch.nn.Conv2d)]
    for last in layers[-1:]:
        seen: list[torch.Tensor] = []
        handle = last.register_forward_hook(
            lambda module, given, made, seen=seen: seen.append(made)
        )
        model(inputs)
        handle.remove()
        outputs = seen[0].transpose(0, 1).flatten(1)  # (K, ...)
        factor = 1 / outputs.std(1)
        assert last.bias is not None
        last.weight.mul_(factor.view(-1, *[1] * (last.weight.ndim - 1)))
        last.bias.sub_(outputs.mean(1)).mul_(factor)


@pytest.fixture
def answers() -> Callable[..., dict[str, npt.NDArray[Any]]]:
    """Every output of an exported folder, by name, after its checksums are checked."""

    def run(folder: Path, samples: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        import onnxruntime

        for line in (folder / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        said = json.loads((folder / "export.json").read_text())
        session = onnxruntime.InferenceSession(folder / "model.onnx")
        assert [output.name for output in session.get_outputs()] == list(said["outputs"])
        found = session.run(None, {said["input"]["name"]: samples})
        for values, told in zip(found, said["outputs"].values(), strict=True):
            assert str(values.dtype) == told["dtype"]
            assert list(values.shape[1:]) == told["shape"][1:]
        return dict(zip(said["outputs"], found, strict=True))

    return run
