"""What the driver says of a data set, on the screen and in experiment.json."""

from dataclasses import replace

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.experiments.experiment_json import about_data, own_parts


def test_no_more_than_twenty_damaged_images_are_listed() -> None:
    reasons = tuple(f"cannot read image '{i}'" for i in range(41))
    damaged = replace(load("digits"), notes=("41 damaged image files skipped",), skipped=reasons)
    told = about_data(damaged)
    assert len(told) == 22
    assert told[-1] == "skipped: 21 more (counterpoise inspect lists them all)"


@pytest.mark.parametrize(
    ("parts", "folds", "expected"),
    [
        ([-1, -1], False, ()),
        ([0, 1], False, ("validation",)),
        ([0, 2], False, ("test",)),
        ([1, 2], False, ("validation", "test")),
        ([1, 2], True, ("validation",)),
    ],
)
def test_parts_of_the_sets_own(parts: list[int], folds: bool, expected: tuple[str, ...]) -> None:
    digits = load("digits")
    part = np.resize(np.array(parts, np.int8), len(digits))
    assert own_parts(replace(digits, part=part), folds=folds) == expected
