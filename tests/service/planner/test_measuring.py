"""What a frame costs is measured with a server and cameras, in a folder that is gone after."""

import subprocess
import sys

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

MEASURE = """
import sys
from pathlib import Path
from counterpoise.service import demo
from counterpoise.service.planner.measuring import frame_cost
folder = Path(sys.argv[1])
model = demo.model(folder, demo.pictures(folder)[0])
print(frame_cost(model, seconds=3.0))
"""


@pytest.mark.system
def test_a_frame_costs_some_milliseconds(tmp_path) -> None:
    command = [sys.executable, "-c", MEASURE, str(tmp_path)]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert 1e-4 < float(made.stdout) < 0.1
