"""The exported folder: decision rules, prior, margins, checksums, and what is refused."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from counterpoise import heads, posthoc
from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.models import Classifier
from counterpoise.predict import (
    Ensemble,
    Predictor,
    export_onnx,
    exported,
    onnx_model,
)

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")

COUNTS = ClassCounts(tuple(range(10, 110, 10)))
VALIDATION = np.random.default_rng(1).dirichlet(np.full(10, 0.3), size=80)
TARGET = np.random.default_rng(2).integers(0, 10, 80)
RULES = {
    "LogitAdjustment": posthoc.LogitAdjustment(COUNTS, tau=0.7),
    "PriorThreshold": posthoc.PriorThreshold(
        ClassCounts((0, *COUNTS.values[1:])), zero_count="ignore"
    ),
    "Temperature": posthoc.Temperature(temperature=2.5),
    "ThresholdSearch": posthoc.ThresholdSearch().fit(VALIDATION, TARGET),
    "VectorScaling": posthoc.VectorScaling().fit(VALIDATION, TARGET),
}


@pytest.fixture
def vectors():
    return load_digits().data[:100].astype(np.float32)


def test_rules_and_prior_are_in_the_graph(vectors, tuned, answers, tmp_path) -> None:
    rules = [RULES["Temperature"], RULES["VectorScaling"], RULES["ThresholdSearch"]]
    trained = tuned("mlp", vectors, posthoc=rules, prior=COUNTS.prior)
    plain = trained.predict(vectors)
    predictor = trained.with_prior([0.55, *[0.05] * 9])
    expected = predictor.predict(vectors)
    assert (plain.labels != expected.labels).any(), "the prior has to matter"
    export_onnx(predictor, tmp_path / "x")
    found = answers(tmp_path / "x", vectors)
    np.testing.assert_allclose(found["scores"], expected.scores, atol=1e-4)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-4)
    np.testing.assert_array_equal(found["label"], expected.labels)
    said = json.loads((tmp_path / "x" / "export.json").read_text())
    assert [rule["name"] for rule in said["posthoc"]] == [type(rule).__name__ for rule in rules]
    assert said["classes"] == list(predictor.classes)
    assert said["prior_factor"] == predictor.prior_factor.tolist()


def test_scores_are_not_renormalised(vectors, tuned, answers, tmp_path) -> None:
    rule = posthoc.PriorThreshold(COUNTS)
    predictor = tuned("linear", vectors, posthoc=[rule])
    export_onnx(predictor, tmp_path / "x")
    found = answers(tmp_path / "x", vectors)
    np.testing.assert_allclose(found["scores"], predictor.predict(vectors).scores, rtol=1e-4)
    assert found["scores"].sum(1).min() > 1.5
    np.testing.assert_allclose(found["probabilities"].sum(1), 1)


def test_margins_have_no_probabilities(vectors, tuned, answers, tmp_path) -> None:
    predictor = tuned("linear", vectors, head=heads.OneVsRestSVM, scores="margins")
    export_onnx(predictor, tmp_path / "x")
    found = answers(tmp_path / "x", vectors)
    assert list(found) == ["margins", "scores", "label"]
    expected = predictor.predict(vectors)
    np.testing.assert_allclose(found["scores"], expected.scores, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found["label"], expected.labels)


def test_the_same_again_is_no_error_and_anything_else_is(
    vectors, tuned, monkeypatch, tmp_path
) -> None:
    predictor = tuned("linear", vectors)
    folder = tmp_path / "deep" / "x"
    assert export_onnx(predictor, folder).written
    assert not export_onnx(predictor, folder).written
    content = (folder / "model.onnx").read_bytes()
    for path in (sys.prefix, str(Path(torch.__file__).parent), "decision_graph.py"):
        assert path.encode() not in content, "lines of code are not part of a model"
    monkeypatch.setattr(exported, "to_onnx", lambda *_: content)
    (folder / "export.json").write_bytes(b"cut")
    with pytest.raises(OutputError, match=r"other content \(export.json\)"):
        export_onnx(predictor, folder)
    assert (folder / "export.json").read_bytes() == b"cut"
    assert [path.name for path in folder.parent.iterdir()] == ["x"]


class Moody(torch.nn.Module):
    def forward(self, values):
        return values * 2 if values.sum() > 0 else values


def test_a_model_that_looks_at_its_data_is_refused(vectors, tmp_path) -> None:
    backbone = torch.nn.Sequential(Moody(), torch.nn.Linear(64, 8))
    classifier = Classifier(backbone, torch.nn.Linear(8, 2))
    predictor = Predictor(classifier, Preprocess.fit("none", vectors), ["a", "b"])
    with pytest.raises(ArgumentError, match=r"this model cannot be exported: .*\(use counterpoise"):
        export_onnx(predictor, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_answers_that_differ_are_refused(vectors, tuned, monkeypatch) -> None:
    right, wrong = tuned("linear", vectors), tuned("linear", -vectors)
    content = onnx_model.to_onnx(wrong)
    with pytest.raises(ArgumentError, match="linear cannot be exported: ONNX Runtime's probab"):
        onnx_model.difference(right, content)


def test_user_errors(vectors, tuned, monkeypatch, tmp_path) -> None:
    predictor = tuned("linear", vectors)
    two = Ensemble([predictor, predictor])
    with pytest.raises(ArgumentError, match="an ensemble of ensembles is not exported"):
        export_onnx(Ensemble([two, two]), tmp_path / "x")
    monkeypatch.setattr(onnx_model, "LARGEST", 1000)
    with pytest.raises(ArgumentError, match="less than 2 GiB; linear has"):
        export_onnx(predictor, tmp_path / "x")
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxscript" else object()
    )
    with pytest.raises(ArgumentError, match=r"not installed: onnxscript \(pip install"):
        export_onnx(predictor, tmp_path / "x")
    monkeypatch.setattr(torch, "__version__", "2.8.1+cpu")
    with pytest.raises(ArgumentError, match=r"torch 2.9 or later; this is 2.8.1\+cpu"):
        export_onnx(predictor, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
