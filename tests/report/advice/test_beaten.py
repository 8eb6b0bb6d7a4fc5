"""The advice where trees or logistic regression are better than every network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sklearn.ensemble
import sklearn.linear_model

from counterpoise.models.references import GradientBoostedTrees, LogisticRegression
from counterpoise.report import Report, collect
from counterpoise.report.advice.beaten import FITTED_BY

Make = Callable[..., Path]
REFERENCE: dict[str, Any] = {"control": True, "reference": True}
NETWORKS: dict[str, Any] = {"baseline": {"skill": 1.0}, "weighted": {"skill": 3.0}}
BALANCED = "logistic-regression-balanced"


def compared(make: Make, skill: float, **settings: Any) -> Report:
    methods = {**NETWORKS, BALANCED: {"skill": skill, **REFERENCE}}
    return collect(make(methods=methods, counts=(200, 50, 10), per_class=40, **settings))


@pytest.mark.parametrize("splits", [("seed-0",), ("seed-0", "seed-1", "seed-2")])
def test_the_verdict_comes_first_and_the_rest_is_on_networks(
    make: Make, splits: tuple[str, ...]
) -> None:
    report = compared(make, 9.0, splits=splits)
    first, use, *_ = report.advice
    assert first.startswith("Logistic regression beats every network here: balanced accuracy ")
    assert " with weighted. Use scikit-learn's `LogisticRegression(class_weight='ba" in first
    assert first.endswith(
        ", or train longer (`--rounds 20`); `predict` and `export` take the network."
    )
    assert use.startswith("Of the networks, use weighted: balanced accuracy .")
    assert list(report.advice) == list(report.as_json()["advice"])  # type: ignore[call-overload]
    assert "! Logistic regression beats every network here" in report.text(100)


def test_only_networks_are_said_to_be_worse(make: Make) -> None:
    """At one seed, as at three; beside references, other methods may be better."""
    report = compared(make, 9.0)
    said = " ".join(report.advice)
    assert "On test every other network is worse." in said
    assert "every other method" not in said + report.verdict


def test_nothing_changes_where_networks_are_as_good(make: Make) -> None:
    use, *_ = compared(make, 1.0).advice
    assert use.startswith("Use weighted: ")


def test_networks_that_learned_too_briefly_are_beaten_as_well(make: Make) -> None:
    brief = {name: {**kept, "converged": False} for name, kept in NETWORKS.items()}
    methods = {**brief, BALANCED: {"skill": 9.0, **REFERENCE}}
    report = collect(make(methods=methods, counts=(200, 50, 10), per_class=40))
    first, second, *_ = report.advice
    assert first.startswith("Logistic regression beats every network here")
    assert second.startswith("Undecided, as trained too briefly")


@pytest.mark.parametrize("name", FITTED_BY)
def test_the_settings_are_those_of_the_reference(name: str) -> None:
    balanced = name.endswith("-balanced")
    ours = (
        GradientBoostedTrees(2, 2, balanced=balanced)
        if name.startswith("hist")
        else LogisticRegression(2, 2, balanced=balanced)
    ).estimator(0)
    known = {**vars(sklearn.ensemble), **vars(sklearn.linear_model)}
    said = eval(FITTED_BY[name], known)
    assert type(said) is type(ours)
    assert said.get_params() == {**ours.get_params(), "random_state": None}
