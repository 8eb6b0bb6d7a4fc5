"""A command to run in this process, and a `compare` that only remembers what it was asked."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from counterpoise.cli import main


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

    asked: list[dict[str, Any]] = field(default_factory=list)
    methods: list[Method] = field(default_factory=lambda: [Method("baseline")])
    raises: BaseException | None = None

    def __call__(self, **options: Any) -> MadeReport:
        self.asked.append(options)
        if self.raises is not None:
            raise self.raises
        return MadeReport(self.methods)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """`counterpoise.compare` with a compare that trains nothing."""
    made = Compared()
    monkeypatch.setattr(importlib.import_module("counterpoise.comparison"), "compare", made)
    return made
