"""The best is chosen on validation; significant is what the paired interval says on test."""

import pytest

from counterpoise.report.runs import Run
from counterpoise.report.significance import rank, significance


class Intervals:
    """Of best minus method: one interval whatever is asked."""

    def __init__(self, interval: tuple[float, float] | None) -> None:
        self.interval = interval

    def of_difference(self, first: str, second: str, metric: str) -> tuple[float, float] | None:
        assert (first, second) == ("best", "method")
        return self.interval


@pytest.mark.parametrize(
    ("interval", "select", "expected"),
    [
        ((0.1, 0.2), "g_mean", -1),
        ((-0.2, -0.1), "g_mean", 1),
        ((-0.1, 0.1), "g_mean", 0),
        ((0.0, 0.1), "g_mean", 0),
        ((0.1, 0.2), "nll", 1),
        ((-0.2, -0.1), "nll", -1),
        (None, "g_mean", 0),
    ],
)
def test_an_interval_with_zero_in_it_is_not_significant(
    interval: tuple[float, float] | None, select: str, expected: int
) -> None:
    assert significance(Intervals(interval), "method", "best", select) == expected  # type: ignore[arg-type]


def run(method: str, value: float | None, seconds: float = 1.0, control: bool = False) -> Run:
    values = {"g_mean": value, "nll": value}
    return Run(
        method, "s", "ok", method, seconds=seconds, control=control, validation_values=values
    )


def test_ranked_by_the_mean_on_validation_and_the_cheapest_first_on_ties() -> None:
    runs = {
        "low": [run("low", 0.2), run("low", 0.4)],
        "dear": [run("dear", 0.5, seconds=9.0)],
        "cheap": [run("cheap", 0.5, seconds=1.0)],
        "control": [run("control", 0.9, control=True)],
        "unknown": [run("unknown", 0.9), run("unknown", None)],
    }
    assert rank(runs, "g_mean") == ["cheap", "dear", "low"]
    assert rank(runs, "nll") == ["low", "cheap", "dear"]


def test_of_equal_methods_the_baseline_comes_first_whatever_it_took() -> None:
    runs = {"cheap": [run("cheap", 0.5)], "baseline": [run("baseline", 0.5, seconds=9.0)]}
    assert rank(runs, "g_mean") == ["baseline", "cheap"]
