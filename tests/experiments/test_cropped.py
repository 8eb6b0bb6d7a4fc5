"""Short side and crops from the command to the exported model: the same middle everywhere."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments.data_table import data_table
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.run_recipe import run
from counterpoise.predict import Predictor, export_onnx
from counterpoise.predict.exported_model import ExportedModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """24 and 16 long pictures whose ends say the wrong class."""
    rng = np.random.default_rng(0)
    for name, number in (("cat", 24), ("dog", 16)):
        place = tmp_path / "pictures" / name
        place.mkdir(parents=True)
        for i in range(number):
            ends = rng.integers(0, 90, (32, 96, 3), dtype=np.uint8) + 150 * (name == "cat")
            ends[:, 32:64] = rng.integers(0, 90, (32, 32, 3)) + 150 * (name == "dog")
            Image.fromarray(ends.astype(np.uint8)).save(place / f"{i}.png")
    return tmp_path / "pictures"


def question(data: Path, out: Path, **changes: object) -> Options:
    given = {
        "dataset": str(data), "methods": ("baseline",), "out": out, "seeds": 1, "rounds": 6,
        "size": 24, "resize": "short-side", "jobs": 1, "scratch": True,
        "settings": {"model.name": "lenet5", "train.batch_size": 8, "train.crop": 20},
    }  # fmt: skip
    return Options.of({**given, **changes})


@pytest.mark.system
def test_one_middle_in_training_prediction_and_export(folder: Path, tmp_path: Path) -> None:
    asked = question(folder, tmp_path / "out")
    assert {o.status for o in conduct(asked, display("silent")).values()} == {"ok"}
    place = tmp_path / "out" / "runs" / "baseline" / "seed-0"
    predictor = Predictor.load(place / "predictor")
    assert predictor.preprocess.crop == 20
    assert predictor.input_resize == "short-side"
    assert predictor.input_shape == (3, 24, 24)
    assert predictor.classifier.spec is not None
    assert predictor.classifier.spec.input_shape == (3, 20, 20)

    split = np.load(tmp_path / "out" / "splits" / "seed-0.npz")
    dataset = load(str(folder), size=24, resize="short-side")
    raw = dataset.inputs.read(split["test"])
    evaluated = np.load(place / "outputs.npz")["test_scores"]
    predicted = predictor.predict(raw)
    np.testing.assert_allclose(predicted.scores, evaluated, rtol=0, atol=1e-5)
    paths = [dataset.inputs.paths[i] for i in split["test"]]  # type: ignore[attr-defined]
    of_files = predictor.predict_files(paths)
    np.testing.assert_allclose(of_files.scores, predicted.scores, rtol=0, atol=1e-6)
    assert (of_files.labels == dataset.labels[split["test"]]).all(), "the ends are cut off"

    # In memory or decoded while training: the same places are cut out.
    streamed = question(folder, tmp_path / "streamed", image_memory=0.0)
    conduct(streamed, display("silent"))
    other = tmp_path / "streamed" / "runs" / "baseline" / "seed-0"
    assert np.array_equal(np.load(other / "outputs.npz")["test_scores"], evaluated)
    said = [json.loads((run / "report.json").read_text()) for run in (place, other)]
    assert said[0]["identity"] == said[1]["identity"]

    repeated = run(place / "recipe.toml", out=tmp_path / "again")
    assert json.loads((repeated / "report.json").read_text())["identity"] == said[0]["identity"]

    pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
    pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")
    made = export_onnx(predictor, tmp_path / "onnx")
    assert made.difference < 1e-5
    exported = ExportedModel.load(tmp_path / "onnx")
    content = io.BytesIO(paths[0].read_bytes()).getvalue()
    sample = exported.decode(content)
    assert np.array_equal(sample, raw[0])
    np.testing.assert_allclose(exported.predict(raw).scores, predicted.scores, atol=1e-5)


def test_the_rule_is_part_of_the_data_and_of_what_a_recipe_says(folder: Path) -> None:
    stretched, kept = load(str(folder), size=24), load(str(folder), size=24, resize="short-side")
    assert stretched.checksum != kept.checksum
    assert not np.array_equal(stretched.inputs.read(), kept.inputs.read())
    asked = question(folder, folder / "out")
    assert data_table(asked, "seed-0")["resize"] == "short-side"
    assert "resize" not in data_table(question(folder, folder / "out", resize="stretch"), "seed-0")
    default = Options.of({"dataset": str(folder), "resize": "short-side"})
    assert default.out.name == "pictures-short-side"


def test_features_are_of_the_middle_too(folder: Path) -> None:
    from counterpoise.experiments.worker.extract import _source

    images = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 96), dtype=np.uint8)
    np.save(folder / "inputs.npy", images)
    task = SimpleNamespace(source=folder / "inputs.npy", size=16)
    middle = _source(task, "short-side").read()  # type: ignore[arg-type]
    expected = _source(task, "stretch")  # type: ignore[arg-type]
    assert middle.shape == expected.read().shape == (2, 3, 16, 16)
    assert not np.array_equal(middle, expected.read())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": {"train.crop": 30}}, r"cuts 30 x 30 pixels out of images of 24 x 24"),
        ({"settings": {"train.crop": 16, "train.preprocess": "gcn-zca"}}, "leave one of them out"),
    ],
)
def test_crops_that_cannot_be_are_refused_before_training(
    folder: Path, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        conduct(question(folder, tmp_path / "out", **changes), display("silent"))


def test_a_rule_that_there_is_not_and_data_without_sides() -> None:
    with pytest.raises(ArgumentError, match=r"unknown --resize 'long-side'|--resize is"):
        Options.of({"dataset": "digits", "resize": "long-side"}, on_command_line)
    with pytest.raises(ArgumentError, match="resize is stretch or short-side"):
        load("digits", resize="long-side")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="holds vectors, which nothing resizes"):
        load("gaussian-quantiles", resize="short-side")
