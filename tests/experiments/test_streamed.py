"""Folders larger than memory: the same runs as in memory, and nothing left when interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments.decoded import decoded_pixels, store, streams
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.machine import MOST_IMAGES, image_memory
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 and 20 JPEGs of 80 x 64 pixels."""
    rng = np.random.default_rng(0)
    for name, number in (("cat", 40), ("dog", 20)):
        place = tmp_path / "pictures" / name
        place.mkdir(parents=True)
        for i in range(number):
            low = 90 * (name == "dog")
            coarse = Image.fromarray(rng.integers(low, low + 160, (8, 10, 3), dtype=np.uint8))
            coarse.resize((80, 64)).save(place / f"{i}.jpg")
    return tmp_path / "pictures"


def question(data: Path, out: Path, **changes: object) -> Options:
    given = {
        "dataset": str(data), "methods": ("baseline", "two-phase-over"), "out": out,
        "seeds": 1, "rounds": 2, "size": 16, "jobs": 1,
        "settings": {"model.name": "lenet5", "train.batch_size": 16},
    }  # fmt: skip
    return Options.of({**given, **changes})


@pytest.mark.slow
def test_runs_are_those_of_images_in_memory(folder: Path, tmp_path: Path) -> None:
    """Identity, scores and the saved model; the memory for images is no part of any of them."""
    limits = {"all": None, "none": 0.0, "some": 20 * 16 * 16 * 3 / 2**30}
    said = {name: Said() for name in limits}
    for name, limit in limits.items():
        asked = question(folder, tmp_path / name, image_memory=limit)
        ended = conduct(asked, said[name].display())
        assert {outcome.status for outcome in ended.values()} == {"ok"}, ended
    assert any("decoded while training" in line for line in said["none"])
    assert not any("decoded while training" in line for line in said["all"])
    for run in ("baseline", "two-phase-over"):
        found = [tmp_path / name / "runs" / run / "seed-0" for name in limits]
        reports = [json.loads((path / "report.json").read_text()) for path in found]
        assert len({report["identity"] for report in reports}) == 1
        outputs = [dict(np.load(path / "outputs.npz")) for path in found]
        for other in outputs[1:]:
            assert all(np.array_equal(other[key], outputs[0][key]) for key in outputs[0])
        saved = {(path / "predictor" / "weights.safetensors").read_bytes() for path in found}
        assert len(saved) == 1
    again = Said()
    assert not conduct(question(folder, tmp_path / "none"), again.display())


def test_damage_is_found_before_training(folder: Path, tmp_path: Path) -> None:
    path = folder / "dog" / "7.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match=r"7\.jpg.*--skip-corrupt"):
        conduct(question(folder, tmp_path / "out", image_memory=0.0), display("silent"))
    assert not (tmp_path / "out").exists()
    asked = question(folder, tmp_path / "out", image_memory=0.0, skip_corrupt=True)
    ended = conduct(asked, display("silent"))
    assert {outcome.status for outcome in ended.values()} == {"ok"}


def test_resampled_inputs_have_to_fit(folder: Path, tmp_path: Path) -> None:
    asked = question(folder, tmp_path / "out", image_memory=0.0, methods=("smote",))
    with pytest.raises(ArgumentError, match=r"needs all images at once.*--image-memory"):
        conduct(asked, display("silent"))


def test_memory_of_the_machine() -> None:
    assert image_memory(0.5) == 2**29
    assert 0 < image_memory() <= MOST_IMAGES


def test_arrays_are_never_streamed(tmp_path: Path) -> None:
    from counterpoise import data

    digits = data.load("digits")
    assert not streams(digits, 0)
    assert decoded_pixels(digits) == []
    assert store(digits, tmp_path, memory=0).streamed is None


def processes_of(session: int) -> list[int]:
    """Ids of all processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(its) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("moment", ["survey", "training"])
def test_interrupted_nothing_is_left(folder: Path, tmp_path: Path, moment: str) -> None:
    """Ctrl-C while threads decode: no process stays, and the same command goes on."""
    slow = (
        "from counterpoise.data import survey; real = survey.decode_rows\n"
        "def decode(*given):\n"
        "    time.sleep(0.2); open('begun', 'w').close(); return real(*given)\n"
        "survey.decode_rows = decode\n"
    )
    start = (
        "import signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"{slow if moment == 'survey' else ''}"
        "from counterpoise.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [
            sys.executable, "-c", start, "compare", str(folder), "--methods", "baseline",
            "--seeds", "1", "--rounds", "5000", "--device", "cpu", "--out", "out", "--size", "16",
            "--image-memory", "0", "--set", "model.name=lenet5",
        ],
        cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        sign = "begun" if moment == "survey" else "out/stages/*/settings.json"
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob(sign)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1.0)
        assert len(processes_of(process.pid)) > 1, "a server of workers is there"
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        while processes_of(process.pid):
            assert time.monotonic() < deadline, processes_of(process.pid)
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert not list(tmp_path.rglob("*.aside"))
