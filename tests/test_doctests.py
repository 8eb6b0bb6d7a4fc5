"""The examples in docstrings say what really happens."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import counterpoise

PACKAGE = Path(counterpoise.__file__).parent
MODULES = sorted(m.name for m in pkgutil.walk_packages([str(PACKAGE)], "counterpoise."))


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("__main__")])
def test_examples(name: str) -> None:
    bridge = name.startswith("counterpoise.bridges.")  # needs the library of its name
    module = pytest.importorskip(name) if bridge else importlib.import_module(name)
    failed, _ = doctest.testmod(module)
    assert failed == 0
