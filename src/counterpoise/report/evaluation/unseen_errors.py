"""Intervals of metrics for errors that a bootstrap cannot draw, as none happened.

A class of which all samples are predicted right, or all wrong, is the same in every draw, so the
bootstrap takes its recall for certain. With 10 of 10 found, the true recall may well be .72.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from counterpoise.report.evaluation.findings import Measured
from counterpoise.report.results import Interval

LEVEL = 0.95
BOUNDS = (-1.0, 0.0, 1.0)  # of metrics
CLOSE = 1e-9


@dataclass(frozen=True)
class Found:
    """A class that has samples.

    Args:
        recall: of it.
        number: of its independent samples: of groups, where the data have groups.
    """

    recall: float
    number: int

    @property
    def is_certain(self) -> bool:
        """Whether all draws of a bootstrap agree on its recall."""
        return self.recall in (0.0, 1.0)

    def interval(self, level: float = LEVEL) -> Interval:
        """Wilson's interval of the recall."""
        return wilson(round(self.recall * self.number), self.number, level)


def wilson(hits: int, number: int, level: float = LEVEL) -> Interval:
    """Interval of a share, ``hits`` of ``number``. (Wilson 1927)

    >>> [round(end, 3) for end in wilson(10, 10)]
    [0.722, 1.0]
    """
    from scipy.stats import binomtest

    found = binomtest(hits, number).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def widened(
    metrics: Mapping[str, Measured], classes: Sequence[Found], total: int
) -> dict[str, Measured]:
    """The metrics, with intervals for what their bootstrap took for certain.

    Balanced accuracy is a mean of recalls, independent of each other, and G-mean one of their
    logarithms. The limit of such a mean lies as far from it as the root of the summed squares of
    the distances of its terms' own limits: those of the bootstrap for the classes that it sees,
    Wilson's for each of the others. (Zou, Huang and Zhang 2009, "A note on confidence interval
    estimation for a linear function of binomial proportions", doi:10.1016/j.csda.2008.09.033)

    The smallest recall is bounded by the limits of all K classes at once, so each of these is
    missed with 5 % / K at most (Bonferroni); for two classes, that is Wilson's interval again. An
    accuracy of 0 or 1 has Wilson's interval. Any other metric that stands at its bound in all
    draws has None.

    Args:
        metrics: name -> value and bootstrap interval.
        classes: those that have samples.
        total: number of independent samples.
    """
    found = {name: _without_certainty(one) for name, one in metrics.items()}
    certain = [one for one in classes if one.is_certain]
    if not certain:
        return found
    own: dict[str, Callable[[float, Interval], Interval | None]] = {
        "accuracy": lambda value, drawn: _accuracy(value, drawn, total),
        "balanced_accuracy": lambda value, drawn: _mean(value, drawn, certain, len(classes)),
        "g_mean": lambda value, drawn: _geometric_mean(value, drawn, certain, len(classes)),
        "worst_recall": lambda value, drawn: _smallest(drawn, certain, len(classes)),
    }
    for name, interval_of in own.items():
        one = metrics[name]
        if one.value is not None and one.interval is not None:
            found[name] = replace(one, interval=interval_of(one.value, one.interval))
    return found


def _without_certainty(one: Measured) -> Measured:
    if one.value is None or one.interval is None:
        return one
    is_certain = one.interval[1] - one.interval[0] < CLOSE and any(
        abs(one.value - bound) < CLOSE for bound in BOUNDS
    )
    return replace(one, interval=None) if is_certain else one


def _accuracy(value: float, drawn: Interval, total: int) -> Interval:
    return wilson(round(value * total), total) if value in (0.0, 1.0) else drawn


def _mean(value: float, drawn: Interval, certain: Sequence[Found], number: int) -> Interval:
    below, above = [max(0.0, value - drawn[0])], [max(0.0, drawn[1] - value)]
    for one in certain:
        low, high = one.interval()
        below.append((one.recall - low) / number)
        above.append((high - one.recall) / number)
    return max(0.0, value - math.hypot(*below)), min(1.0, value + math.hypot(*above))


def _geometric_mean(
    value: float, drawn: Interval, certain: Sequence[Found], number: int
) -> Interval | None:
    if value == 0:
        return None  # as one class is never found, whatever becomes of the others
    if drawn[0] == 0:
        return drawn
    terms = [math.log(one.interval()[0]) / number for one in certain]  # each has recall 1
    low = value * math.exp(-math.hypot(max(0.0, math.log(value / drawn[0])), *terms))
    return low, max(value, drawn[1])


def _smallest(drawn: Interval, certain: Sequence[Found], number: int) -> Interval:
    level = max(LEVEL, 1 - 2 * (1 - LEVEL) / number)
    never = [one.interval(level)[1] for one in certain if one.recall == 0]
    if never:
        return 0.0, min(never)
    return min(drawn[0], *(one.interval(level)[0] for one in certain)), drawn[1]
