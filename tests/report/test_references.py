"""Whether references beat the networks, in a sentence."""

from types import SimpleNamespace

import pytest

from counterpoise.report.references import reference_verdict


def run(validation: float, test: float, reference: bool = False) -> SimpleNamespace:
    return SimpleNamespace(
        reference=reference,
        validation_values={"g_mean": validation, "nll": validation},
        values={"g_mean": test, "nll": test},
    )


RUNS = {
    "weighted": [run(0.8, 0.80)],
    "baseline": [run(0.7, 0.75)],
    "hist-gradient-boosting": [run(0.6, 0.90, True)],
    "hist-gradient-boosting-balanced": [run(0.9, 0.85, True)],
    "logistic-regression": [run(0.5, 0.99, True)],
}


def said(intervals: dict[str, tuple[float, float]], brief: tuple[str, ...] = ()) -> str:
    known = SimpleNamespace(of_difference=lambda first, second, metric: intervals.get(second))
    ranking = ["weighted", "baseline"]
    found = reference_verdict(RUNS, ranking, "g_mean", known, brief)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_trees_that_beat_every_network() -> None:
    found = said({"weighted": (0.01, 0.09), "baseline": (0.02, 0.2)})
    assert found.startswith("Trees beat every network here: on test ")
    assert ".850 with hist-gradient-boosting-balanced, .800 with weighted" in found
    assert found.endswith("difference +.050 [+.010, +.090].")


def test_that_networks_were_trained_too_briefly_is_said_with_it() -> None:
    clear = {"weighted": (0.01, 0.09), "baseline": (0.02, 0.2)}
    found = said(clear, brief=("baseline", "focal"))
    assert found.endswith("[+.010, +.090]; more rounds of baseline may change that.")


def test_not_where_one_network_is_as_good() -> None:
    found = said({"weighted": (0.01, 0.09), "baseline": (-0.02, 0.2)})
    assert found.startswith("Not shown whether trees or the best network is better here")


def beaten_by(intervals: dict[str, tuple[float, float]], references: tuple[str, ...]) -> str | None:
    """Differences of references to the best network, by reference."""
    known = SimpleNamespace(of_difference=lambda first, second, metric: intervals[first])
    runs = {name: RUNS[name] for name in ("weighted", *references)}
    return reference_verdict(runs, ["weighted"], "g_mean", known)  # type: ignore[arg-type]


def test_networks_that_beat_references() -> None:
    trees, linear = "hist-gradient-boosting", "logistic-regression"
    lower, undecided = (-0.09, -0.01), (-0.09, 0.01)
    found = beaten_by({trees: lower, linear: lower}, (trees, linear))
    assert found is not None
    assert found.startswith("The best network beats trees and logistic regression here")
    found = beaten_by({trees: lower, linear: undecided}, (trees, linear))
    assert found is not None
    assert found.startswith("Not shown whether trees"), "it has to beat each of them"
    alone = beaten_by({linear: lower}, (linear,))
    assert alone is not None
    assert alone.startswith("The best network beats logistic regression here")


def test_a_reference_of_ones_own_is_called_by_its_name() -> None:
    runs = {"weighted": RUNS["weighted"], "mine": RUNS["logistic-regression"]}
    known = SimpleNamespace(of_difference=lambda *names: (0.1, 0.2))
    found = reference_verdict(runs, ["weighted"], "g_mean", known)  # type: ignore[arg-type]
    assert found is not None
    assert found.startswith("mine beats every network here")


def test_logistic_regression_and_a_metric_that_is_better_when_low() -> None:
    runs = {"weighted": [run(0.8, 0.8)], "logistic-regression": [run(0.5, 0.4, True)]}
    known = SimpleNamespace(of_difference=lambda *names: (-0.5, -0.3))
    found = reference_verdict(runs, ["weighted"], "nll", known)  # type: ignore[arg-type]
    assert found is not None
    assert found.startswith("Logistic regression beats every network here")


@pytest.mark.parametrize("left", ["weighted", "hist-gradient-boosting"])
def test_nothing_is_said_without_both(left: str) -> None:
    runs = {left: RUNS[left]}
    ranking = [left] if left == "weighted" else []
    known = SimpleNamespace(of_difference=lambda *names: (0.1, 0.2))
    assert reference_verdict(runs, ranking, "g_mean", known) is None  # type: ignore[arg-type]
