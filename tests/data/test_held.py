"""Which numbers float32 holds, and how others are named."""

import numpy as np
import pytest

from counterpoise.data.held import LARGEST, require_held
from counterpoise.errors import DataError


@pytest.mark.parametrize("shape", [(0, 3), (4, 3), (4, 2, 5)])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i8", "u1"])
def test_what_float32_holds_passes(shape: tuple[int, ...], kind: str) -> None:
    require_held(np.ones(shape, kind), "X")


def test_the_largest_is_held_and_the_next_is_not() -> None:
    values = np.array([[0.0, LARGEST], [-LARGEST, 1e-300]])
    require_held(values, "X")
    values[1, 0] = np.nextafter(-LARGEST, -np.inf)
    with pytest.raises(DataError, match=r"^X, row 1, column 0: .*got -3.403e\+38"):
        require_held(values, "X")


def test_the_place_in_a_series() -> None:
    values = np.zeros((3, 2, 4))
    values[2, 1, 3] = 1e300
    with pytest.raises(DataError, match=r"^X, sample 2, channel 1, step 3: .*scale the channel"):
        require_held(values, "X")


def test_samples_with_holes_are_listed() -> None:
    values = np.full((9, 2), np.nan)
    values[0] = 0
    with pytest.raises(DataError, match=r"^X: 16 values .* in 8 samples \(1, 2, 3, 4, 5, ...\); "):
        require_held(values, "X")
    values[1:] = 0
    values[4, 1] = np.inf
    with pytest.raises(DataError, match=r"1 value is .* in 1 sample \(4\); fill it$"):
        require_held(values, "X", "fill it")
