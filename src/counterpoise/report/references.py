"""Whether models that are no networks are better than every network that was compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import in_sentence
from counterpoise.report.bootstrap.intervals import Intervals
from counterpoise.report.number_format import listed, shorter
from counterpoise.report.results import Estimate
from counterpoise.report.runs import Run

# what begins the names of references, and how they are called in a sentence
KINDS = {"hist-gradient-boosting": "trees", "logistic-regression": "logistic regression"}


def reference_verdict(
    runs: Mapping[str, Sequence[Run]],
    ranking: Sequence[str],
    select: str,
    intervals: Intervals,
    brief: Collection[str] = (),
) -> str | None:
    """The best reference beside the networks, in a sentence; None without one or the other.

    The reference is chosen on validation, as the best network is, and all differences are paired
    on test.

    Args:
        runs: method -> its runs, all with status ok.
        ranking: the networks, the best first.
        select: the metric that ranks.
        intervals: of the differences.
        brief: networks that were trained too briefly; said where one of them is beaten.
    """
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    known = _on_validation(runs, select)
    if not known or not ranking:
        return None
    best, first = max(known, key=known.__getitem__), ranking[0]
    mine, its = (Estimate.of([r.values.get(select) for r in runs[name]]).mean
                 for name in (best, first))  # fmt: skip
    interval = intervals.of_difference(best, first, select)
    if mine is None or its is None or interval is None:
        return None
    numbers = (
        f"{in_sentence(select)} {shorter(mine)} with {best}, {shorter(its)} with {first}; "
        f"difference {_signed(mine - its)} [{_signed(interval[0])}, {_signed(interval[1])}]"
    )
    kind = _kind(best)
    if beating(runs, ranking, select, intervals) is not None:
        left = [name for name in ranking if name in brief]
        but = f"; more rounds of {listed(left)} may change that" if left else ""
        return f"{beats_networks(best)}: on test {numbers}{but}."
    if all(_better(intervals.of_difference(name, first, select), -sign) for name in known):
        those = " and ".join(dict.fromkeys(map(_kind, known)))
        return f"The best network beats {those} here: on test {numbers}."
    return f"Not shown whether {kind} or the best network is better here: on test {numbers}."


def beating(
    runs: Mapping[str, Sequence[Run]], ranking: Sequence[str], select: str, intervals: Intervals
) -> str | None:
    """The best reference on validation, if it is significantly better on test than every network.

    The arguments are those of `reference_verdict`.
    """
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    known = _on_validation(runs, select)
    if not known or not ranking:
        return None
    best = max(known, key=known.__getitem__)
    beats = all(_better(intervals.of_difference(best, name, select), sign) for name in ranking)
    return best if beats else None


def beats_networks(reference: str) -> str:
    """The verdict of a reference that is better than every network, without its numbers.

    >>> beats_networks("hist-gradient-boosting-balanced")
    'Trees beat every network here'
    """
    kind = _kind(reference)
    verb = "beat" if kind == "trees" else "beats"
    return f"{kind.capitalize() if kind in KINDS.values() else kind} {verb} every network here"


def _on_validation(runs: Mapping[str, Sequence[Run]], select: str) -> dict[str, float]:
    """Reference -> its mean on validation, the larger the better."""
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    means = {
        name: Estimate.of([run.validation_values.get(select) for run in group]).mean
        for name, group in runs.items()
        if any(run.reference for run in group)
    }
    return {name: sign * mean for name, mean in means.items() if mean is not None}


def _kind(name: str) -> str:
    """What a reference is, in words; a user's own is called by its name."""
    return next((kind for begins, kind in KINDS.items() if name.startswith(begins)), name)


def _better(interval: tuple[float, float] | None, sign: float) -> bool:
    """Whether a difference is on the good side of 0 for certain."""
    return interval is not None and min(sign * end for end in interval) > 0


def _signed(value: float) -> str:
    text = shorter(abs(value))
    return f"-{text}" if value < 0 else f"+{text}"
