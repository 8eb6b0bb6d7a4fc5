"""The advice: which method, what it does to rare and frequent classes, how sure, what next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterpoise.metrics import LOWER_IS_BETTER, METRICS
from counterpoise.report.advice import next_step
from counterpoise.report.advice.by_frequency import Group, by_frequency, quoted, recalls
from counterpoise.report.advice.chance import chance_level, learned_nothing
from counterpoise.report.number_format import listed, shorter, signed
from counterpoise.report.results import MethodResult, Results

BASELINE = "baseline"
MATTERS = 0.01  # a gain that is certainly under this is no help
LOSES = 0.02  # recall that a class loses, from which it is named
MOST_METHODS = 3


@dataclass(frozen=True)
class _Choice:
    """The method to use, the one it is compared with, and why."""

    use: MethodResult
    other: MethodResult | None
    sentence: str
    certainty: str
    is_open: bool


def advise(results: Results) -> tuple[str, ...]:
    """Sentences to act on; each stands for itself, and they fit six lines of 80 columns mostly.

    A class that the method to use never finds comes first.
    """
    best, baseline = _best_and_baseline(results)
    if best is None:
        return (results.verdict,)
    blind = learned_nothing(best, results.experiment)
    if blind is not None:
        return _blind(results, best, blind)
    brief = _too_brief(best, baseline)
    if brief:
        return _brief(results, best, baseline, brief)
    choice = _choice(results, best, baseline)
    rare, others = by_frequency(results.experiment)
    never = _never_found(results, choice.use)
    found = [
        never and _never_sentence(results, choice.use, never),
        choice.sentence,
        _recall_sentence(results, choice, rare, "rarest"),
        _recall_sentence(results, choice, others, "other"),
        choice.certainty,
        _next(results, choice, rare, never),
    ]
    return tuple(sentence for sentence in found if sentence)


def is_ranking(results: Results) -> bool:
    """Whether the methods learned something, for long enough to be ranked."""
    best, baseline = _best_and_baseline(results)
    if best is None:
        return False
    return learned_nothing(best, results.experiment) is None and not _too_brief(best, baseline)


def _best_and_baseline(results: Results) -> tuple[MethodResult | None, MethodResult | None]:
    best = next((m for m in results.methods if m.name == results.best), None)
    return best, next((m for m in results.methods if m.name == BASELINE and m.ok), None)


def _too_brief(best: MethodResult, baseline: MethodResult | None) -> list[MethodResult]:
    return [m for m in (baseline, best) if m is not None and m.converged is False]


def _choice(results: Results, best: MethodResult, baseline: MethodResult | None) -> _Choice:
    select = results.experiment.select
    metric, reached = _metric(select), shorter(best.metrics[select].mean)
    over = _over(results)
    if baseline is None:
        sentence = f"Use {best.name}: best {metric} on validation, {reached} on test."
        return _Choice(best, None, sentence, _equals(results, best), False)
    helping = [m for m in results.rows if m.rank is not None and _gain(m, select)[1] > 0]
    names = listed([m.name for m in helping], MOST_METHODS)
    usual = shorter(baseline.metrics[select].mean)
    if best is baseline:
        if helping:
            sentence = "Keep the baseline for now: it is the best on validation."
            certainty = f"Not sure: on test better than it: {names} (validation may be too small)."
            return _Choice(baseline, helping[0], sentence, certainty, True)
        sentence = f"Keep the baseline: {_nothing(results)} ({metric} {usual} on test)."
        certainty = f"No method is significantly better than it on test, over {over}."
        return _Choice(baseline, None, sentence, certainty, False)
    gain, low, high = _gain(best, select)
    span = f"{signed(low)} to {signed(high)} over {over}"
    compared = f"{metric} {reached} on test, baseline {usual}"
    if low > 0:
        certainty = f"Sure: it gains {span} (95 %)."
        sentence = f"Use {best.name}: {compared}."
        return _Choice(best, baseline, sentence, f"{certainty} {_equals(results, best)}", False)
    unknown = low == -np.inf
    if gain > 0 and high > MATTERS:
        sentence = f"Use {best.name}, if anything: {compared}."
        certainty = f"Not sure: that gain may be chance (95 %: {span})."
        if unknown:
            certainty = "Not known how sure: one split without scores of single samples."
        return _Choice(best, baseline, sentence, certainty, True)
    if helping:
        sentence = f"Keep the baseline for now: validation chose {best.name}, {compared}."
        certainty = f"Not sure: on test better than the baseline: {names}."
        return _Choice(baseline, best, sentence, certainty, True)
    nothing = _nothing(results)
    sentence = f"Keep the baseline: {nothing}. Best on validation: {best.name}, {compared}."
    certainty = f"The gain of {best.name} is {span} (95 %)."
    if unknown:
        certainty = "Not known how sure: one split without scores of single samples."
    return _Choice(baseline, best, sentence, certainty, high > MATTERS and not unknown)


def _nothing(results: Results) -> str:
    """Whether no method can gain what matters, or none is only shown to."""
    ranked = [m for m in results.rows if m.rank is not None and m.name != BASELINE]
    if all(_gain(m, results.experiment.select)[2] <= MATTERS for m in ranked):
        return "nothing helps"
    return "nothing is shown to help"


def _recall_sentence(results: Results, choice: _Choice, group: Group, what: str) -> str | None:
    """Recall of the group by the method to use, and by the one it is compared with."""
    if not group.chosen.any():
        return None
    now = group.recall(results.runs[choice.use.name])
    if now is None:
        return None
    said = f"{group.name(what)} ({group.sizes}): recall "
    if choice.other is None:
        return f"{said}{shorter(now, 2)}."
    before = group.recall(results.runs[choice.other.name])
    if choice.use.name == BASELINE:
        return f"{said}{shorter(now, 2)}; {shorter(before, 2)} with {choice.other.name}."
    change = f"{shorter(before, 2)} -> {shorter(now, 2)}"
    return f"{said}{change}{_loser(results, choice, group)}."


def _loser(results: Results, choice: _Choice, group: Group) -> str:
    """The class of the group that loses most, if it loses enough to be named."""
    assert choice.other is not None
    now, before = (recalls(results.runs[m.name]) for m in (choice.use, choice.other))
    if now is None or before is None or group.number < 2:
        return ""
    change = np.where(group.chosen & ~np.isnan(now - before), now - before, 0.0).sum(axis=0)
    change = change / np.maximum(group.chosen.sum(axis=0), 1)
    k = int(change.argmin())
    if change[k] > -LOSES:
        return ""
    return f"; class '{group.classes[k]}' loses most ({shorter(-float(change[k]), 2)})"


def _never_found(results: Results, method: MethodResult) -> list[int]:
    """Classes with test samples of which the method found none in any split."""
    rows = recalls(results.runs[method.name])
    if rows is None:
        return []
    found = np.nan_to_num(rows).sum(axis=0) > 0
    tested = (~np.isnan(rows)).any(axis=0)
    return sorted(
        np.flatnonzero(tested & ~found).tolist(), key=lambda k: results.experiment.counts[k]
    )


def _never_sentence(results: Results, method: MethodResult, never: list[int]) -> str:
    e = results.experiment
    if len(never) == 1:
        (k,) = never
        return (
            f"{method.name} never finds class '{e.classes[k]}' ({e.counts[k]} training samples, "
            f"0 of {e.n_test[k]} test samples){_finder(results, k)}."
        )
    names = quoted([e.classes[k] for k in never])
    return f"{method.name} never finds {len(never)} of {len(e.classes)} classes: {names}."


def _finder(results: Results, k: int) -> str:
    """The ranked method that finds most of class `k`, if one does."""
    found = [(m.recall[k] or 0.0, m.name) for m in results.rows if m.rank is not None and m.recall]
    recall, name = max(found, key=lambda pair: pair[0], default=(0.0, ""))
    return f"; {name} has a recall of {shorter(recall, 2)} there" if recall else ""


def _next(results: Results, choice: _Choice, rare: Group, never: list[int]) -> str:
    e = results.experiment
    steps = []
    if results.unfinished:
        return "Next: finish it, as the first warning says."
    if never and "frozen features" not in e.model and not e.model.startswith(("mlp", "linear")):
        steps.append("--frozen, if these are images (features of a pretrained network)")
    few = never or np.flatnonzero(rare.chosen.any(axis=0)).tolist()
    more = next_step.more_of_class(e, min(few, key=lambda k: e.n_test[k])) if few else None
    hopeful = choice.use.name != BASELINE or next_step.tests_on_a_part(e)
    if choice.is_open and choice.other is not None and hopeful:
        compared = choice.use if choice.use.name != BASELINE else choice.other
        versus = (compared.vs_baseline or {}).get(e.select)
        if versus is not None and versus.interval is not None and versus.difference is not None:
            steps.append(next_step.more_data(e, versus.difference, versus.interval) or "")
    folds = any(step.startswith(("--folds", "folds=")) for step in steps)
    if more and not (folds and next_step.tests_on_a_part(e)):
        steps.append(more)
    steps = [step for step in steps if step]
    if not steps:
        return "Next: `counterpoise predict FOLDER FILES` labels new samples with it."
    return f"Next: {'; '.join(steps[:2])}."


def _blind(results: Results, best: MethodResult, metric: str) -> tuple[str, ...]:
    """Nothing was learned."""
    e, found = results.experiment, best.metrics[metric]
    level = chance_level(metric, e)
    assert level is not None
    assert found.mean is not None
    interval = ""
    if found.interval:
        interval = f" (95 %: {shorter(found.interval[0])} to {shorter(found.interval[1])})"
    said = (
        f"Use none of them: nothing is shown to be learned. The best, {best.name}, has "
        f"{_metric(metric)} {shorter(found.mean)} on test{interval}, guessing {shorter(level)}."
    )
    steps = ["check that labels belong to their samples (counterpoise inspect)"]
    if best.converged is False:
        steps = [next_step.more_rounds(e), *steps]
    elif found.interval:
        around = (found.interval[0] - level, found.interval[1] - level)
        steps.append(next_step.more_data(e, found.mean - level, around) or "")
    return said, f"Next: {'; '.join(step for step in steps if step)}."


def _brief(
    results: Results,
    best: MethodResult,
    baseline: MethodResult | None,
    brief: list[MethodResult],
) -> tuple[str, ...]:
    """Trained too briefly to compare."""
    select = results.experiment.select
    names = " and ".join(dict.fromkeys(m.name for m in brief))
    rounds = results.experiment.rounds
    after = f" after {rounds} rounds" if rounds else ""
    said = f"Undecided, as trained too briefly: the loss of {names} was still falling{after}."
    now = f"So far the best is {best.name}: {_metric(select)} {shorter(best.metrics[select].mean)}"
    usual = ""
    if baseline is not None and baseline is not best:
        usual = f", baseline {shorter(baseline.metrics[select].mean)}; more rounds may reverse that"
    return said, f"{now} on test{usual}.", f"Next: {next_step.more_rounds(results.experiment)}."


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
    """What does not differ from the best."""
    names = listed(results.indistinguishable, MOST_METHODS)
    if names:
        return f"Not significantly different: {names}."
    ranked = sum(m.rank is not None for m in results.rows)
    return "On test every other method is worse." if ranked > 1 else ""


def _over(results: Results) -> str:
    number = len(results.experiment.splits)
    if number == 1:
        return "one split, so without how training varies"
    return f"{number} {'folds' if results.experiment.folds else 'seeds'}"


def _metric(name: str) -> str:
    words = METRICS[name]
    return words if words[1:2].isupper() or words[1:2] == "-" else words[0].lower() + words[1:]
