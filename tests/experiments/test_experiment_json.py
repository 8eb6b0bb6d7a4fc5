"""What the driver says of a data set, on the screen and in experiment.json."""

from dataclasses import replace

from counterpoise.data import load
from counterpoise.experiments.experiment_json import about_data


def test_no_more_than_twenty_damaged_images_are_listed() -> None:
    reasons = tuple(f"cannot read image '{i}'" for i in range(41))
    damaged = replace(load("digits"), notes=("41 damaged image files skipped",), skipped=reasons)
    told = about_data(damaged)
    assert len(told) == 22
    assert told[-1] == "skipped: 21 more (counterpoise inspect lists them all)"
