"""`counterpoise.compare` shows what it takes, and refuses the rest."""

import inspect

import numpy as np
import pytest

import counterpoise
from counterpoise.errors import ArgumentError
from counterpoise.experiments.options import CompareOptions, Options


def test_compare_is_documented_by_its_options() -> None:
    shown = inspect.signature(counterpoise.compare).parameters
    for name in CompareOptions.__annotations__:
        assert f"\n        {name}: " in str(counterpoise.compare.__doc__), name
        assert shown[name].default == Options.model_fields[name].default
    assert shown["seeds"].annotation == "int | None"
    with pytest.raises(ArgumentError, match=r"got ndarray of shape \(9, 4\)"):
        counterpoise.compare(np.zeros((9, 4)))  # type: ignore[arg-type]
