"""A saved predictor says what the trained one said, to the last bit."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from torch import nn

from counterpoise import heads, models
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError, CheckpointError, DataError, DeviceError
from counterpoise.models.classifier import Classifier
from counterpoise.posthoc import PriorThreshold
from counterpoise.predict import FrozenBackbone, Predictor, artifact
from counterpoise.records import PosthocPart

CLASSES = ("cat", "dog", "owl")
COUNTS = ClassCounts((70, 20, 10))


def images(*shape: int, num: int = 20) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (num, *shape), dtype=np.uint8)


def made(
    name: str = "small-cnn", shape: tuple[int, ...] = (1, 8, 8), **options: object
) -> Predictor:
    torch.manual_seed(0)
    raw = images(*shape) if len(shape) == 3 else images(*shape).astype(np.float32)
    preprocess = Preprocess.fit("standard", raw)
    classifier = models.create(name, shape, 3, head=None, weights=None, data_root=None, **options)
    classifier.train()
    for _ in range(3):  # moves BatchNorm's statistics off their start
        classifier(preprocess.apply(torch.from_numpy(raw)))
    return Predictor(classifier, preprocess, CLASSES, prior=COUNTS.prior)


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
    name: str, shape: tuple[int, ...], options: dict[str, object], tmp_path: Path
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
    layout: torch.memory_format, shape: tuple[int, ...], tmp_path: Path
) -> None:
    classifier = models.create("lenet5", shape, 3).to(memory_format=layout)
    predictor = Predictor(classifier, Preprocess.fit("unit", images(*shape)), CLASSES)
    predictor.save(tmp_path)
    expected = predictor.predict(images(*shape)).scores
    assert np.array_equal(Predictor.load(tmp_path).predict(images(*shape)).scores, expected)


def test_scores_are_the_softmax_of_the_models_outputs() -> None:
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


def test_posthoc_rules_decide_and_are_kept(tmp_path: Path) -> None:
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


def test_margins_stay_as_they_are(tmp_path: Path) -> None:
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


def test_prior_rules_on_margins_are_refused() -> None:
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


def frozen_predictor() -> Predictor:
    torch.manual_seed(0)
    extractor = models.create("shufflenet_v2_x0_5", (3, 32, 32), 7)
    raw = images(3, 32, 32)
    first = Preprocess.fit("imagenet", raw)
    features = models.extract(extractor, [torch.from_numpy(raw)], first.apply)
    second = Preprocess.fit("standard", features)
    head = models.create("linear", (features.shape[1],), 3)
    return Predictor(head, second, CLASSES, frozen=FrozenBackbone(extractor, first))


def test_a_head_on_cached_features_is_saved_with_its_backbone(tmp_path: Path) -> None:
    predictor = frozen_predictor()
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


def test_loading_leaves_the_random_state_alone(tmp_path: Path) -> None:
    made().save(tmp_path)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    Predictor.load(tmp_path)
    assert torch.equal(torch.rand(3), expected)


def test_files_are_stretched_to_the_models_size(tmp_path: Path) -> None:
    predictor = made("small-cnn", (3, 16, 16))
    same = images(3, 16, 16, num=2)
    for i, image in enumerate(same):
        Image.fromarray(image.transpose(1, 2, 0)).save(tmp_path / f"{i}.png")
    Image.new("L", (50, 31), 128).save(tmp_path / "2.png")
    found = predictor.predict_files([tmp_path / f"{i}.png" for i in range(3)])
    grey = np.full((1, 3, 16, 16), 128, dtype=np.uint8)
    expected = predictor.predict(np.concatenate([same, grey]))
    assert np.array_equal(found.scores, expected.scores)
    assert len(predictor.predict_files([])) == 0
    assert len(predictor.predict(np.zeros((0, 3, 16, 16), dtype=np.uint8))) == 0


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "half.png").write_bytes(b"\x89PNG\r\n")
    for path, words in (("half.png", r"half\.png"), ("gone.png", "no such file")):
        with pytest.raises(DataError, match=words):
            made().predict_files([tmp_path / path])
    with pytest.raises(ArgumentError, match="not image files"):
        made("mlp", (4,)).predict_files([tmp_path / "half.png"])


def test_batches_do_not_change_the_order() -> None:
    predictor = made("linear", (4,))
    inputs = np.random.default_rng(0).normal(size=(1200, 4)).astype(np.float32)
    inputs.flags.writeable = False  # as a memory-mapped file is
    whole = predictor.predict(inputs)
    single = [predictor.predict(inputs[i : i + 1]).scores[0] for i in (0, 511, 512, 1199)]
    np.testing.assert_allclose(whole.scores[[0, 511, 512, 1199]], single, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        (np.zeros((2, 1, 8, 9)), ArgumentError, r"\(N, 1, 8, 8\); got \(2, 1, 8, 9\)"),
        (np.zeros((1, 8, 8)), ArgumentError, "samples have shape"),
        (np.full((1, 1, 8, 8), np.nan), DataError, "NaN"),
        (np.full((1, 1, 8, 8), "x"), ArgumentError, "inputs are numbers"),
    ],
)
def test_unfit_inputs_are_refused(
    inputs: npt.NDArray[np.generic], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        made().predict(inputs)


def test_names_must_fit_the_classifier() -> None:
    plain = made()
    with pytest.raises(ArgumentError, match="3 classes; got names of 2"):
        Predictor(plain.classifier, plain.preprocess, ("a", "b"))


# --- priors


def test_at_the_training_prior_nothing_changes() -> None:
    predictor = made()
    inputs = images(1, 8, 8)
    same = predictor.with_prior(COUNTS.prior).predict(inputs)
    np.testing.assert_allclose(same.scores, predictor.predict(inputs).scores, rtol=1e-12)


def test_a_prior_multiplies_the_odds() -> None:
    """Training at odds 70:20 and deployment at 20:70 multiply the odds by 12.25."""
    predictor = made()
    inputs = images(1, 8, 8)
    before = predictor.predict(inputs).scores
    after = predictor.with_prior([0.2, 0.7, 0.1]).predict(inputs)
    odds = (after.scores[:, 1] / after.scores[:, 0]) / (before[:, 1] / before[:, 0])
    np.testing.assert_allclose(odds, 12.25)
    np.testing.assert_allclose(after.scores.sum(1), 1)
    assert predictor.target is None


def test_a_class_that_never_occurs_is_never_decided() -> None:
    found = made().with_prior([0.0, 0.5, 0.5]).predict(images(1, 8, 8))
    assert 0 not in found.labels
    assert (found.scores[:, 0] == 0).all()


def test_a_prior_correction_among_the_rules_is_not_applied_twice() -> None:
    """Thresholding already stands for equal shares; a prior on top counts from there."""
    plain = made()
    corrected = Predictor(
        plain.classifier,
        plain.preprocess,
        CLASSES,
        posthoc=[PriorThreshold(COUNTS)],
        prior=COUNTS.prior,
    )
    inputs = images(1, 8, 8)
    target = [0.1, 0.2, 0.7]
    np.testing.assert_allclose(
        corrected.with_prior(target).predict(inputs).scores,
        plain.with_prior(target).predict(inputs).scores,
        rtol=1e-10,
    )


@pytest.mark.parametrize(
    ("prior", "words"),
    [([0.5, 0.5], "3 classes; got 2"), ([0.5, 0.5, 0.5], "sums to 1"), ([1.2, -0.2, 0], "least 0")],
)
def test_unfit_priors_are_refused(prior: list[float], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        made().with_prior(prior)


def test_a_prior_for_a_class_without_samples_is_refused() -> None:
    plain = made()
    predictor = Predictor(plain.classifier, plain.preprocess, CLASSES, prior=[0.5, 0.5, 0.0])
    with pytest.raises(ArgumentError, match="owl"):
        predictor.with_prior([0.4, 0.4, 0.2])
    assert predictor.with_prior([0.3, 0.7, 0.0]).predict(images(1, 8, 8)).labels.max() <= 1
    with pytest.raises(ArgumentError, match="without the prior"):
        Predictor(plain.classifier, plain.preprocess, CLASSES).with_prior([0.5, 0.5, 0.0])


# --- what can be saved, and read


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


def test_metadata_is_kept(tmp_path: Path) -> None:
    plain = made()
    Predictor(plain.classifier, plain.preprocess, CLASSES, metadata={"method": "focal"}).save(
        tmp_path
    )
    assert Predictor.load(tmp_path).metadata == {"method": "focal"}


def test_an_unknown_rule_or_head_in_the_file_is_named(tmp_path: Path) -> None:
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


def test_a_missing_gpu_is_named(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    made().save(tmp_path)
    with pytest.raises(DeviceError, match="no CUDA device"):
        Predictor.load(tmp_path, device="cuda")


@pytest.mark.gpu
def test_a_gpu_decides_as_the_cpu_does(tmp_path: Path) -> None:
    made("small-cnn", (3, 32, 32)).save(tmp_path)
    inputs = images(3, 32, 32)
    found = Predictor.load(tmp_path, device="cuda").predict(inputs)
    expected = Predictor.load(tmp_path).predict(inputs)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-2)


def test_in_float64_no_sample_moves_another(tmp_path: Path) -> None:
    narrow = made("mlp", (6,))
    raw = images(6, num=60).astype(np.float32)
    wide = Predictor(narrow.classifier, narrow.preprocess, CLASSES, dtype=torch.float64)
    alone = np.concatenate([wide.predict(raw[i : i + 1]).scores for i in range(60)])
    np.testing.assert_allclose(alone, wide.predict(raw).scores, rtol=1e-13)
    np.testing.assert_allclose(alone, narrow.predict(raw).scores, rtol=1e-4)
    wide.save(tmp_path / "wide")
    again = Predictor.load(tmp_path / "wide")
    assert np.array_equal(again.predict(raw).scores, narrow.predict(raw).scores)
