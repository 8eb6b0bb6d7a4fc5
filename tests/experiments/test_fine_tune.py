"""Half of a backbone is trained, from image files to predictors: what is kept, and what once."""

from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from counterpoise import models
from counterpoise.errors import ArgumentError, DataError, OutputError, RecipeError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.run_recipe import run
from counterpoise.predict import Predictor, export_onnx
from counterpoise.records import ClaimRecord, RunRecord


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of two kinds, and a small backbone's weights."""
    folder = tmp_path_factory.mktemp("tuning")
    rng = np.random.default_rng(0)
    for level, name in enumerate(("dark", "light")):
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 120, (70, 80, 3)) + 120 * level
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(folder / "photos" / name / f"{i}.png")
    weights = models.create("mobilenet_v2", (3, 64, 64), 2, width_mult=0.1)
    save_file(weights.backbone.state_dict(), folder / "w.safetensors")
    return folder


def question(place: Path, **changes: object) -> Options:
    given = {
        "dataset": str(place / "photos"), "methods": "baseline,oversampling", "seeds": 1,
        "rounds": 1, "size": 64, "jobs": 1, "out": place / "out", "fine_tune": True,
        "model": "mobilenet_v2",
        "settings": {"model.weights": str(place / "w.safetensors"), "model.width_mult": 0.1},
    }  # fmt: skip
    return Options.of({**given, **changes})


@pytest.fixture(scope="module")
def out(place: Path) -> Path:
    with (place / "said.txt").open("w") as stream, redirect_stderr(stream):
        outcomes = conduct(question(place), display("plain"))
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    return place / "out"


def test_the_first_half_is_there_once_and_runs_keep_the_rest(out: Path, place: Path) -> None:
    (maps,) = (np.load(path) for path in (out / "features").glob("*.npy"))
    assert maps.shape[0] == 24
    assert maps.ndim == 4
    (half,) = (out / "backbones").iterdir()
    assert half.stat().st_size < (place / "w.safetensors").stat().st_size / 2
    claim = ClaimRecord.read(out / "claim.json")
    assert (claim.frozen, claim.fine_tune, claim.backbone) == (False, True, "mobilenet_v2")
    assert (
        "by the first half of mobilenet_v2 at 64 pixels, once" in (place / "said.txt").read_text()
    )


def test_the_last_half_has_learned_and_the_first_is_that_of_the_file(
    out: Path, place: Path
) -> None:
    from safetensors.torch import load_file

    began = load_file(place / "w.safetensors")
    predictor = Predictor.load(out / "runs" / "baseline" / "seed-0" / "predictor")
    assert predictor.frozen is not None
    frozen = predictor.frozen.classifier.backbone.state_dict()
    assert all((began[key] == value).all() for key, value in frozen.items())
    learned = predictor.classifier.backbone.state_dict()
    key = "features.18.0.weight"
    assert (began[key] != learned[key]).any()
    assert (began["features.18.1.running_mean"] == learned["features.18.1.running_mean"]).all()


@pytest.mark.system
def test_predictions_of_files_and_of_onnx_are_those_of_the_comparison(
    out: Path, place: Path, tmp_path: Path
) -> None:
    folder = out / "runs" / "oversampling" / "seed-0"
    predictor = Predictor.load(folder / "predictor")
    names = [p for label in ("dark", "light") for p in sorted((place / "photos" / label).iterdir())]
    found = predictor.predict_files(names)
    test = np.load(out / "splits" / "seed-0.npz")["test"]
    expected = np.load(folder / "outputs.npz")["test_scores"]
    np.testing.assert_allclose(found.scores[test], expected, atol=1e-4)
    pytest.importorskip("onnxruntime")
    assert export_onnx(predictor, tmp_path / "onnx").difference < 1e-4


def test_the_head_that_every_method_trains_first_is_no_remark(out: Path) -> None:
    for name in ("baseline", "oversampling"):
        report = RunRecord.read(out / "runs" / name / "seed-0" / "report.json")
        assert report.notes == ()
        assert len(report.stages) == 2


def test_a_rerun_trains_nothing_and_one_run_is_repeated_alone(out: Path, place: Path) -> None:
    assert conduct(question(place), display("silent")) == {}
    repeated = run(out / "runs" / "baseline" / "seed-0", out=place / "again", progress="silent")
    first = np.load(out / "runs" / "baseline" / "seed-0" / "outputs.npz")["test_scores"]
    assert np.array_equal(first, np.load(repeated / "outputs.npz")["test_scores"])


def test_another_way_is_refused_in_the_same_folder(out: Path, place: Path) -> None:
    with pytest.raises(OutputError, match="fine-tuning of its last half was True, is now False"):
        conduct(question(place, fine_tune=False, frozen=True, settings={
            "model.weights": str(place / "w.safetensors"), "model.width_mult": 0.1,
        }), display("silent"))  # fmt: skip
    with pytest.raises(ArgumentError, match="frozen= and fine_tune= exclude each other"):
        question(place, frozen=True)


def test_what_changes_images_is_left_out_aloud(place: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"augmentation changes images \(Affine\); with --fine"):
        conduct(question(place, methods="augmentation", out=tmp_path / "o"), display("silent"))
    with pytest.raises(RecipeError, match="boosts whole networks"):
        conduct(question(place, methods="adaboost-cnn", out=tmp_path / "o"), display("silent"))


def test_maps_that_do_not_fit_are_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"first half of mobilenet_v2 for 24 images take .*--froz"):
        conduct(question(place, image_memory=1e-6, out=tmp_path / "o"), display("silent"))
