"""The same question again: answered from what lies there, without loading what trains."""

import json
import subprocess
import sys
from pathlib import Path

from counterpoise import compare

SCRIPT = """
import sys
from multiprocessing import forkserver

from counterpoise.cli import main

code = main(sys.argv[1:])
heavy = [name for name in ("torch", "sklearn", "pandas", "matplotlib") if name in sys.modules]
server = forkserver._forkserver._forkserver_pid
print(code, heavy, server, file=sys.stderr)
"""


def test_an_identical_rerun_loads_no_torch_and_draws_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    compare(
        "digits",
        methods="baseline,oversampling",
        rounds=1,
        seeds=1,
        settings={"optimizer.lr": 0.05},
        out=out,
        progress="silent",
    )
    first = {path.name: path.read_bytes() for path in out.glob("report.*")}
    drawn = {path.name: path.read_bytes() for path in out.glob("*.png")}
    command = ["compare", "digits", "--methods", "baseline,oversampling", "--rounds", "1"]
    command += ["--seeds", "1", "--set", "optimizer.lr=0.05", "--out", str(out)]
    again = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command], capture_output=True, text=True, check=True
    )
    assert again.stderr.splitlines()[-1] == "0 [] None"
    assert "2 finished before: nothing left to train" in again.stderr
    assert {path.name: path.read_bytes() for path in out.glob("*.png")} == drawn
    # The command is a fact of the report; all else is as it was.
    told = json.loads((out / "report.json").read_text())
    assert told["methods"] == json.loads(first["report.json"])["methods"]
