"""What every exported name of the axes owes its reader and the registry."""

import ast
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

AXES = ["losses", "weights", "samplers", "resamplers", "heads", "steps", "posthoc", "augment"]
AXES = [axis for axis in AXES if importlib.import_module(f"counterpoise.{axis}").__file__]


def folder(axis: str):
    return importlib.import_module(f"counterpoise.{axis}")


EXPORTED = [(axis, name) for axis in AXES for name in getattr(folder(axis), "__all__", [])]
MODULES = [
    f"counterpoise.{axis}.{module.name}"
    for axis in AXES
    for module in pkgutil.iter_modules(folder(axis).__path__)
] + ["counterpoise.criterion"]


@pytest.mark.parametrize(("axis", "name"), EXPORTED)
def test_docstring_tells_shapes_reference_and_effect(axis: str, name: str) -> None:
    doc = inspect.getdoc(getattr(folder(axis), name))
    first = doc.splitlines()[0]
    assert first.endswith(".")
    assert len(first) < 80
    assert "This class" not in first
    for part in ("Args:", "Shapes:", "Reference:", ">>>"):
        assert part in doc or (part == "Args:" and _takes_nothing(axis, name))


def _takes_nothing(axis: str, name: str) -> bool:
    return not inspect.signature(getattr(folder(axis), name)).parameters


@pytest.mark.parametrize(("axis", "name"), EXPORTED)
def test_options_are_keyword_only_and_annotated(axis: str, name: str) -> None:
    given = {"counts", "labels", "num_features", "num_classes"}
    for parameter in inspect.signature(getattr(folder(axis), name)).parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.name in given or parameter.kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize(("axis", "name"), EXPORTED)
def test_one_class_one_file_named_after_it(axis: str, name: str) -> None:
    cls = getattr(folder(axis), name)
    file = cls.__module__.rpartition(".")[2]
    assert file.replace("_", "") == name.lower()
    assert cls.__module__.startswith(f"counterpoise.{axis}.")


@pytest.mark.parametrize("axis", AXES)
def test_registry_can_be_read_without_importing(axis: str) -> None:
    """Plain `from ... import Name` lines and a literal `__all__`."""
    source = Path(folder(axis).__file__).read_text()
    imported: dict[str, str] = {}
    listed: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.name: str(node.module) for alias in node.names}
        if isinstance(node, ast.Assign):
            listed = ast.literal_eval(node.value)
    assert listed == folder(axis).__all__
    for name in listed:
        assert imported[name] == getattr(folder(axis), name).__module__


@pytest.mark.parametrize("module", MODULES)
def test_doctests_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0
