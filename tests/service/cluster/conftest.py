"""Clusters of a real Ray for tests."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

BOUND = 240.0  # seconds until a cluster has ended; nothing waits that long


@pytest.fixture
def machines() -> Iterator[Callable[..., SimpleNamespace]]:
    """Begins a cluster; it has an address, and is told what happens to its machines."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: counterpoise[ray]")
    running: list[subprocess.Popen[str]] = []
    script, pipe = Path(__file__).with_name("ray_machines.py"), subprocess.PIPE

    def begin(number: int, *folder: str) -> SimpleNamespace:
        # A machine has an environment of its own, in which there are no keys of a store.
        environment = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
        process = subprocess.Popen(
            [sys.executable, str(script), str(number), *folder],
            stdin=pipe, stdout=pipe, text=True, env=environment,
        )  # fmt: skip
        running.append(process)

        def tell(what: str) -> None:
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        return SimpleNamespace(address=process.stdout.readline().strip(), tell=tell)

    yield begin
    for process in running:
        process.communicate(timeout=BOUND)
