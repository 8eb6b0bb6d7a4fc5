"""A comparison of heads on features, from image files to predictors: what it keeps, and once."""

import shutil
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import CheckpointError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.models.backbones import BACKBONES
from counterpoise.predict import Predictor
from counterpoise.records import ClaimRecord

LITE = "efficientnet-lite0"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of two kinds, of natural size."""
    folder = tmp_path_factory.mktemp("features")
    rng = np.random.default_rng(0)
    for level, name in enumerate(("dark", "light")):
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 120, (70, 80, 3)) + 120 * level
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(folder / "photos" / name / f"{i}.png")
    return folder


def question(place: Path, **changes: object) -> Options:
    given = {
        "dataset": str(place / "photos"), "methods": "baseline", "seeds": 2,
        "rounds": 1, "size": 64, "jobs": 1, "out": place / "out", "data_root": str(place),
    }  # fmt: skip
    return Options.of({**given, **changes})


@pytest.fixture(scope="module")
def out(place: Path) -> Path:
    """A comparison whose only weights are those of the extra."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(place / "nowhere"))
        with (place / "said.txt").open("w") as stream, redirect_stderr(stream):
            outcomes = conduct(question(place), display("plain"))
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    return place / "out"


def test_what_is_trained_is_said_in_one_line_and_no_layer_of_the_network(
    out: Path, place: Path
) -> None:
    said = (place / "said.txt").read_text().splitlines()
    assert said[0] == (
        f"heads are trained on features of {LITE}, whose ImageNet weights are those of "
        "counterpoise[weights]; --scratch trains whole networks"
    )
    assert not any("left out classifier" in line for line in said)


def test_features_and_backbone_are_there_once_for_all_runs(out: Path) -> None:
    assert ClaimRecord.read(out / "claim.json").backbone == LITE
    assert len([*(out / "features").glob("*.npy")]) == 1
    (backbone,) = (out / "backbones").iterdir()
    saved = [*out.glob("runs/*/*/predictor/weights.safetensors")]
    assert len(saved) == 2
    assert sum(path.stat().st_size for path in saved) < 0.01 * backbone.stat().st_size


def test_a_predictor_gives_new_files_the_scores_of_the_comparison(out: Path, place: Path) -> None:
    run = out / "runs" / "baseline" / "seed-1"
    predictor = Predictor.load(run / "predictor")
    assert predictor.frozen is not None
    assert predictor.frozen.preprocess.mean == BACKBONES[LITE].mean
    names = sorted((place / "photos").rglob("*.png"))
    test = np.load(out / "splits" / "seed-1.npz")["test"]
    ordered = [path for label in ("dark", "light") for path in names if path.parent.name == label]
    found = predictor.predict_files([place / "photos" / ordered[i] for i in range(len(ordered))])
    expected = np.load(run / "outputs.npz")["test_scores"]
    everything = {tuple(row) for row in np.round(found.scores, 4)}
    assert {tuple(row) for row in np.round(expected.astype(float), 4)} <= everything
    assert len(test) == len(expected)


def test_nothing_is_done_again_and_a_lost_backbone_is_restored(out: Path, place: Path) -> None:
    assert conduct(question(place), display("silent")) == {}
    shutil.rmtree(out / "backbones")
    with pytest.raises(CheckpointError, match=LITE):
        Predictor.load(out / "runs" / "baseline" / "seed-0" / "predictor")
    assert len(conduct(question(place), display("silent"))) == 2
    Predictor.load(out / "runs" / "baseline" / "seed-0" / "predictor")


def test_a_damaged_backbone_is_named_and_the_same_command_mends_it(out: Path, place: Path) -> None:
    (path,) = (out / "backbones").iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    folder = out / "runs" / "baseline" / "seed-0" / "predictor"
    with pytest.raises(CheckpointError, match=rf"{path.name} is damaged"):
        Predictor.load(folder)
    assert len(conduct(question(place), display("silent"))) == 2
    Predictor.load(folder)
