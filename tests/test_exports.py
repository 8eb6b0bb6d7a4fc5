"""What is exported exists, and what must start quickly does not load torch."""

import importlib
import json
import os
import pkgutil
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import counterpoise

PACKAGE = Path(counterpoise.__file__).parent
MODULES = sorted(m.name for m in pkgutil.walk_packages([str(PACKAGE)], "counterpoise."))
HELP_SECONDS = 0.3
# Modules that a user error, a report or a saved model's posthoc may need before, or without, torch.
TORCH_FREE = (
    "counterpoise",
    "counterpoise.cli",
    "counterpoise.recipes",
    "counterpoise.data",
    "counterpoise.metrics",
    "counterpoise.posthoc",
    "counterpoise.report",
    "counterpoise.models.catalog",
)
NEEDS_TORCH = ("counterpoise.recipes.build", "counterpoise.recipes.stage")  # what sets a stage up


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this interpreter with the same package, whatever the folder."""
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env=env
    )


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("__main__")])
def test_all_names_resolve(name: str) -> None:
    bridge = name.startswith("counterpoise.bridges.")  # needs the library of its name
    module = pytest.importorskip(name) if bridge else importlib.import_module(name)
    exported = getattr(module, "__all__", ())
    assert len(set(exported)) == len(exported)
    assert [n for n in exported if getattr(module, n, None) is None] == []


def test_door_lists_and_gives_its_names() -> None:
    assert set(counterpoise.__all__) <= set(dir(counterpoise))
    for name in counterpoise.__all__:
        assert getattr(counterpoise, name) is not None
    done = python("-c", "import counterpoise; print(counterpoise.predict.load.__name__)")
    assert done.stdout == "load\n"  # packages are there without an import of their own
    with pytest.raises(AttributeError, match="no attribute 'novelty'"):
        _ = counterpoise.novelty


@pytest.mark.parametrize(
    "first", ["pass", "import counterpoise.comparison", "import counterpoise.cli.compare"]
)
def test_compare_stays_a_function(first: str) -> None:
    """A submodule of the same name must not take its place, whatever was imported before."""
    code = f"{first}\nimport counterpoise\nassert callable(counterpoise.compare)\n" * 2
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("top", TORCH_FREE)
def test_imports_without_torch(top: str) -> None:
    inside = [m for m in MODULES if m == top or m.startswith(f"{top}.")]
    if top == "counterpoise":
        inside = [top]
    wanted = [m for m in inside if m not in NEEDS_TORCH and not m.endswith("__main__")]
    assert wanted, f"{top} does not exist"
    code = (
        "import importlib, json, sys\n"
        f"for name in {wanted!r}: importlib.import_module(name)\n"
        "print(json.dumps([m for m in ('torch', 'torchvision', 'matplotlib') if m in sys.modules]))"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_help_is_quick_and_loads_no_torch() -> None:
    times = []  # of a processor: a busy machine takes longer, and that is not its fault
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = python("-m", "counterpoise.cli", "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        assert done.returncode == 0, done.stderr
        if min(times) < HELP_SECONDS:
            break
    assert "compare" in done.stdout
    assert min(times) < HELP_SECONDS, f"best of {len(times)}: {min(times):.2f} s"
    timed = python("-X", "importtime", "-m", "counterpoise.cli", "--help").stderr
    assert "typer" in timed
    assert not [line for line in timed.splitlines() if line.endswith((" torch", " numpy"))]
