"""kill -9 at many points: nothing finished is redone, and the end is bit-identical."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import counterpoise

SOURCE = str(Path(counterpoise.__file__).parent.parent)
SCRIPT = """
import sys
from pathlib import Path
from counterpoise.experiments.worker import serve
serve.PRELOAD.append("killing")
from counterpoise.experiments.driver import answer
from counterpoise.experiments.progress import display
from counterpoise.experiments.options import Question
question = Question(
    data="digits", methods=("baseline", "two-phase-over", "thresholding"), out=Path(sys.argv[1]),
    profile="step:rho=10,mu=0.5", seeds=1, rounds=2, jobs=2, checkpoint_every=0.0,
    settings={"train.batch_size": "256", "model.name": "mlp"},
)
import killing
killing.event("planning")
answer(question, display("silent"))
"""


def compare(out: Path, count: Path, at: int) -> int:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), SOURCE]),
        "KILL_COUNT": str(count),
        "KILL_AT": str(at),
        "OMP_NUM_THREADS": "1",
    }
    count.write_text("")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(out)],
        env=environment,
        start_new_session=True,
        timeout=120,
        check=False,
        capture_output=True,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def finished(out: Path) -> dict[str, tuple[int, bytes]]:
    files = [*out.glob("stages/*/done.json"), *out.glob("stages/*/model.safetensors")]
    whole = {path.parent for path in files if path.name == "done.json"}
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
        if path.parent in whole
    }


def results(out: Path) -> dict[str, object]:
    kept: dict[str, object] = {}
    for path in sorted(out.glob("runs/*/*/report.json")):
        report = json.loads(path.read_text())
        kept[report["method"]] = {k: v for k, v in report.items() if "seconds" not in k}
        with np.load(path.parent / "outputs.npz") as outputs:
            for name in outputs.files:
                kept[f"{report['method']}:{name}"] = outputs[name].tobytes()
    for path in sorted(out.glob("stages/*/model.safetensors")):
        kept[path.parent.name] = path.read_bytes()
    return kept


@pytest.mark.slow
def test_killed_at_many_points_the_same_command_ends_at_the_same_place(tmp_path: Path) -> None:
    count = tmp_path / "count"
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert compare(whole, count, at=0) == 0
    events = count.read_text().splitlines()
    assert {"update", "writing", "renaming", "renamed"} <= set(events)

    # Each start gets a little further, so that every kind of event kills somewhere.
    deadlines = [2, 3, 4, 6, 9, 13, 16, 20, 23, 27, 31, 34, 38, 43]
    killed_in = set()
    kills = 0
    for deadline in deadlines:
        before = finished(cut)
        code = compare(cut, count, at=deadline)
        after = finished(cut)
        for path, written in before.items():
            assert after[path] == written, f"{path} was finished and was done again"
        for path in [*cut.rglob("*.json"), *cut.glob("runs/**/report.json")]:
            json.loads(path.read_text())
        if code == 0:
            break
        kills += 1
        killed_in.add(count.read_text().splitlines()[deadline - 1])
    else:
        assert compare(cut, count, at=0) == 0
    assert kills >= 10
    assert {"update", "writing", "renaming"} <= killed_in
    assert results(cut) == results(whole)
