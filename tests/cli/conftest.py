"""A command to run in this process, and a `compare` that only remembers what it was asked."""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import counterpoise
from counterpoise.cli import main
from counterpoise.experiments.identity import environment
from counterpoise.experiments.options import Options
from counterpoise.records import ReportRecord


@dataclass
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*arguments: str) -> Answer:
        code = main(arguments)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


@dataclass
class Method:
    name: str
    status: str = "ok"
    error: str | None = None


@dataclass
class MadeReport:
    methods: list[Method]

    @property
    def failed(self) -> bool:
        return any(method.status == "failed" for method in self.methods)

    def as_json(self) -> dict[str, Any]:
        return {"schema": 1, "methods": [method.name for method in self.methods]}

    def text(self, width: int) -> str:
        return f"a table of {width} columns\nBest: baseline."


@dataclass
class Compared:
    """What the verb handed on, and what it is to get back."""

    asked: list[Options] = field(default_factory=list)
    methods: list[Method] = field(default_factory=lambda: [Method("baseline")])
    raises: BaseException | None = None

    def __call__(self, options: Options, begun: float) -> MadeReport:
        assert time.monotonic() - begun > 0, "the command began before"
        self.asked.append(options)
        if self.raises is not None:
            raise self.raises
        return MadeReport(self.methods)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """The verb with a comparison that trains nothing."""
    made = Compared()
    monkeypatch.setattr(importlib.import_module("counterpoise.comparison"), "report_of", made)
    return made


@pytest.fixture
def write_report() -> Callable[[Path, str | None], None]:
    """Write a report.json that names the best method and nothing else."""

    def write(folder: Path, best: str | None) -> None:
        report = ReportRecord(
            dataset="digits",
            profile="none",
            model="mlp",
            updates=None,
            rounds=None,
            command="",
            classes=("cat", "dog"),
            counts=(9, 3),
            n_test=(3, 3),
            n_validation={},
            splits=("seed-0", "seed-1"),
            seeds=(0, 1),
            folds=None,
            select="g_mean",
            best=best,
            indistinguishable=(),
            better_on_test=(),
            undecided=False,
            verdict="",
            warnings=(),
            searches=(),
            methods=(),
            environment=environment("cpu", 1),
        )
        (folder / "report.json").write_text(report.text())

    return write


BATCH = """
import contextlib, io, json, os, sys
from pathlib import Path
from counterpoise.cli import main

def look():
    return sorted(str(p) for p in Path().rglob("*") if p.name != "lock")

said = {}
for name, arguments in json.load(sys.stdin).items():
    before, out, err = look(), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments.split())
    left = [p for p in look() if p not in before]
    torch = "torch" in sys.modules
    said[name] = dict(code=code, out=out.getvalue(), err=err.getvalue(), left=left, torch=torch)
json.dump(said, sys.stdout)
"""


@pytest.fixture(scope="session")
def process_environment() -> dict[str, str]:
    """Variables of a process that runs this package."""
    source = str(Path(counterpoise.__file__).parent.parent)
    return os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def in_one_process(process_environment) -> Callable[..., dict[str, dict[str, Any]]]:
    """Commands in a process that has not loaded torch, and what each said and left."""

    def run(folder: Path, commands: dict[str, str]) -> dict[str, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-c", BATCH], cwd=folder, env=process_environment, text=True,
            check=False, capture_output=True, input=json.dumps(commands),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said: dict[str, dict[str, Any]] = json.loads(done.stdout)
        return said

    return run


@pytest.fixture(scope="session")
def refused_before_torch() -> Callable[[dict[str, Any], list[str]], None]:
    """One line with these words for each fault, exit code 2, nothing left, and torch not loaded."""

    def check(answer: dict[str, Any], expected: list[str]) -> None:
        assert answer["code"] == 2, answer
        assert answer["out"] == ""
        lines = answer["err"].splitlines()
        assert len(lines) == len(expected), answer["err"]
        for line, words in zip(lines, expected, strict=True):
            assert line.startswith("error: ")
            assert words in line
        assert answer["left"] == []
        assert not answer["torch"], "found only after torch was loaded"

    return check
