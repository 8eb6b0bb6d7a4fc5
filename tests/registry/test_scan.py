"""The registry must say what importing would say, without importing."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.registry import AXES, Parameter, members


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A made package whose axis `losses` shows every form that the reader has to understand."""
    losses = tmp_path / "losses"
    losses.mkdir()
    (losses / "__init__.py").write_text(
        "from counterpoise.base import LIMIT\n"
        "from counterpoise.losses.focal import Focal\n"
        "from counterpoise.losses.hidden import Hidden\n"
        "from counterpoise.losses.plain import Plain\n"
        "from counterpoise.losses.table import Table, mean_of\n"
        '__all__ = ["LIMIT", "Table", "Focal", "Plain", "mean_of"]\n'
    )
    (tmp_path / "base.py").write_text(
        "LIMIT = 3\nclass Base:\n    def __init__(self, *, reduction: str = 'mean'): ...\n"
    )
    (losses / "focal.py").write_text(
        "import torch_would_fail_to_import\n"
        "class Focal:\n"
        '    """Cross-entropy that looks away.\n\n    More.\n    """\n'
        "    def __init__(self, *, counts: 'ClassCounts', gamma: float = 2.0): ...\n"
    )
    (losses / "hidden.py").write_text("class Hidden: ...\n")
    (losses / "plain.py").write_text(
        "from counterpoise.base import Base\nclass Plain(Base):\n    '''Nothing added.'''\n"
    )
    (losses / "table.py").write_text(
        "from dataclasses import dataclass, field\nfrom typing import ClassVar\n"
        "@dataclass(frozen=True)\nclass Table:\n"
        "    kind: ClassVar[str] = 'table'\n"
        "    rows: int\n    names: list[str] = field(default_factory=list)\n"
        "    _cache: int = field(init=False, default=0)\n"
        "def mean_of(values: list[float], start: float = 0.0) -> float: ...\n"
    )
    return tmp_path


def test_reads_every_form_of_member_without_importing(package: Path) -> None:
    found = members("losses", package)
    assert list(found) == ["Table", "Focal", "Plain", "mean_of"]
    assert found["Focal"].module == "counterpoise.losses.focal"
    assert found["Focal"].summary == "Cross-entropy that looks away."
    assert found["Focal"].parameters == {
        "counts": Parameter(required=True, annotation="ClassCounts", default=None),
        "gamma": Parameter(required=False, annotation="float", default="2.0"),
    }
    assert list(found["Plain"].parameters) == ["reduction"]
    assert found["Table"].parameters == {
        "rows": Parameter(required=True, annotation="int", default=None),
        "names": Parameter(required=False, annotation="list[str]", default="list"),
    }
    assert [p.required for p in found["mean_of"].parameters.values()] == [True, False]


def test_axis_without_a_folder_is_empty(package: Path) -> None:
    assert members("resamplers", package) == {}


def test_unknown_axis_names_the_near_one() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'losses'"):
        members("loses")


def test_axes_that_the_shipped_methods_need_have_members() -> None:
    needed = {"losses", "weights", "samplers", "heads", "steps", "posthoc", "metrics"}
    assert {axis for axis in AXES if members(axis)} >= needed


@pytest.mark.parametrize("axis", [axis for axis in AXES if members(axis)])
def test_agrees_with_python(axis: str) -> None:
    """The registry's members and arguments are those of the imported classes."""
    registered = members(axis)
    module = importlib.import_module(f"counterpoise.{axis}")
    callables = [
        n
        for n in module.__all__
        if inspect.isroutine(v := getattr(module, n)) or inspect.isclass(v)
    ]
    assert sorted(registered) == sorted(callables)
    for name, member in registered.items():
        value = getattr(module, name)
        assert value.__module__ == member.module
        expected = {
            p.name: p.default is inspect.Parameter.empty
            for p in inspect.signature(value).parameters.values()
            if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        }
        assert {p: v.required for p, v in member.parameters.items()} == expected, name
        assert member.summary, f"{member.module}.{name} has no docstring"


def test_loads_no_torch() -> None:
    code = (
        "import sys; from counterpoise.registry import AXES, members;"
        "[members(axis) for axis in AXES]; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_literals_of_a_class_and_of_its_bases_are_read(package: Path) -> None:
    posthoc = package / "posthoc"
    posthoc.mkdir()
    (posthoc / "__init__.py").write_text(
        "from counterpoise.posthoc.both import Both, One, Neither\n"
        '__all__ = ["Both", "One", "Neither"]\n'
    )
    (posthoc / "both.py").write_text(
        "class Neither:\n    cost = compute()\n"
        "class One(Neither):\n    accepts: tuple[str, ...] = ('logits',)\n    scores = 'margins'\n"
        "class Both(One):\n    accepts = ('logits', 'margins')\n"
    )
    found = members("posthoc", package)
    assert found["Neither"].constants == {}
    assert (found["Neither"].accepts, found["Neither"].scores) == ((), None)
    assert (found["One"].accepts, found["One"].scores) == (("logits",), "margins")
    assert (found["Both"].accepts, found["Both"].scores) == (("logits", "margins"), "margins")
