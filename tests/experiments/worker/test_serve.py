"""A worker: what its tasks end in, and that it never outlives its comparison."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import counterpoise
from counterpoise.errors import RecipeError
from counterpoise.experiments.tasks import Context, Outcome, RunTask
from counterpoise.experiments.worker import score, serve
from counterpoise.recipes.load import load_methods

SOURCE = str(Path(counterpoise.__file__).parent.parent)
# Workers whose trainings say nothing for a minute, as one that makes samples.
SILENT = """
import os, time
from pathlib import Path
from counterpoise.experiments.worker import train

def train_stage(task, context, on_progress):
    (context.out / f"{os.getpid()}.worker").touch()
    time.sleep(60)

train.train_stage = train_stage
"""
COMPARE = """
import sys
from counterpoise.experiments.worker import serve
serve.PRELOAD.append("silent")
from counterpoise import compare
compare("digits", methods=["baseline", "oversampling"], seeds=1, rounds=1, jobs=2, device="cpu",
        out=sys.argv[1], progress="silent")
"""


def lives(pid: int) -> bool:
    """Whether a process goes on; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.system
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_that_say_nothing_end_with_their_comparison(tmp_path: Path, number: int) -> None:
    (tmp_path / "silent.py").write_text(SILENT)
    path = os.pathsep.join([SOURCE, str(tmp_path)])
    driver = subprocess.Popen(
        [sys.executable, "-c", COMPARE, str(tmp_path / "out")],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        workers: list[int] = []
        while len(workers) < 2 and driver.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
            workers = [int(p.stem) for p in tmp_path.glob("out/*.worker")]
        assert len(workers) == 2
        assert all(map(lives, workers))
        os.kill(driver.pid, number)
        driver.wait(10)
        until = time.monotonic() + 20  # a second where nothing else runs; they would take a minute
        while any(map(lives, workers)) and time.monotonic() < until:
            time.sleep(0.1)
        assert not [pid for pid in workers if lives(pid)]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGKILL)
        driver.wait(10)


def attempted(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Outcome:
    def fail(task: RunTask, inherited: Outcome | None, context: Context) -> Outcome:
        raise error

    monkeypatch.setattr(score, "score_run", fail)
    (recipe,) = load_methods(["baseline"], {}, {})
    task = RunTask(recipe, "seed-0", "seed-0", 0, (), Path("runs/baseline/seed-0"), "a")
    return serve.attempt(task, None, None, lambda *ignored: None)  # type: ignore[arg-type]


def test_whatever_goes_wrong_is_the_outcome_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = attempted(monkeypatch, ZeroDivisionError("by 0"))
    assert (ours.status, ours.users_fault) == ("failed", False)
    assert str(ours.error).startswith("ZeroDivisionError: by 0 (test_serve.py:")
    users = attempted(monkeypatch, RecipeError("tau is above 0"))
    assert (users.status, users.error, users.users_fault) == ("failed", "tau is above 0", True)
    full = attempted(monkeypatch, MemoryError())
    assert "out of memory" in str(full.error)


def test_importing_it_loads_no_torch() -> None:
    code = "import sys, counterpoise.experiments.engines.engine; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": SOURCE}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
