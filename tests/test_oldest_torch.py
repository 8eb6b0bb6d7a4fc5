"""The oldest torch that pyproject.toml admits, in an environment of its own."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTED = (
    "tests/train",
    "tests/losses",
    "tests/steps",
    "tests/predict",
    "tests/models/densenet",
    "tests/test_criterion.py",
)


def oldest(package: str) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (found,) = (r for r in project["dependencies"] if re.match(rf"{package}>=", r))
    return f"{package}=={found.partition('>=')[2]}.0"


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="torch 2.6 has no wheel for this Python")
def test_the_core_works_with_the_oldest_torch(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = str(tmp_path / "env" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pinned = [oldest("torch"), oldest("torchvision")]
    installed = subprocess.run(
        [*pip, *pinned, "pytest", "pytest-timeout", "hypothesis", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode and "Temporary failure in name resolution" in installed.stderr:
        pytest.skip("no package registry can be reached")
    assert installed.returncode == 0, installed.stderr
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *TESTED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout or "[100%]" in done.stdout
