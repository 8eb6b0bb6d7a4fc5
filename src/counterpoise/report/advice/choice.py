"""The method to use, the one it is compared with, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import EXPECTED_COST, in_sentence
from counterpoise.report.advice.by_frequency import all_quoted, never_found
from counterpoise.report.number_format import listed, shorter, signed
from counterpoise.report.results import MethodResult, Results

BASELINE = "baseline"
MATTERS = 0.01  # a gain that is certainly under this is no help
MOST_METHODS = 3


@dataclass(frozen=True)
class Choice:
    """The method to use, the one it is compared with, and why."""

    use: MethodResult
    other: MethodResult | None
    sentence: str
    certainty: str
    is_open: bool


def choose(results: Results, best: MethodResult, baseline: MethodResult | None) -> Choice:
    """The best on validation, unless it does not gain over the baseline on test.

    The baseline is not advised while it never finds a class that a method with a gain does.
    """
    choice = _by_gain(results, best, baseline)
    if choice.use is not baseline:
        return choice
    return _finding(results, baseline) or choice


def _by_gain(results: Results, best: MethodResult, baseline: MethodResult | None) -> Choice:
    select = results.experiment.select
    metric, reached = in_sentence(select), shorter(best.metrics[select].mean)
    over = _over(results)
    if baseline is None:
        sentence = f"Use {best.name}: best {metric} on validation, {reached} on test."
        return Choice(best, None, sentence, _equals(results, best), False)
    gains = [(m, *_gain(m, select)[1:]) for m in _compared(results)]
    least, least_said = _matters(baseline, select)
    helping = [m for m, low, high in gains if low > 0 and high > least]
    small = [m.name for m, low, high in gains if low > 0 and high <= least]
    names = _some([m.name for m in helping])
    usual = shorter(baseline.metrics[select].mean)
    if best is baseline:
        if helping:
            sentence = "Keep the baseline for now: it is the best on validation."
            certainty = f"Not sure: on test better than it: {names} (validation may be too small)."
            return Choice(baseline, helping[0], sentence, certainty, True)
        sentence = f"Keep the baseline: {_nothing(results, baseline)} ({metric} {usual} on test)."
        certainty = f"No {results.kind} is significantly better than it on test, over {over}."
        if small:
            certainty = f"Sure to gain, but under {least_said}: {_some(small)}."
        if not _compared(results):
            certainty = ""
        return Choice(baseline, None, sentence, certainty, False)
    gain, low, high = _gain(best, select)
    bounds = f"{signed(low)} to {signed(high)}"
    span = f"{bounds} over {over}"
    compared = f"{metric} {reached} on test, baseline {usual}"
    more, less = ("saves", "costs") if select == EXPECTED_COST else ("gains", "loses")
    if select == EXPECTED_COST and gain:
        moves = "falls" if gain > 0 else "rises"
        compared = f"{metric} per sample {moves} from {usual} to {reached} on test"
    if best in helping:
        certainty = f"Sure: it {more} {span} (95 %)."
        if len(results.experiment.splits) == 1:
            certainty = (
                f"On this one split: it {more} {bounds} (95 %), without how training varies."
            )
        sentence = f"Use {best.name}: {compared}."
        return Choice(best, baseline, sentence, f"{certainty} {_equals(results, best)}", False)
    unknown = low == -np.inf
    if gain > 0 and high > least:
        sentence = f"Use {best.name}, if anything: {compared}."
        certainty = f"Not sure: that gain may be chance (95 %: {span})."
        if unknown:
            certainty = "Not known how sure: one split without scores of single samples."
        return Choice(best, baseline, sentence, certainty, True)
    if helping:
        sentence = f"Keep the baseline for now: validation chose {best.name}, {compared}."
        certainty = f"Not sure: on test better than the baseline: {names}."
        return Choice(baseline, best, sentence, certainty, True)
    nothing = _nothing(results, baseline)
    sentence = f"Keep the baseline: {nothing} ({metric} {usual} on test)."
    moves = f"{more} {bounds}" if high > 0 else f"{less} {shorter(-high)} to {shorter(-low)}"
    certainty = f"{best.name}, best on validation, {moves} on test over {over} (95 %)."
    if low > 0:
        certainty = f"{certainty[:-1]}: under {least_said}, too small to matter."
    if unknown:
        certainty = "Not known how sure: one split without scores of single samples."
    return Choice(baseline, best, sentence, certainty, high > least and not unknown)


def _finding(results: Results, baseline: MethodResult) -> Choice | None:
    """The method that finds most of the classes that the baseline never does, if it may gain."""
    e = results.experiment
    never = never_found(e, results.runs[baseline.name])
    able = [
        (found, method)
        for method in _compared(results)
        if _gain(method, e.select)[0] > 0
        and (found := [k for k in never if method.recall and method.recall[k]])
    ]
    if not able:
        return None
    found, use = max(able, key=lambda pair: len(pair[0]))  # of equal ones the first by validation
    names = all_quoted([e.classes[k] for k in found])
    finds = f"class {names}" if len(found) == 1 else f"{len(found)} classes ({names})"
    _, low, high = _gain(use, e.select)
    sentence = f"Use {use.name}, if anything: it finds {finds}; the baseline never does."
    certainty = "Not sure: validation did not choose it"
    if low != -np.inf:
        more = "saves" if e.select == EXPECTED_COST else "gains"
        certainty += f"; it {more} {signed(low)} to {signed(high)} on test (95 %)"
    return Choice(use, baseline, sentence, f"{certainty}.", True)


def _nothing(results: Results, baseline: MethodResult) -> str:
    """Whether no method can gain what matters, or none is only shown to."""
    ranked = _compared(results)
    if not ranked:
        alike = any(m.name == BASELINE and m.aliases for m in results.rows)
        if any(m.left for m in results.rows):
            return "the others left the race, below it on validation"
        return "the others gave the same scores" if alike else "nothing was compared with it"
    select = results.experiment.select
    gains = [_gain(m, select) for m in ranked]
    least, least_said = _matters(baseline, select)
    if all(high <= least for _, _, high in gains):
        small = any(low > 0 for _, low, _ in gains)
        counts = results.experiment.counts
        even = "nothing helps, as no class is rarer than another"
        nothing = even if min(counts) == max(counts) else "nothing helps"
        return f"no gain reaches {least_said}" if small else nothing
    return "nothing is shown to help"


def _matters(baseline: MethodResult, select: str) -> tuple[float, str]:
    """The gain under which nothing helps, and its words: of a cost, a share of the baseline's."""
    if select == EXPECTED_COST:
        share = f"{100 * MATTERS:g} % of the baseline's cost"
        return MATTERS * (baseline.metrics[select].mean or 0.0), share
    return MATTERS, shorter(MATTERS, 2)


def _compared(results: Results) -> list[MethodResult]:
    """Every ranked method but the baseline and those with the same scores as another."""
    return [m for m in results.rows if m.rank is not None and m.name != BASELINE]


def _gain(method: MethodResult, select: str) -> tuple[float, float, float]:
    """Over the baseline on test, with its interval, positive where better; (0, -inf, inf)."""
    versus = (method.vs_baseline or {}).get(select)
    if versus is None or versus.difference is None:
        return 0.0, -np.inf, np.inf
    low, high = versus.interval or (-np.inf, np.inf)
    if select in LOWER_IS_BETTER:
        return -versus.difference, -high, -low
    return versus.difference, low, high


def _equals(results: Results, best: MethodResult) -> str:
    """What does not differ from the best, and what is better on test."""
    better = results.better_on_test
    equal = [name for name in results.indistinguishable if name not in better]
    said = []
    if equal:
        said.append(f"Not significantly different: {_some(equal)}.")
    if better:
        said.append(f"On test better than it: {_some(better)}.")
    if said:
        return " ".join(said)
    ranked = sum(m.rank is not None for m in results.rows)
    stayed = " that stayed in the race" if any(m.left for m in results.rows) else ""
    return f"On test every other {results.kind}{stayed} is worse." if ranked > 1 else ""


def _some(names: Sequence[str]) -> str:
    return listed(names, MOST_METHODS)


def _over(results: Results) -> str:
    number = len(results.experiment.splits)
    if number == 1:
        return "one split, so without how training varies"
    return f"{number} {'folds' if results.experiment.folds else 'seeds'}"
