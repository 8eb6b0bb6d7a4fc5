"""16-bit images of a narrow range: one scale for the set, from training images, everywhere."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.preprocess import Preprocess
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.split_files import read_split
from counterpoise.predict import Predictor, export_onnx

OFFSET = 29_000  # far above what the classes differ by, as in thermal images


def scan(seed: int, bright: bool) -> np.ndarray:
    """Noise whose level alone is the class: scaling each image by itself would erase that."""
    noise = np.random.default_rng(seed).integers(0, 40, (16, 16))
    return (OFFSET + noise + 60 * bright).astype(np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, number in (("low", 40), ("high", 20)):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for i in range(number):
            pixels = scan(i + 100 * (name == "high"), name == "high")
            Image.fromarray(pixels).save(tmp_path / "scans" / name / f"{i}.png")
    return tmp_path / "scans"


def run(folder: Path, out: Path, **changes: object) -> Path:
    given = {
        "dataset": str(folder), "methods": ("weighted",), "out": out, "seeds": 1, "rounds": 8,
        "jobs": 1,
    }  # fmt: skip
    options = Options.of({**given, **changes})
    outcomes = conduct(options, display("silent"))
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    return out / "runs" / "weighted" / "seed-0"


def identity(place: Path) -> str:
    found: str = json.loads((place / "report.json").read_text("utf-8"))["identity"]
    return found


def test_trained_saved_streamed_and_exported(folder: Path, tmp_path: Path) -> None:
    place = run(folder, tmp_path / "memory")
    predictor = Predictor.load(place / "predictor")
    raw = load(str(folder)).inputs.read()
    split = read_split(tmp_path / "memory" / "splits", "seed-0")
    assert raw.dtype == np.int32
    assert predictor.preprocess == Preprocess.fit("standard", raw[split["train"]])
    assert predictor.preprocess != Preprocess.fit("standard", raw), "training images alone"

    new = [scan(1000 + i, i % 2 == 1) for i in range(20)]
    files = [tmp_path / f"{i}.png" for i in range(20)]
    for path, pixels in zip(files, new, strict=True):
        Image.fromarray(pixels).save(path)
    found = predictor.predict_files(files)
    names = ["high" if i % 2 else "low" for i in range(20)]
    assert list(found.names) == names
    assert np.array_equal(predictor.predict(np.stack(new)[:, None]).scores, found.scores)

    streamed = run(folder, tmp_path / "streamed", image_memory=0.0)
    assert identity(streamed) == identity(place)
    assert Predictor.load(streamed / "predictor").preprocess == predictor.preprocess
    scores = [np.load(p / "outputs.npz")["test_scores"] for p in (place, streamed)]
    assert np.array_equal(*scores)

    pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
    import onnxruntime

    export_onnx(predictor, tmp_path / "exported")
    said = json.loads((tmp_path / "exported" / "export.json").read_text("utf-8"))
    assert said["input"]["dtype"] == "int32"
    session = onnxruntime.InferenceSession(tmp_path / "exported" / "model.onnx")
    samples = np.stack(new)[:, None].astype(np.int32)
    (labels,) = session.run(["label"], {said["input"]["name"]: samples})
    assert [said["classes"][label] for label in labels] == names


def test_frozen_features_are_scaled_by_the_training_images_of_each_split(
    folder: Path, tmp_path: Path
) -> None:
    place = run(
        folder, tmp_path / "out", frozen=True, model="shufflenet_v2_x0_5", size=32, seeds=2,
        settings={"model.weights": "none"},
    )  # fmt: skip
    assert len([*(tmp_path / "out" / "features").glob("*.npy")]) == 2
    raw = load(str(folder)).inputs.read(size=(32, 32), channels=3)
    for name in ("seed-0", "seed-1"):
        train = read_split(tmp_path / "out" / "splits", name)["train"]
        predictor = Predictor.load(place.parent / name / "predictor")
        assert predictor.frozen is not None
        assert predictor.frozen.preprocess == Preprocess.fit("imagenet", raw[train])
        seen = predictor.frozen.preprocess.apply(raw[train])
        np.testing.assert_allclose([seen.mean(), seen.std()], [0, 1], atol=1e-4)
    found = predictor.predict_files([folder / "low" / "0.png", folder / "high" / "0.png"])
    assert np.ptp(found.scores, axis=0).max() > 0, "the two are not both black"


def test_images_that_are_bytes_share_features(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(15):
            pixels = np.random.default_rng(i).integers(0, 255, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels // (1 + (name == "b"))).save(
                tmp_path / "data" / name / f"{i}.png"
            )
    run(
        tmp_path / "data", tmp_path / "out", frozen=True, model="shufflenet_v2_x0_5", size=32,
        seeds=2, rounds=1, settings={"model.weights": "none"},
    )  # fmt: skip
    assert len([*(tmp_path / "out" / "features").glob("*.npy")]) == 1
