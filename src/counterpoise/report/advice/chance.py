"""Whether anything was learned: what a prediction that never looks at its input reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.records import ExperimentRecord
from counterpoise.report.results import MethodResult

BALANCED = "balanced_accuracy"
BY_SCORES = ("auc", "average_precision", "nll")  # which may be good where predictions are not


def chance_level(metric: str, experiment: ExperimentRecord) -> float | None:
    """What guessing reaches on the test set, for balanced accuracy and metrics of the scores.

    With K classes that have test samples: balanced accuracy and average precision 1/K (a constant
    finds one class whole and no other; one-vs-rest precision at random is a class's share, whose
    mean over classes is 1/K), AUC 1/2, NLL the lesser of ln K (equal probabilities) and that of
    the training shares as probabilities. Other metrics have None: a G-mean or worst recall of 0
    may go with a good model, and accuracy only tells how frequent the classes are.
    """
    tested = [k for k, num in enumerate(experiment.n_test) if num]
    if len(tested) < 2:
        return None
    if metric in (BALANCED, "average_precision"):
        return 1 / len(tested)
    if metric == "auc":
        return 0.5
    if metric == "nll":
        total, test = sum(experiment.counts), sum(experiment.n_test)
        by_share = math.inf
        if all(experiment.counts[k] for k in tested):
            by_share = sum(
                -experiment.n_test[k] * math.log(experiment.counts[k] / total) for k in tested
            )
        return min(math.log(len(experiment.classes)), by_share / test)
    return None


def learned_nothing(method: MethodResult, experiment: ExperimentRecord) -> str | None:
    """The metric in which a method is not significantly better than guessing, or None.

    It has to be so in balanced accuracy and, where the selecting metric reads scores, in that too.
    """
    asked = [BALANCED]
    if experiment.select in BY_SCORES:
        asked.append(experiment.select)
    return asked[-1] if all(_at_chance(method, m, experiment) for m in asked) else None


def nobody_learned(methods: Sequence[MethodResult], experiment: ExperimentRecord) -> str | None:
    """The metric in which no ranked method is significantly better than guessing, or None."""
    found = [learned_nothing(m, experiment) for m in methods if m.rank is not None]
    return found[0] if found and None not in found else None


def _at_chance(method: MethodResult, metric: str, experiment: ExperimentRecord) -> bool:
    level, found = chance_level(metric, experiment), method.metrics[metric]
    if level is None or found.mean is None:
        return False
    low, high = found.interval or (found.mean, found.mean)
    return high >= level if metric in LOWER_IS_BETTER else low <= level
