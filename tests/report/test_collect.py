"""Ranking on validation, verdict on test, baseline differences, warnings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import METRICS
from counterpoise.report import MethodResult, Report, collect

Make = Callable[..., Path]


def named(report: Report, name: str) -> MethodResult:
    return next(m for m in report.methods if m.name == name)


def test_mean_sd_and_values_come_from_the_runs(make: Make) -> None:
    report = collect(make())
    estimate = named(report, "baseline").metrics["accuracy"]
    values = [run.test.accuracy for run in report.runs["baseline"] if run.test]
    assert estimate.values == pytest.approx(values)
    assert estimate.mean == pytest.approx(np.mean(values))
    assert estimate.sd == pytest.approx(np.std(values, ddof=1))
    assert estimate.interval is not None
    assert estimate.interval[0] < np.mean(values) < estimate.interval[1]


def test_clear_winner(make: Make) -> None:
    methods = {"baseline": {"skill": 0.5}, "good": {"skill": 4.0}, "fair": {"skill": 1.5}}
    report = collect(make(methods=methods, per_class=60))
    assert [m.name for m in report.methods] == ["good", "fair", "baseline"]
    assert [m.rank for m in report.methods] == [1, 2, 3]
    assert report.best == "good"
    assert report.indistinguishable == ()
    assert report.verdict == (
        "Best by balanced accuracy on validation: good; on test every other method is worse."
    )
    versus = named(report, "good").vs_baseline
    assert versus is not None
    difference = versus["balanced_accuracy"]
    assert difference.difference is not None
    assert difference.interval is not None
    assert 0 < difference.interval[0] < difference.difference < difference.interval[1]
    assert named(report, "baseline").vs_baseline is None


def test_ranked_on_validation_even_where_test_disagrees(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 1.0}, "lucky": {"skill": 4.0}}, per_class=60)
    for split in ("seed-0", "seed-1", "seed-2"):
        paths = [out / "runs" / m / split / "outputs.npz" for m in ("baseline", "lucky")]
        first, second = (dict(np.load(path)) for path in paths)
        for key in ("validation_scores", "validation_probabilities"):
            first[key], second[key] = second[key], first[key]
        np.savez(paths[0], **first)
        np.savez(paths[1], **second)
    report = collect(out)
    assert report.best == "baseline"
    assert report.indistinguishable == ("lucky",)
    assert any("on test better than it: lucky" in note for note in report.warnings)
    assert report.undecided
    assert report.verdict == (
        "Undecided: baseline is best by balanced accuracy on validation, yet on test better than "
        "it: lucky."
    )


def test_undecided_lists_the_cheapest_first(make: Make) -> None:
    methods = {"baseline": {"seconds": 9.0}, "slow": {"seconds": 80.0}, "fast": {"seconds": 1.0}}
    report = collect(make(methods=methods, per_class=4))
    others = [m for m in ("fast", "baseline", "slow") if m != report.best]
    assert report.undecided
    assert list(report.indistinguishable) == others
    assert report.best == "baseline", "which is kept, as nothing is better"
    assert report.verdict.endswith(
        ": baseline. On test no method is significantly different from "
        "it, cheapest first: fast, slow."
    )


def test_lower_is_better_for_nll(make: Make) -> None:
    methods = {"baseline": {"skill": 0.5}, "good": {"skill": 4.0}}
    report = collect(make(methods=methods, per_class=60, experiment={"select": "nll"}))
    assert report.best == "good"
    assert report.indistinguishable == ()
    versus = named(report, "good").vs_baseline
    assert versus is not None
    assert versus["nll"].interval is not None
    assert versus["nll"].interval[1] < 0


@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_one_bad_split_takes_the_score_away(make: Make, status: str) -> None:
    bad = {"status": status, "error": "loss is inf", "only": ["seed-1"], "skill": 9.0}
    report = collect(make(methods={"baseline": {}, "weighted": bad}))
    method = named(report, "weighted")
    assert method.status == status
    assert method.error == "seed-1: loss is inf"
    assert method.rank is None
    assert all(e.mean is None and e.values == () for e in method.metrics.values())
    assert method.recall is None
    assert method.vs_baseline is None
    assert report.methods[-1] is method
    assert report.best == "baseline"
    assert report.failed == (status == "failed")
    assert not report.undecided
    assert report.verdict == "Best by balanced accuracy on validation: baseline."


def test_nothing_finished(make: Make) -> None:
    report = collect(make(methods={"baseline": {"status": "diverged"}}))
    assert report.best is None
    assert report.verdict == "No method finished with a balanced accuracy."
    assert report.text(80).startswith("baseline: diverged\n")  # no table without a row


def test_without_baseline_there_is_no_difference(make: Make) -> None:
    report = collect(make(methods=["weighted", "oversampling"]))
    assert all(m.vs_baseline is None for m in report.methods)
    assert "vs baseline" in report.text(100)


def test_controls_are_shown_but_never_best(make: Make) -> None:
    methods = {"baseline": {}, "double-updates": {"skill": 9.0, "control": True}}
    report = collect(make(methods=methods))
    assert report.best == "baseline"
    assert report.indistinguishable == ()
    control = named(report, "double-updates")
    assert control.rank is None
    assert control.vs_baseline is not None
    assert any("shown as controls" in note for note in report.warnings)


def test_margins_have_no_nll_and_cannot_be_ranked_by_it(make: Make) -> None:
    methods = {"baseline": {}, "svm": {"margins": True}}
    report = collect(make(methods=methods, experiment={"select": "nll"}))
    svm = named(report, "svm")
    assert svm.metrics["nll"].mean is None
    assert svm.metrics["auc"].mean is not None
    assert not svm.probabilities
    assert svm.rank is None
    assert any("not ranked, as they have no nll: svm" in note for note in report.warnings)


def test_ledger_runs_use_their_values(make: Make) -> None:
    report = collect(make(methods={"baseline": {}, "weighted": {"no_outputs": True}}))
    method = named(report, "weighted")
    run = report.runs["weighted"][0]
    assert set(run.values) == set(METRICS)
    assert method.over_splits_only
    assert method.metrics["auc"].interval is not None
    assert method.recall is not None
    assert any("interval over splits only" in note for note in report.warnings)


def test_recall_is_the_mean_over_splits(make: Make) -> None:
    report = collect(make())
    rows = [run.test.recall for run in report.runs["baseline"] if run.test]
    assert named(report, "baseline").recall == pytest.approx(np.mean(rows, axis=0).tolist())


def test_folds(make: Make) -> None:
    report = collect(make(splits=["fold-0", "fold-1", "fold-2"], per_class=10))
    confusion = named(report, "baseline").confusion
    assert confusion is not None
    assert confusion.true.tolist() == list(report.experiment.n_test) == [30] * 3


def test_same_runs_same_report(make: Make) -> None:
    out = make()
    assert collect(out).as_json() == collect(out).as_json()
