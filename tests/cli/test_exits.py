"""How a command ends that is interrupted, or whose runs fail: codes, lines, and what is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A module that workers load, in which trainings end badly.
COMPARE = """
import sys
from counterpoise.experiments.worker import serve
serve.PRELOAD.append("failing")
from counterpoise.cli import main
sys.exit(main(sys.argv[1:]))
"""
FAILING = """
import errno, os, signal
from counterpoise import atomic
from counterpoise.data import load
from counterpoise.experiments.worker import train as training
train = training.train_stage
def train_stage(task, context, on_progress):
    if task.recipe.name == "weighted":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.recipe.name == "undersampling":
        def full(handle):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync, os.fsync = os.fsync, full
        try:
            return train(task, context, on_progress)
        finally:
            os.fsync = fsync
    return train(task, context, on_progress)
training.train_stage = train_stage
"""


@pytest.mark.system
def test_runs_that_end_badly_stand_in_the_table_and_the_others_go_on(
    tmp_path: Path, process_environment
) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    given = dict(process_environment)
    given["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    asked = (
        "compare", "digits", "--methods", "baseline,weighted,oversampling,undersampling", "--seeds",
        "1", "--rounds", "2", "--device", "cpu", "--set", "oversampling.optimizer.lr=1e6", "--out",
        "out",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, *asked],
        cwd=tmp_path, env=given, text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    for line in ("weighted: failed", "undersampling: failed", "oversampling: diverged"):
        assert line in done.stdout.splitlines()
    methods = json.loads((tmp_path / "out" / "report.json").read_text())["methods"]
    ended = {m["name"]: (m["status"], m["error"]) for m in methods}
    assert ended["baseline"] == ("ok", None)
    assert ended["weighted"][0] == "failed"
    assert "its process was ended by signal 9" in ended["weighted"][1]
    assert ended["undersampling"][0] == "failed"
    assert "No space left on device" in ended["undersampling"][1]
    assert ended["oversampling"][0] == "diverged"
    assert "the training loss became" in ended["oversampling"][1]
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert sorted(line.split()[1] for line in errors) == ["undersampling", "weighted"]

    again = subprocess.run(  # the fault is mended: only what failed is done again
        [sys.executable, "-m", "counterpoise.cli", *asked],
        cwd=tmp_path, env=given, text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr  # a diverged run is a result
    assert "2 finished before: 2 distinct trainings" in again.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_an_interrupted_comparison_ends_its_workers_and_says_how_to_go_on(
    tmp_path: Path, process_environment, number: int, code: int, said: str
) -> None:
    # Started in the background of a shell, this test would hand on SIGINT as ignored.
    start = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from counterpoise.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [
            sys.executable, "-c", start, "compare", "digits", "--methods", "baseline",
            "--seeds", "1", "--rounds", "5000", "--device", "cpu", "--out", "out",
        ],
        cwd=tmp_path, env=process_environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert "1 distinct training" in process.stderr.readline()
    while not list(tmp_path.glob("out/stages/*/settings.json")):
        time.sleep(0.05)
    # Ctrl-C reaches the whole group, `kill` the one process.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    try:
        out, err = process.communicate(timeout=60)  # until no worker holds stderr any more
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert (process.returncode, out) == (code, "")
    # On a slow machine the estimate is over two minutes, and a line says what is faster.
    ended = [line for line in err.splitlines() if not line.startswith("faster: ")]
    assert ended == [f"{said}: what is finished is kept; the same command resumes"]
    assert not list(tmp_path.rglob("*.aside"))
