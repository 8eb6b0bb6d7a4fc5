"""Levels of guessing, against predictions that never look at their input."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import Evaluation
from counterpoise.report import collect
from counterpoise.report.advice.chance import chance_level, learned_nothing, nobody_learned

Make = Callable[..., Path]


@pytest.mark.parametrize("metric", ["balanced_accuracy", "auc", "average_precision"])
def test_levels_are_what_random_scores_reach(make: Make, metric: str) -> None:
    experiment = collect(make(per_class=(400, 200, 60))).experiment
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1, 2], [400, 200, 60])
    reached = []
    for _ in range(20):
        scores = rng.dirichlet([1.0, 1.0, 1.0], len(target))
        reached.append(Evaluation.from_scores(scores, target, 3, scores).values()[metric])
    level = chance_level(metric, experiment)
    assert level == pytest.approx(np.mean([value or 0.0 for value in reached]), abs=0.02)


def test_nll_is_that_of_the_training_shares_or_of_equal_probabilities(make: Make) -> None:
    balanced = collect(make(counts=(200, 50, 10), per_class=20)).experiment
    assert chance_level("nll", balanced) == pytest.approx(np.log(3))
    alike = collect(make(counts=(200, 50, 10), per_class=(200, 50, 10))).experiment
    shares = np.array([200, 50, 10]) / 260
    assert chance_level("nll", alike) == pytest.approx(-(shares * np.log(shares)).sum())


def test_what_goes_with_a_good_model_is_no_sign(make: Make) -> None:
    experiment = collect(make()).experiment
    assert chance_level("g_mean", experiment) is None
    assert chance_level("accuracy", experiment) is None


@pytest.mark.parametrize(
    ("skill", "select", "expected"),
    [
        (0.0, "balanced_accuracy", "balanced_accuracy"),
        (0.0, "auc", "auc"),
        (0.0, "g_mean", "balanced_accuracy"),
        (3.0, "g_mean", None),
        (3.0, "nll", None),
    ],
)
def test_a_method_at_chance(make: Make, skill: float, select: str, expected: str | None) -> None:
    report = collect(
        make(methods={"baseline": {"skill": skill or 1e-9}}, experiment={"select": select})
    )
    assert learned_nothing(report.methods[0], report.experiment) == expected


@pytest.mark.parametrize(
    ("skills", "expected"),
    [((1e-9, 1e-9), "balanced_accuracy"), ((1e-9, 3.0), None), ((3.0, 1e-9), None)],
)
def test_nothing_is_learned_if_no_method_learned(
    make: Make, skills: tuple[float, float], expected: str | None
) -> None:
    methods = {name: {"skill": skill} for name, skill in zip("ab", skills, strict=True)}
    report = collect(make(methods=methods))
    assert nobody_learned(report.methods, report.experiment) == expected
