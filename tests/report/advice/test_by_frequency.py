"""Which classes are rare, in words and in recall."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.advice.by_frequency import by_frequency

Make = Callable[..., Path]


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ((300, 120, 60, 40, 30, 12), [5]),
        ((111, 111, 6, 6), [2, 3]),
        ((900, 100), [1]),
        ((60, 40), [1]),
        ((50, 50, 50), []),
        ((100, 20, 15, 10), [1, 2, 3]),
    ],
)
def test_rare_is_up_to_twice_the_fewest_and_under_the_mean(
    make: Make, counts: tuple[int, ...], rare: list[int]
) -> None:
    group, others = by_frequency(collect(make(counts=counts)).experiment)
    assert group.everywhere == rare
    assert others.everywhere == [k for k in range(len(counts)) if k not in rare]


def test_each_split_has_its_own_rare_classes(make: Make) -> None:
    per_split = {"seed-0": [100, 5, 100], "seed-1": [100, 100, 5]}
    out = make(splits=("seed-0", "seed-1"), experiment={"counts_per_split": per_split})
    report = collect(out)
    group, _ = by_frequency(report.experiment)
    assert group.everywhere == []
    assert group.name("rarest") == "The rarest class"
    assert group.sizes == "5 training, 20 test samples"
    runs = report.runs["baseline"]
    tests = [run.test for run in runs]
    assert all(test is not None for test in tests)
    expected = np.mean([tests[0].recall[1], tests[1].recall[2]])  # type: ignore[union-attr]
    assert group.recall(runs) == pytest.approx(expected)


def test_names_and_sizes(make: Make) -> None:
    report = collect(make(counts=(300, 30, 25), per_class=(40, 4, 3)))
    rare, others = by_frequency(report.experiment)
    assert rare.name("rarest") == "The 2 rarest classes"
    assert rare.sizes == "25 to 30 training, 3 to 4 test samples"
    assert others.name("other") == "The other class 'class 0'"


def test_a_class_without_test_samples_has_no_recall(make: Make) -> None:
    report = collect(make(counts=(300, 30, 25), per_class=(40, 4, 0)))
    rare, _ = by_frequency(report.experiment)
    baseline = next(m for m in report.methods if m.name == "baseline")
    assert baseline.recall is not None
    assert rare.recall(report.runs["baseline"]) == pytest.approx(baseline.recall[1])


def test_without_a_profile_the_same_classes_are_rare_in_every_fold(make: Make) -> None:
    """11 is more than twice 5, and 10 is not."""
    folds = {"fold-0": [30, 10, 5], "fold-1": [30, 11, 5], "fold-2": [30, 11, 5]}
    given = {"profile": "none", "counts_per_split": folds}
    out = make(counts=(30, 11, 5), splits=tuple(folds), experiment=given)
    rare, _ = by_frequency(collect(out).experiment)
    assert rare.everywhere == [2]
    profiled = {"profile": "step:rho=2", "counts_per_split": folds}
    out = make(counts=(30, 11, 5), splits=tuple(folds), experiment=profiled)
    rare, _ = by_frequency(collect(out).experiment)
    assert rare.everywhere == []


def test_one_sample_is_a_sample(make: Make) -> None:
    rare, _ = by_frequency(collect(make(counts=(300, 4), per_class=(30, 1))).experiment)
    assert rare.sizes == "4 training, 1 test sample"
