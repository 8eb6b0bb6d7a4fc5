"""Costs in a report: of each split's own classes, and nothing at all where nobody gave any."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import METRICS
from counterpoise.report import collect
from counterpoise.report.costs import cost_words, costs_of, metrics_in
from counterpoise.report.read_runs import read_experiment

Make = Callable[..., Path]
COST = {"cost": {"minority": 10.0}, "select": "expected_cost"}


def test_costs_go_by_the_samples_of_the_split(make: Make) -> None:
    per_split = {"seed-0": [9, 1], "seed-1": [1, 9]}
    out = make(
        counts=(9, 1),
        splits=("seed-0", "seed-1"),
        experiment={**COST, "counts_per_split": per_split},
    )
    experiment = read_experiment(out)
    found = [costs_of(experiment, split) for split in per_split]
    assert [one.dense().tolist() for one in found if one] == [[[0, 1], [10, 0]], [[0, 10], [1, 0]]]
    assert set(metrics_in(experiment)) == {*METRICS, "expected_cost"}


def test_the_expected_cost_ranks_and_has_intervals(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 1.0}, "good": {"skill": 3.0}}, experiment=COST)
    report = collect(out)
    assert report.best == "good"
    good = report.methods[0]
    confusions = [run.test.confusion for run in report.runs["good"] if run.test]
    prices = np.array([[0, 1, 1], [10, 0, 10], [10, 10, 0]])
    by_hand = np.mean([(c * prices).sum() / c.sum() for c in confusions])
    value = good.metrics["expected_cost"]
    assert value.mean == pytest.approx(by_hand)
    assert value.interval is not None
    assert value.interval[0] < by_hand < value.interval[1]
    assert good.vs_baseline is not None
    gain = good.vs_baseline["expected_cost"]
    assert gain.difference is not None
    assert gain.interval is not None
    assert gain.interval[1] < 0, "lower is better"
    assert "Cost" in report.text(100).splitlines()[0]
    page = report.write(out).read_text()
    assert "Expected cost ↓<br>test" in page
    assert "than the average class costs 10, any other mistake 1" in page
    assert report.as_json()["cost"] == {"minority": 10.0}
    assert "expected_cost" in report.table()[0]


def test_the_advice_speaks_of_costs(make: Make) -> None:
    methods = {"baseline": {"skill": 1.0}, "good": {"skill": 3.0}}
    report = collect(make(methods=methods, per_class=60, experiment=COST))
    before, after = (
        next(m for m in report.methods if m.name == name).metrics["expected_cost"].mean
        for name in ("baseline", "good")
    )
    assert report.advice[0] == (
        f"Use good: expected cost per sample falls from {before:.3f} to {after:.3f} on test."
    ).replace(" 0.", " .")
    assert report.advice[3].startswith("Sure: it saves +")
    methods = {"baseline": {"skill": 3.0}, "worse": {"skill": 2.9, "twin": "baseline"}}
    report = collect(make(methods=methods, per_class=60, experiment=COST))
    assert report.advice[0].startswith("Keep the baseline: nothing")


def test_a_matrix_in_words(make: Make) -> None:
    experiment = {"cost": {"matrix": [[0.0, 1.0], [20.0, 0.0]]}}
    two = read_experiment(make(counts=(9, 2), experiment=experiment))
    assert cost_words(two) == ("predicting 'class 1' for 'class 0' 1, 'class 0' for 'class 1' 20")
    experiment = {"cost": {"matrix": [[0.0, 1.0, 2.0], [20.0, 0.0, 1.0], [3.0, 4.0, 0.0]]}}
    assert cost_words(read_experiment(make(experiment=experiment))).startswith("a matrix, 1 to 20")
    assert cost_words(read_experiment(make())) == ""


def test_a_ledgers_run_has_a_cost_on_test_and_no_rank(make: Make) -> None:
    report = collect(make(methods={"baseline": {"no_outputs": True}, "good": {}}, experiment=COST))
    old = next(m for m in report.methods if m.name == "baseline")
    assert old.rank is None
    assert old.metrics["expected_cost"].mean is not None
    assert "not ranked, as they have no expected_cost: baseline" in report.warnings


def test_without_costs_there_is_none(make: Make) -> None:
    out = make()
    report = collect(out)
    assert set(report.methods[0].metrics) == set(METRICS)
    assert "cost" not in report.as_json()
    assert "xpected" not in report.write(out).read_text()
