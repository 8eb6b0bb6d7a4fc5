"""GCN and ZCA from training to export: learned on the training part, saved with the run."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from counterpoise.data import Preprocess, load
from counterpoise.errors import ArgumentError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.worker.read import fit_preprocess
from counterpoise.predict import Predictor, export_onnx
from counterpoise.predict.exported_model import ExportedModel

GCN_ZCA = {"train.preprocess": "gcn-zca"}


@pytest.mark.system
def test_trained_saved_and_exported(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = Options.of(
        {"dataset": "digits", "methods": ("baseline", "oversampling"), "out": out, "seeds": 1,
         "rounds": 2, "jobs": 1, "settings": GCN_ZCA}
    )  # fmt: skip
    outcomes = conduct(options, display("silent"))
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}

    place = out / "runs" / "baseline" / "seed-0"
    predictor = Predictor.load(place / "predictor")
    raw, split = load("digits").inputs.read(), read_split(out / "splits", "seed-0")
    assert predictor.preprocess == Preprocess.fit("gcn-zca", raw[split["train"]])
    assert predictor.preprocess != Preprocess.fit("gcn-zca", raw), "training images alone"
    said = json.loads((place / "predictor" / "predictor.json").read_text("utf-8"))
    assert said["preprocess"]["whitening"] == predictor.preprocess.whitening.sha256

    test = raw[split["test"]]
    evaluated = np.load(place / "outputs.npz")["test_scores"]
    predicted = predictor.predict(test)
    np.testing.assert_allclose(predicted.scores, evaluated, rtol=0, atol=1e-6)

    pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
    pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")
    made = export_onnx(predictor, tmp_path / "onnx")
    assert made.difference < 1e-6
    exported = ExportedModel.load(tmp_path / "onnx")
    np.testing.assert_allclose(exported.predict(test).scores, predicted.scores, rtol=0, atol=1e-6)
    assert exported.described.preprocess["name"] == "gcn-zca"


def test_one_training_part_is_whitened_once(tmp_path: Path, monkeypatch) -> None:
    options = Options.of(
        {"dataset": "digits", "methods": ("baseline",), "out": tmp_path, "seeds": 1,
         "settings": GCN_ZCA}
    )  # fmt: skip
    (recipe,) = options.load_recipes()
    inputs = load("digits").inputs.read()
    context = SimpleNamespace(out=tmp_path, resize="stretch")
    train = np.arange(0, 1797, 3)
    first = fit_preprocess(recipe, inputs, train, context)
    other = fit_preprocess(recipe, inputs, train + 1, context)
    assert other != first, "another training part"
    monkeypatch.setattr(Preprocess, "fit", lambda *given: pytest.fail("it is learned again"))
    assert fit_preprocess(recipe, inputs, train, context) == first
    monkeypatch.undo()
    for path in (tmp_path / "cache" / "whitening").glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    assert fit_preprocess(recipe, inputs, train, context) == first, "a cut file is made anew"


def test_what_it_is_not_for_is_refused_before_training(tmp_path: Path) -> None:
    options = Options.of(
        {"dataset": "gaussian-quantiles", "methods": ("baseline",), "out": tmp_path / "out",
         "seeds": 1, "rounds": 1, "jobs": 1, "settings": GCN_ZCA}
    )  # fmt: skip
    with pytest.raises(ArgumentError, match="gcn-zca preprocessing is for images"):
        conduct(options, display("silent"))
