"""Where the weights of the running network are."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from counterpoise.records import PredictorRecord
from counterpoise.service.labelling.weights import weights_of


def predictor(folder: Path, **other) -> Path:
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"w")
    values = {
        "classes": ("a", "b"), "model": {"name": "small-cnn"}, "preprocess": {}, "posthoc": (),
        "scores": "logits", "prior": None, "frozen": None, "metadata": {"method": "weighted"},
        "versions": {}, "weights_sha256": "0", **other,
    }  # fmt: skip
    (folder / "predictor.json").write_text(PredictorRecord(**values).text())
    return folder / "weights.safetensors"


@pytest.fixture
def model(tmp_path):
    digest = hashlib.sha256(b"graph").hexdigest()
    described = SimpleNamespace(
        classes=("a", "b"), model={"name": "small-cnn"}, metadata={"method": "weighted"},
        files={"model.onnx": SimpleNamespace(sha256=digest)},
    )  # fmt: skip
    return SimpleNamespace(described=described, digest=digest, folder=tmp_path / "run" / "onnx")


def test_beside_the_run_that_was_exported(model, tmp_path) -> None:
    assert weights_of(tmp_path, tmp_path / "r", model) is None
    there = predictor(tmp_path / "run" / "predictor")
    assert weights_of(tmp_path, tmp_path / "r", model) == there


@pytest.mark.parametrize(
    "other",
    [{"classes": ("a", "c")}, {"model": {"name": "mlp"}}, {"metadata": {"method": "baseline"}}],
)
def test_another_network_is_not_taken(model, tmp_path, other) -> None:
    predictor(tmp_path / "run" / "predictor", **other)
    assert weights_of(tmp_path, tmp_path / "r", model) is None


def test_a_damaged_description_is_not_taken(model, tmp_path) -> None:
    predictor(tmp_path / "run" / "predictor")
    (tmp_path / "run" / "predictor" / "predictor.json").write_text("{")
    there = predictor(tmp_path / "training" / "runs" / "weighted" / "seed-0" / "predictor")
    assert weights_of(tmp_path, tmp_path / "r", model) == there


def test_of_an_earlier_retraining_by_its_digest(model, tmp_path) -> None:
    for number, graph in enumerate((b"other", b"graph")):
        place = tmp_path / "r" / str(number)
        (place / "onnx").mkdir(parents=True)
        (place / "onnx" / "model.onnx").write_bytes(graph)
        there = predictor(place / "out" / "runs" / "retrained" / "seed-0" / "predictor")
    assert weights_of(tmp_path, tmp_path / "r", model) == there
    model.digest = "of the graph with a prior correction"
    assert weights_of(tmp_path, tmp_path / "r", model) == there
