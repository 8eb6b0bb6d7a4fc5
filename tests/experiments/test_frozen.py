"""A comparison of heads on features, from image files to predictors: what it keeps, and once."""

import shutil
from contextlib import redirect_stderr
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.experiments import frozen
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.frozen import Heard
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.tasks import Progress, Task
from counterpoise.models.backbones import BACKBONES
from counterpoise.predict import Predictor
from counterpoise.records import ClaimRecord, ExperimentRecord

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


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [0.0]
    monkeypatch.setattr(frozen.time, "monotonic", lambda: time[0])
    return time


def heard(images: int, seconds: float, now: list[float], kept: int = 0) -> Heard:
    """What is known when so many of 1000 images are features after so many seconds."""
    listener = Heard(display("silent"), Clock(60.0), 1000)
    now[0] += 5.0  # the backbone is loaded
    task = cast(Task, None)  # which nobody reads
    listener.tell(Progress(task, kept, 0, 1, None))
    now[0] += seconds
    listener.tell(Progress(task, images, 0, 1, None))
    return listener


def test_features_that_take_more_than_is_left_are_refused_between_batches(
    now: list[float],
) -> None:
    heard(500, 27.0, now)  # 27 s more, of 28
    with pytest.raises(ArgumentError) as caught:
        heard(250, 20.0, now)
    assert str(caught.value) == (
        "a budget of 1m is too little: features of 1,000 images come before all trainings, and "
        "were not done after 25s; those of 250 are kept for the next start (give 3m or more, which "
        "counts what is used)"
    )  # 25 s, and 60 s for the rest, and as much for trainings: 145 s


def test_images_of_an_earlier_start_say_nothing_of_how_fast_it_goes(now: list[float]) -> None:
    listener = heard(900, 20.0, now, kept=800)
    assert (listener.rest, listener.each) == (20.0, 0.2)
    with pytest.raises(ArgumentError, match="those of 820 are kept"):
        heard(820, 20.0, now, kept=800)


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
    took = ExperimentRecord.read(out / "experiment.json").image_seconds
    assert took is not None
    assert 0 < took < 10
    assert frozen._known_seconds(out) == took, "a restart that computes none knows it"
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
