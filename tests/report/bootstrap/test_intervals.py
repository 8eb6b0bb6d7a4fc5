"""Intervals against a bootstrap written as a slow loop, and against their own rules."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import METRICS, Evaluation
from counterpoise.report.bootstrap import intervals as module
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.read_runs import read_experiment, read_run, read_targets
from counterpoise.report.runs import Run, SplitTargets

Make = Callable[..., Path]


def load(out: Path) -> tuple[dict[str, list[Run]], list[SplitTargets | None]]:
    experiment = read_experiment(out)
    targets = [read_targets(out, s) for s in experiment.splits]
    size = len(experiment.classes)
    runs = {
        m: [
            read_run(out, m, s, known, size)
            for s, known in zip(experiment.splits, targets, strict=True)
        ]
        for m in experiment.methods
    }
    return runs, targets


def slow(
    runs: list[Run], targets: list[SplitTargets], metric: str, seed: int, draws: int = 400
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        values = []
        common = None
        for s in rng.integers(0, len(runs), len(runs)):
            groups, test = targets[s].test_groups, runs[s].test
            assert test is not None
            assert test.scores is not None
            if (
                common is None
                or len(targets) == 1
                or targets[0].test_indices[0] != targets[-1].test_indices[0]
            ):
                num = groups.max() + 1
                common = np.concatenate(
                    [np.flatnonzero(groups == g) for g in rng.integers(0, num, num)]
                )
            p = test.probabilities
            part = Evaluation.from_scores(
                test.scores[common],
                targets[s].test[common],
                test.num_classes,
                None if p is None else p[common],
            )
            values.append(getattr(part, metric))
        found.append(np.mean(values))
    return np.array(found)


@pytest.mark.parametrize("splits", [("seed-0", "seed-1", "seed-2"), ("fold-0", "fold-1", "fold-2")])
@pytest.mark.parametrize("grouped", [None, 4])
def test_agrees_with_a_slow_loop(make: Make, splits: tuple[str, ...], grouped: int | None) -> None:
    runs, targets = load(make(methods=["baseline"], splits=splits, per_class=24, grouped=grouped))
    known = [one for one in targets if one is not None]
    intervals = Intervals(runs, targets)
    for metric in ("balanced_accuracy", "auc", "nll"):
        expected = slow(runs["baseline"], known, metric, seed=1)
        interval = intervals.of("baseline", metric)
        assert interval is not None
        tolerance = 0.35 * expected.std()  # of quantiles of 400 and 2000 draws
        np.testing.assert_allclose(
            interval, np.quantile(expected, [0.025, 0.975]), atol=tolerance, err_msg=metric
        )


def test_differences_are_paired(make: Make) -> None:
    runs, targets = load(make(methods=["a", "b"]))
    runs["same"] = [replace(run, method="same") for run in runs["a"]]
    intervals = Intervals(runs, targets)
    for metric in METRICS:
        assert intervals.of_difference("a", "same", metric) == (0.0, 0.0)
    forth = intervals.of_difference("a", "b", "accuracy")
    back = intervals.of_difference("b", "a", "accuracy")
    assert forth is not None
    assert back is not None
    assert forth == pytest.approx((-back[1], -back[0]))
    alone = intervals.of("a", "accuracy")
    assert alone is not None
    assert alone[1] > alone[0]


def test_interval_narrows_with_more_samples(make: Make) -> None:
    widths = []
    for per_class in (20, 320):
        runs, targets = load(make(methods=["a"], splits=["seed-0"], per_class=per_class))
        interval = Intervals(runs, targets).of("a", "accuracy")
        assert interval is not None
        widths.append(interval[1] - interval[0])
    assert 2.5 < widths[0] / widths[1] < 6.5  # a sixteenth of the variance: a quarter


def test_repeats_exactly(make: Make) -> None:
    runs, targets = load(make())
    first, second = Intervals(runs, targets), Intervals(runs, targets)
    for metric in METRICS:
        assert first.of("baseline", metric) == second.of("baseline", metric)


def test_without_outputs_only_splits_are_drawn(make: Make) -> None:
    runs, targets = load(make(methods={"a": {}, "b": {"no_outputs": True}}))
    intervals = Intervals(runs, targets)
    assert not intervals.over_splits_only("a")
    assert intervals.over_splits_only("b")
    interval = intervals.of("b", "accuracy")
    points = [run.values["accuracy"] for run in runs["b"]]
    assert interval is not None
    assert all(p is not None for p in points)
    assert min(points) <= interval[0] <= interval[1] <= max(points)  # type: ignore[type-var]
    assert intervals.of_difference("a", "b", "accuracy") is not None


def test_one_split_without_outputs_has_no_interval(make: Make) -> None:
    runs, targets = load(make(methods={"a": {"no_outputs": True}, "b": {}}, splits=["seed-0"]))
    intervals = Intervals(runs, targets)
    assert intervals.of("a", "accuracy") is None
    assert intervals.of("b", "accuracy") is not None
    assert intervals.of_difference("a", "b", "accuracy") is None


def test_undefined_metrics_have_no_interval(make: Make) -> None:
    runs, targets = load(make(methods={"svm": {"margins": True}}))
    intervals = Intervals(runs, targets)
    assert intervals.of("svm", "nll") is None
    assert intervals.of("svm", "auc") is not None


def test_large_work_switches_to_the_expansion(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, targets = load(make(methods=["a"], per_class=150))
    exact = Intervals(runs, targets).of("a", "auc")
    monkeypatch.setattr(module, "EXACT_SORTING", 0)
    quick = Intervals(runs, targets).of("a", "auc")
    assert exact is not None
    assert quick is not None
    assert exact != quick
    np.testing.assert_allclose(exact, quick, atol=0.1 * (exact[1] - exact[0]))
