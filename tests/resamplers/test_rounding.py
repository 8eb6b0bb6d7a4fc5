"""Integers take the nearest value and stay in their range, in numpy as in torch."""

import numpy as np
import pytest
import torch

from counterpoise.resamplers.rounding import as_array, as_tensor

VALUES = np.array([-1e20, -3.6, -0.5, 0.0, 0.49, 0.51, 1.5, 2.5, 126.7, 1e20])
TYPES = ["uint8", "int8", "int16", "int32", "int64", "bool", "float16", "float32", "float64"]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_numpy_and_torch_agree(name) -> None:
    found = as_array(VALUES, np.dtype(name))
    tensor = as_tensor(torch.from_numpy(VALUES), getattr(torch, name))
    assert found.dtype == name
    assert np.array_equal(found, tensor.numpy())


@pytest.mark.parametrize("name", TYPES[:5])
def test_the_nearest_integer_within_the_range_of_its_type(name) -> None:
    low, high = max(np.iinfo(name).min, -(2**53)), min(np.iinfo(name).max, 2**53)
    expected = [min(max(round(value), low), high) for value in VALUES.tolist()]
    assert as_array(VALUES, np.dtype(name)).tolist() == expected


def test_a_boolean_is_the_nearer_of_its_two_values() -> None:
    assert as_array(np.array([0.0, 0.3, 0.7, 1.0]), np.dtype(bool)).tolist() == [
        False,
        False,
        True,
        True,
    ]
