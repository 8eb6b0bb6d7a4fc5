"""How long a report takes, by what it has to load and to draw."""

from types import SimpleNamespace
from typing import Any

import pytest

from counterpoise.experiments.report_time import report_seconds


def splits(*tested: int) -> Any:
    return [SimpleNamespace(test=range(number)) for number in tested]


def test_more_methods_and_samples_take_longer_up_to_the_most_that_is_drawn() -> None:
    assert report_seconds(splits(0), 2, 1) == pytest.approx(2.7)
    assert report_seconds(splits(1000, 1500), 40, 5) == pytest.approx(2.5 + 1.0 + 2.0)
    assert report_seconds(splits(10**6), 10, 9) == pytest.approx(2.5 + 1.8 + 4.0)
