"""Ten minutes with 30 % of the cameras dead or hostile, by the benchmark that also runs for 30."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

FOLDER = Path(__file__).parents[2] / "benchmarks"
MINUTES = float(os.environ.get("COUNTERPOISE_SOAK_MINUTES", "10"))
NOISE = 1.0  # MiB: the heap grows in steps
FEW = 4.0  # descriptors: pools of connections grow in steps; 12 bad cameras leak more in seconds


@pytest.mark.system
@pytest.mark.timeout(60 * MINUTES + 300)
def test_nothing_grows_and_no_frame_of_a_healthy_camera_is_lost(tmp_path) -> None:
    command = [sys.executable, "soak.py", "--json", "--minutes", str(MINUTES)]
    made = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60 * MINUTES + 240
    )
    assert made.returncode == 0, made.stderr
    claims = {
        claim["claim"].split(" a minute")[0]: claim
        for claim in map(json.loads, made.stdout.splitlines())
    }
    (at_rest,) = (claim for name, claim in claims.items() if "at rest" in name)
    assert at_rest["ours"] - at_rest["theirs"] < FEW, at_rest
    low = claims["memory, MiB"]["spread"][0]
    assert low * MINUTES < NOISE, claims["memory, MiB"]
    kept = claims["healthy cameras: frames in the account over frames that they sent"]
    assert kept["ours"] == kept["theirs"] > 0
