"""The same question again: answered from what lies there, without loading what trains."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from counterpoise.cli import main

SCRIPT = """
import sys
from multiprocessing import forkserver

from counterpoise.cli import main

code = main(sys.argv[1:])
heavy = [name for name in ("torch", "sklearn", "pandas", "matplotlib") if name in sys.modules]
server = forkserver._forkserver._forkserver_pid
print(code, heavy, server, file=sys.stderr)
"""


@pytest.mark.parametrize("asked", ["--set optimizer.lr=0.05", "--tune 2"])
def test_an_identical_rerun_loads_no_torch_and_draws_nothing(asked: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["compare", "digits", "--methods", "baseline,oversampling", "--rounds", "1"]
    command += ["--seeds", "1", *asked.split(), "--out", str(out)]
    assert main(command) == 0
    first = json.loads((out / "report.json").read_text())
    drawn = {path.name: path.read_bytes() for path in out.glob("*.png")}
    again = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command], capture_output=True, text=True, check=True
    )
    assert again.stderr.splitlines()[-1] == "0 [] None"
    assert "finished before: nothing left to train" in again.stderr
    assert {path.name: path.read_bytes() for path in out.glob("*.png")} == drawn
    # How it was called is a fact of the report; all else is as it was.
    assert json.loads((out / "report.json").read_text()) | {"command": ""} == first | {
        "command": ""
    }
