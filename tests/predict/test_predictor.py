"""A saved predictor predicts what the trained one did, to the last bit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError
from counterpoise.posthoc import PriorThreshold
from counterpoise.predict import Predictor

Pixels = npt.NDArray[np.uint8]
CLASSES = ("cat", "dog", "owl")
COUNTS = ClassCounts((70, 20, 10))


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("small-cnn", (1, 8, 8), {"width": 8}),
        ("small-cnn", (3, 32, 32), {}),
        ("small-cnn", (3, 40), {}),
        ("lenet5", (1, 28, 28), {}),
        ("all-cnn", (3, 12, 12), {"final_relu": False}),
        ("mlp", (6,), {"hidden": [5, 4]}),
        ("linear", (6,), {}),
        ("shufflenet_v2_x0_5", (1, 32, 32), {}),
    ],
)
def test_round_trip_is_bit_equal(
    name: str,
    shape: tuple[int, ...],
    options: dict[str, object],
    tmp_path: Path,
    made: Callable[..., Predictor],
    images: Callable[..., Pixels],
) -> None:
    predictor = made(name, shape, **options)
    inputs = images(*shape) if len(shape) == 3 else images(*shape).astype(np.float32)
    expected = predictor.predict(inputs)
    predictor.save(tmp_path / "predictor")
    again = Predictor.load(tmp_path / "predictor")
    found = again.predict(inputs)
    assert np.array_equal(found.scores, expected.scores)
    assert np.array_equal(found.labels, expected.labels)
    assert again.classes == CLASSES
    assert again.input_shape == shape
    assert again.classifier.spec == predictor.classifier.spec
    assert len(set(expected.scores.ravel().tolist())) > 3
    again.save(tmp_path / "again")
    assert read(tmp_path / "again") == read(tmp_path / "predictor")


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28)])
def test_the_memory_layout_of_training_does_not_matter(
    layout: torch.memory_format,
    shape: tuple[int, ...],
    tmp_path: Path,
    images: Callable[..., Pixels],
) -> None:
    classifier = models.create("lenet5", shape, 3).to(memory_format=layout)
    predictor = Predictor(classifier, Preprocess.fit("unit", images(*shape)), CLASSES)
    predictor.save(tmp_path)
    expected = predictor.predict(images(*shape)).scores
    assert np.array_equal(Predictor.load(tmp_path).predict(images(*shape)).scores, expected)


def test_scores_are_the_softmax_of_the_models_outputs(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    predictor = made()
    inputs = images(1, 8, 8)
    with torch.no_grad():
        logits = predictor.classifier(predictor.preprocess.apply(torch.from_numpy(inputs)))
    expected = logits.double().softmax(1).numpy()
    found = predictor.predict(inputs)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5)
    assert found.probabilities is not None
    np.testing.assert_allclose(found.probabilities.sum(1), 1)
    assert np.array_equal(found.labels, expected.argmax(1))


def test_training_on_changes_nothing() -> None:
    classifier = models.create("mlp", (4,), 3)
    inputs = np.ones((2, 4), dtype=np.float32)
    predictor = Predictor(classifier, Preprocess.fit("none", inputs), CLASSES)
    before = predictor.predict(inputs).scores
    nn.init.zeros_(classifier.head.weight)
    assert np.array_equal(predictor.predict(inputs).scores, before)
    assert classifier.training


def test_posthoc_rules_decide_and_are_kept(
    tmp_path: Path, made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    plain = made()
    rule = PriorThreshold(COUNTS)
    predictor = Predictor(plain.classifier, plain.preprocess, CLASSES, posthoc=[rule])
    inputs = images(1, 8, 8, num=200)
    expected = plain.predict(inputs).scores / COUNTS.prior
    found = predictor.predict(inputs)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-12)
    assert np.array_equal(found.labels, expected.argmax(1))
    assert not np.array_equal(found.labels, plain.predict(inputs).labels)
    assert found.probabilities is not None
    np.testing.assert_allclose(found.probabilities.sum(1), 1)
    predictor.save(tmp_path)
    again = Predictor.load(tmp_path).predict(inputs)
    assert np.array_equal(again.scores, found.scores)


def test_margins_stay_as_they_are(tmp_path: Path, made: Callable[..., Predictor]) -> None:
    plain = made("linear", (4,))
    predictor = Predictor(plain.classifier, plain.preprocess, CLASSES, scores="margins")
    inputs = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    with torch.no_grad():
        margins = plain.classifier(plain.preprocess.apply(torch.from_numpy(inputs))).numpy()
    predictor.save(tmp_path)
    found = Predictor.load(tmp_path).predict(inputs)
    np.testing.assert_allclose(found.scores, margins, rtol=1e-6)
    assert found.probabilities is None
    with pytest.raises(ArgumentError, match="margins, which have none"):
        predictor.with_prior([0.2, 0.3, 0.5])


def test_prior_rules_on_margins_are_refused(made: Callable[..., Predictor]) -> None:
    plain = made("linear", (4,))
    with pytest.raises(
        ArgumentError, match="PriorThreshold takes logits; this model makes margins"
    ):
        Predictor(
            plain.classifier,
            plain.preprocess,
            CLASSES,
            posthoc=[PriorThreshold(COUNTS)],
            scores="margins",
        )


def test_names_must_fit_the_classifier(made: Callable[..., Predictor]) -> None:
    plain = made()
    with pytest.raises(ArgumentError, match="3 classes; got names of 2"):
        Predictor(plain.classifier, plain.preprocess, ("a", "b"))


def test_metadata_is_kept(tmp_path: Path, made: Callable[..., Predictor]) -> None:
    plain = made()
    Predictor(plain.classifier, plain.preprocess, CLASSES, metadata={"method": "focal"}).save(
        tmp_path
    )
    assert Predictor.load(tmp_path).metadata == {"method": "focal"}


@pytest.mark.gpu
def test_a_gpu_decides_as_the_cpu_does(
    tmp_path: Path, made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    made("small-cnn", (3, 32, 32)).save(tmp_path)
    inputs = images(3, 32, 32)
    found = Predictor.load(tmp_path, device="cuda").predict(inputs)
    expected = Predictor.load(tmp_path).predict(inputs)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-2)


def test_in_float64_no_sample_moves_another(
    tmp_path: Path, made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    narrow = made("mlp", (6,))
    raw = images(6, num=60).astype(np.float32)
    wide = Predictor(narrow.classifier, narrow.preprocess, CLASSES, dtype=torch.float64)
    alone = np.concatenate([wide.predict(raw[i : i + 1]).scores for i in range(60)])
    np.testing.assert_allclose(alone, wide.predict(raw).scores, rtol=1e-13)
    np.testing.assert_allclose(alone, narrow.predict(raw).scores, rtol=1e-4)
    wide.save(tmp_path / "wide")
    again = Predictor.load(tmp_path / "wide")
    assert np.array_equal(again.predict(raw).scores, narrow.predict(raw).scores)
