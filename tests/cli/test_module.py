"""The package as a command."""

import subprocess
import sys

import counterpoise


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "counterpoise", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"counterpoise {counterpoise.__version__}\n"
