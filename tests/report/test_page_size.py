"""A page of twenty methods stays small enough to be sent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.report import collect

MOST = 2_000_000  # bytes


@pytest.mark.parametrize("num_classes", [2, pytest.param(30, marks=pytest.mark.system)])
def test_twenty_methods_are_under_two_megabytes(
    make: Callable[..., Path], num_classes: int
) -> None:
    methods = ["baseline", *(f"method-{n}" for n in range(19))]
    counts = [200 - 4 * k for k in range(num_classes)]
    out = make(methods=methods, counts=counts, per_class=5, splits=["seed-0"], rounds=50)
    size = collect(out).write(out).stat().st_size
    assert size < MOST
