"""A real Ray of this machine: a worker is killed, the driver is interrupted, nothing is lost."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

import counterpoise
from counterpoise.errors import ArgumentError
from counterpoise.experiments.engines import ray_cluster, remote
from counterpoise.experiments.tasks import Context

SOURCE = str(Path(counterpoise.__file__).parent.parent)
MARK = "COUNTERPOISE_TEST_MARK"
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: counterpoise[ray]"
)
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc"
)


class Compare:
    """``counterpoise compare`` as a process of its own, known with all its children by a mark."""

    def __init__(self, out: Path, engine: str, rounds: int, *more: str) -> None:
        self.out, self.mark = out, uuid4().hex
        words = "compare digits --methods baseline,two-phase-over,thresholding --seeds 2 --jobs 2"
        words += " --profile step:rho=10,mu=0.5 --set model.name=mlp --device cpu"
        asked = [*words.split(), "--rounds", str(rounds), "--engine", engine, "--out", str(out)]
        asked += more
        self.process = subprocess.Popen(
            [sys.executable, "-m", "counterpoise.cli", *asked],
            env=os.environ | {"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1", MARK: self.mark},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def alive(self, name: str = "") -> set[int]:
        """Processes that carry the mark and whose command begins so; a zombie is none."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_text()
                    if command.startswith(name) and command:
                        found.add(int(folder.name))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def trainer(self) -> int:
        """A worker that is at one task for a while, after some stage has come back."""
        until, before = time.monotonic() + 240, set[int]()
        while time.monotonic() < until and self.process.poll() is None:
            now = self.alive("ray::perform") if list(self.out.glob("stages/*/done.json")) else set()
            if now & before:
                return min(now & before)
            before = now
            time.sleep(0.2)
        raise AssertionError(f"no worker trained: {self.process.communicate(timeout=60)[1]}")

    def close(self) -> None:
        for pid in self.alive():
            os.kill(pid, signal.SIGKILL)
        self.process.communicate(timeout=30)


@pytest.fixture
def started() -> Iterator[list[Compare]]:
    made: list[Compare] = []
    yield made
    for one in made:
        one.close()


def bits(out: Path) -> dict[str, object]:
    """All that a comparison made, but for time and place."""
    found: dict[str, object] = {}
    for path in sorted(out.glob("stages/*/model.safetensors")):
        found[str(path.relative_to(out))] = path.read_bytes()
    for path in sorted([*out.glob("runs/*/*/metrics.jsonl"), *out.glob("runs/*/*/report.json")]):
        lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
        found[str(path.relative_to(out))] = [
            {key: value for key, value in json.loads(line).items() if "seconds" not in key}
            for line in lines
        ]
    for path in sorted(out.glob("runs/*/*/outputs.npz")):
        with np.load(path) as arrays:
            for name in arrays.files:
                found[f"{path.relative_to(out)} {name}"] = arrays[name].tobytes()
    return found


@pytest.mark.system
@needs_ray
@needs_proc
def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, started: list[Compare]) -> None:
    far = Compare(tmp_path / "ray", "ray", rounds=150)
    started.append(far)
    os.kill(far.trainer(), signal.SIGKILL)
    said = far.process.communicate(timeout=400)[1]
    assert far.process.returncode == 0, said
    ended = Counter(line.split("] ")[1] for line in said.splitlines() if line.startswith("["))
    stages = [line.split(" (")[0] for line in ended]
    assert len(list((tmp_path / "ray" / "stages").iterdir())) == 6
    assert len(stages) == 6, said
    near = Compare(tmp_path / "local", "local", rounds=150)
    started.append(near)
    assert near.process.wait(300) == 0
    assert bits(tmp_path / "ray") == bits(tmp_path / "local")
    assert not far.alive()


@pytest.mark.system
@needs_ray
@needs_proc
@pytest.mark.parametrize("kind", ["beside", "none"])
def test_a_cluster_trains_on_the_same_samples_wherever_validation_lies(
    kind: str, tmp_path: Path, started: list[Compare]
) -> None:
    for engine in ("ray", "local"):
        asked = ("--profile", "step:rho=10,mu=0.5,n_max=100", "--validation", kind)
        one = Compare(tmp_path / engine, engine, 2, *asked)  # the last profile counts
        started.append(one)
        said = one.process.communicate(timeout=400)[1]
        assert one.process.returncode == 0, said
    assert bits(tmp_path / "ray") == bits(tmp_path / "local")
    made = json.loads((tmp_path / "ray" / "experiment.json").read_text())
    assert made["validation"] == kind


@pytest.mark.system
@needs_ray
@needs_proc
def test_an_interrupted_comparison_leaves_nothing_running_and_resumes(
    tmp_path: Path, started: list[Compare]
) -> None:
    far = Compare(tmp_path, "ray", rounds=150)
    started.append(far)
    far.trainer()
    os.killpg(far.process.pid, signal.SIGINT)
    said = far.process.communicate(timeout=60)[1]
    assert far.process.returncode == 130, said
    assert said.splitlines()[-1].startswith("interrupted: what is finished is kept")
    until = time.monotonic() + 20
    while far.alive() and time.monotonic() < until:
        time.sleep(0.2)
    assert not far.alive()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("stages/*/done.json")}
    assert kept
    assert not list(tmp_path.rglob("*.aside"))
    again = Compare(tmp_path, "local", rounds=150)
    started.append(again)
    assert again.process.wait(300) == 0
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_data_stay_in_the_store_as_long_as_a_dispatch_of_them_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put: list[str] = []

    class Store:
        def put(self, value: str) -> str:
            put.append(value)
            return value

    def context(name: str) -> Context:
        return Context(
            out=tmp_path / name, inputs=tmp_path, labels=tmp_path, kind="image", classes=("a", "b"),
            splits=tmp_path, device="cpu", threads=1, select="recall", checkpoint_every=1,
            data_root=None,
        )  # fmt: skip

    monkeypatch.setattr(remote.Shared, "of", lambda context: context.out.name)
    engine = ray_cluster.RayEngine(Store())
    engine._going.append(context("a"))
    for name in ("a", "b", "a", "b"):
        assert engine.shared(context(name)) == name
    assert put == ["a", "b"], "that of a is kept beside that of b"
    engine._going.clear()
    for name in ("c", "a"):
        assert engine.shared(context(name)) == name
    assert put == ["a", "b", "c", "a"], "nothing that has ended is kept when another comes"


def test_without_ray_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ArgumentError, match=r"not installed: pip install 'counterpoise\[ray\]'"),
        ray_cluster.connected(None, None),
    ):
        pass
