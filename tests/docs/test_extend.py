"""docs/extend.md, followed to the letter in a copy of the package: its method and its paper run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import counterpoise

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extend.md"
PACKAGE = Path(counterpoise.__file__).parent
# a file as the page shows it: its path at the end of a line, then its text
SHOWN = re.compile(r"`([\w/-]+\.(?:py|toml))`:\n\n```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(r"^from counterpoise\.losses\.\w+ import (\w+)$", re.MULTILINE)


def run(place: Path, *arguments: str) -> str:
    """What a command of Python says, which has to succeed."""
    env = os.environ | {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=place,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, and every file that the page shows."""
    made = tmp_path_factory.mktemp("extended")
    copy = made / "counterpoise"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    page = PAGE.read_text("utf-8")
    for path, text in SHOWN.findall(page):
        to = (made / "tests" if "/test_" in path else copy) / path
        assert not to.exists()
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, "utf-8")
    (name,) = {found for found in IMPORT.findall(page) if found == "BrierScore"}
    init = copy / "losses" / "__init__.py"
    text = init.read_text("utf-8").replace("__all__ = [", f'__all__ = [\n    "{name}",')
    init.write_text(text.replace("\n\n__all__", f"\n{IMPORT.search(page)[0]}\n\n__all__"), "utf-8")
    return made


def test_the_page_shows_all_files_of_a_method_and_of_a_paper() -> None:
    assert [path for path, _ in SHOWN.findall(PAGE.read_text("utf-8"))] == [
        "losses/brier_score.py",
        "losses/test_brier_score.py",
        "recipes/methods/brier.toml",
        "recipes/papers/doe2026/paper.toml",
        "recipes/papers/doe2026/table1-digits.toml",
    ]


@pytest.mark.system
def test_the_method_is_compared_and_its_tests_pass(place: Path) -> None:
    command = ("-m", "counterpoise.cli", "compare", "digits", "--methods", "baseline,brier")
    said = run(place, *command, "--rounds", "1", "--seeds", "1", "--jobs", "1", "--out", "out")
    assert "brier" in said
    tests = ("-p", "no:cacheprovider", "-p", "no:xdist", "--doctest-modules", "--rootdir", ".")
    run(place, "-m", "pytest", *tests, "tests", "counterpoise/losses/brier_score.py")


@pytest.mark.system
def test_the_paper_is_run_again(place: Path) -> None:
    command = ("-m", "counterpoise.cli", "reproduce", "doe2026/table1-digits", "--jobs", "1")
    assert "cells 2, runs 20" in run(place, *command, "--seeds", "5", "--plan")
    said = run(place, *command, "--seeds", "1", "--scale", "0.05")
    assert "Of 1 claim: 1 undecided." in said
    assert "Oversampling is better at rho = 10" in said
