"""What is exported predicts as the predictor does, for each family of models, on real images."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from counterpoise import heads, models
from counterpoise.data.decode import decode
from counterpoise.errors import ArgumentError
from counterpoise.predict import FrozenBackbone, Predictor, export_onnx

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")

TOLERANCE = 1e-4


def require_same(predictor, samples, answers, folder) -> None:
    """Probabilities to `TOLERANCE`, and every decision, in batches of several sizes."""
    made = export_onnx(predictor, folder)
    assert made.difference <= TOLERANCE
    expected = predictor.predict(samples)
    assert len(set(expected.labels)) > 1, "one class for all samples tells nothing"
    for part in (slice(0, 1), slice(0, 7), slice(0, None)):
        found = answers(folder, samples[part])
        np.testing.assert_allclose(
            found["probabilities"], expected.probabilities[part], rtol=0, atol=TOLERANCE
        )
        np.testing.assert_array_equal(found["label"], expected.labels[part])


@pytest.mark.parametrize(
    ("name", "channels", "side", "options"),
    [
        ("small-cnn", 1, 8, {}),
        ("lenet5", 1, 28, {}),
        pytest.param("all-cnn", 3, 32, {}, marks=pytest.mark.slow),
        pytest.param("resnet10", 1, 32, {}, marks=pytest.mark.slow),
        pytest.param("densenet-cifar", 3, 32, {"depth": 22}, marks=pytest.mark.slow),
        pytest.param("mobilenet_v2", 1, 64, {}, marks=pytest.mark.system),
        pytest.param("resnet18", 3, 64, {}, marks=pytest.mark.slow),
        pytest.param("densenet121", 3, 64, {}, marks=pytest.mark.system),
        pytest.param("e-densenet121", 1, 64, {}, marks=pytest.mark.system),
        pytest.param("timm:resnet18", 1, 64, {}, marks=pytest.mark.system),
        pytest.param("timm:vit_tiny_patch16_224", 3, 32, {"depth": 2}, marks=pytest.mark.slow),
    ],
)
def test_images(name, channels, side, options, digits, tuned, answers, tmp_path) -> None:
    if name.startswith("timm:"):
        pytest.importorskip("timm", reason="needs the extra timm")
    samples = digits(200 if side < 32 else 40, channels, side)
    require_same(tuned(name, samples, options=options), samples, answers, tmp_path / "x")


@pytest.mark.parametrize("name", ["mlp", pytest.param("linear", marks=pytest.mark.slow)])
def test_vectors(name, tuned, answers, tmp_path) -> None:
    samples = load_digits().data[:200].astype(np.float32)
    require_same(tuned(name, samples), samples, answers, tmp_path / "x")


LARGE = {
    "float64": lambda x: x * 1e-15,
    "int64": lambda x: 2**40 + (1000 * x).astype(np.int64),
    "float32": lambda x: (1e5 + x).astype(np.float32),
}


@pytest.mark.parametrize("dtype", LARGE)
def test_vectors_of_any_scale_go_in_as_they_are(dtype, tuned, answers, tmp_path) -> None:
    raw = load_digits().data[:200]
    samples = LARGE[dtype](raw)
    predictor = tuned("linear", samples)
    require_same(predictor, samples, answers, tmp_path / "x")
    said = json.loads((tmp_path / "x" / "export.json").read_text())
    assert said["input"]["dtype"] == said["preprocess"]["dtype"] == dtype
    plain = tuned("linear", raw.astype(np.float32)).predict(raw.astype(np.float32))
    np.testing.assert_allclose(predictor.predict(samples).scores, plain.scores, atol=1e-2)


def test_images_that_are_no_bytes(digits, tuned, answers, tmp_path) -> None:
    samples = digits(100, 1, 8).astype(np.int32) * 20 + 3000
    require_same(tuned("small-cnn", samples), samples, answers, tmp_path / "x")


@pytest.mark.slow
def test_series(tuned, answers, tmp_path) -> None:
    samples = load_digits().data[:192].astype(np.float32).reshape(64, 3, 64)
    require_same(tuned("small-cnn", samples), samples, answers, tmp_path / "x")


@pytest.mark.slow
def test_trees(tuned, answers, tmp_path) -> None:
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.tree import DecisionTreeClassifier

    raw, target = load_digits(return_X_y=True)
    samples = raw[:400].astype(np.float32)
    predictor = tuned("trees", samples)
    fitted = AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=20)
    fitted.fit(predictor.preprocess.apply(samples), target[:400])
    predictor.classifier.head.fill(fitted)
    require_same(predictor, samples, answers, tmp_path / "x")


@pytest.mark.slow
def test_frozen_backbone(digits, tuned, answers, tmp_path) -> None:
    samples = digits(60, 1, 64)
    whole = tuned("resnet18", samples)
    features = models.extract(
        whole.classifier, [whole.preprocess.apply(_tensor(samples))], lambda x: x
    )
    head = tuned("linear", features, head=heads.Cosine)
    predictor = Predictor(
        head.classifier,
        head.preprocess,
        head.classes,
        frozen=FrozenBackbone(whole.classifier, whole.preprocess),
    )
    require_same(predictor, samples, answers, tmp_path / "x")


def test_hog_is_refused(digits, tuned, tmp_path) -> None:
    pytest.importorskip("skimage", reason="needs the extra hog")
    predictor = tuned("hog", digits(20, 1, 16))
    with pytest.raises(ArgumentError, match="hog cannot be exported: scikit-image"):
        export_onnx(predictor, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.data("gtsrb_20_80.npz")
def test_traffic_signs(tuned, answers, tmp_path) -> None:
    with np.load(_found("gtsrb_20_80.npz")) as archive:
        samples = np.ascontiguousarray(archive["x_test"][::3].transpose(0, 3, 1, 2))
    predictor = tuned("resnet10", samples[:64], classes=2)
    require_same(predictor, samples, answers, tmp_path / "x")


@pytest.mark.slow
@pytest.mark.data("caltech101", "mobilenet_v2-b0353104.pth")
def test_photographs_with_weights_of_imagenet(tuned, answers, tmp_path) -> None:
    paths = sorted(_found("caltech101").rglob("*.jpg"))[::100]
    samples = np.stack([decode(path, (160, 160), 3) for path in paths])
    weights = str(_found("mobilenet_v2-b0353104.pth"))
    predictor = tuned("mobilenet_v2", samples[:32], options={"weights": weights})
    require_same(predictor, samples, answers, tmp_path / "x")
    np.testing.assert_array_equal(
        predictor.predict_files(paths).labels, answers(tmp_path / "x", samples)["label"]
    )


def _found(name: str) -> Path:
    roots = os.environ["COUNTERPOISE_DATA"].split(os.pathsep)
    return next(Path(root) / name for root in roots if (Path(root) / name).exists())


def _tensor(samples):
    import torch

    return torch.from_numpy(samples)
