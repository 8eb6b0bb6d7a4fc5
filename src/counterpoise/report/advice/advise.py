"""The advice: which method, what it does to rare and frequent classes, how sure, what next."""

from __future__ import annotations

import re

import numpy as np

from counterpoise.metrics.names import in_sentence
from counterpoise.report.advice import next_step
from counterpoise.report.advice.beaten import beaten, of_networks
from counterpoise.report.advice.by_frequency import (
    Group,
    all_quoted,
    by_frequency,
    never_found,
    recalls,
)
from counterpoise.report.advice.chance import BALANCED, chance_level, nobody_learned
from counterpoise.report.advice.choice import BASELINE, Choice, choose
from counterpoise.report.advice.command import again
from counterpoise.report.advice.six_lines import in_six_lines
from counterpoise.report.number_format import quoted, shorter
from counterpoise.report.results import MethodResult, Results

LOSES = 0.02  # recall that a class loses, from which it is named
FEWEST_ROUNDS = 3  # with fewer, converged is null: nothing can be told of a loss
GOOD = 0.95  # balanced accuracy, from which a stronger model has little left to gain


def advise(results: Results) -> tuple[str, ...]:
    """At most six entries to act on, each of one to three sentences that stand for themselves.

    A class that the method to use never finds comes first. Where a reference beats every network,
    one more entry says so before all, and the others are about the networks.
    """
    best, baseline = _best_and_baseline(results)
    if best is None:
        return (results.verdict,)
    if results.beaten_by is None:
        return _of_networks(results, best, baseline)
    return beaten(results, best), *of_networks(_of_networks(results, best, baseline))


def _of_networks(
    results: Results, best: MethodResult, baseline: MethodResult | None
) -> tuple[str, ...]:
    blind = nobody_learned(results.methods, results.experiment)
    if blind is not None:
        return _blind(results, best, blind)
    brief = _too_brief(results, best, baseline)
    if brief:
        return _brief(results, best, baseline, brief)
    choice = choose(results, best, baseline)
    rare, others = by_frequency(results.experiment)
    never = never_found(results.experiment, results.runs[choice.use.name])
    found = [
        never and _never_sentence(results, choice.use, never),
        choice.sentence,
        None if never and rare.everywhere == never else _recall_of_rare(results, choice, rare),
        None if choice.other is None else _recall_of_others(results, choice, others),
        choice.certainty,
        _next(results, choice, rare, never),
    ]
    said = [sentence for sentence in found if sentence]
    return in_six_lines(said, least=others.name("other"))


def advised(results: Results) -> str | None:
    """The method that the advice says to use; None where it recommends none."""
    best, baseline = _best_and_baseline(results)
    if best is None or not is_ranking(results):
        return None
    return choose(results, best, baseline).use.name


def is_ranking(results: Results) -> bool:
    """Whether the methods learned something, for long enough to be ranked."""
    best, baseline = _best_and_baseline(results)
    if best is None:
        return False
    learned = nobody_learned(results.methods, results.experiment) is None
    return learned and not _too_brief(results, best, baseline)


def _best_and_baseline(results: Results) -> tuple[MethodResult | None, MethodResult | None]:
    best = next((m for m in results.methods if m.name == results.best), None)
    return best, next((m for m in results.methods if m.name == BASELINE and m.ok), None)


def _too_brief(
    results: Results, best: MethodResult, baseline: MethodResult | None
) -> list[MethodResult]:
    """Those whose loss was still falling, or of too few rounds to tell."""
    rounds = results.experiment.rounds
    unseen = rounds is not None and rounds < FEWEST_ROUNDS
    found = [m for m in (baseline, best) if m is not None]
    return [m for m in found if m.converged is False or (unseen and m.converged is None)]


def _recall_of_rare(results: Results, choice: Choice, group: Group) -> str | None:
    changed = _change(results, choice, group)
    return changed and f"{group.name('rarest')} ({group.sizes}): recall {changed}."


def _recall_of_others(results: Results, choice: Choice, group: Group) -> str | None:
    """What it costs; where the baseline stays, nothing does."""
    changed = None if choice.use.name == BASELINE else _change(results, choice, group)
    return changed and f"{group.name('other')}: recall {changed}{_loser(results, choice, group)}."


def _change(results: Results, choice: Choice, group: Group) -> str | None:
    """Recall of the group by the method to use, and by the one it is compared with."""
    if not group.chosen.any():
        return None
    now = group.recall(results.runs[choice.use.name])
    if now is None:
        return None
    if choice.other is None:
        return shorter(now, 2)
    before = group.recall(results.runs[choice.other.name])
    if choice.use.name == BASELINE:
        return f"{shorter(now, 2)}; {shorter(before, 2)} with {choice.other.name}"
    return f"{shorter(before, 2)} -> {shorter(now, 2)}"


def _loser(results: Results, choice: Choice, group: Group) -> str:
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
    return f"; class {quoted(group.classes[k])} loses most ({shorter(-float(change[k]), 2)})"


def _never_sentence(results: Results, method: MethodResult, never: list[int]) -> str:
    e = results.experiment
    if len(never) == 1:
        (k,) = never
        return (
            f"{method.name} never finds class {quoted(e.classes[k])} ({e.counts[k]} training "
            f"samples, 0 of {e.n_test[k]} on test){_finder(results, k)}."
        )
    names = all_quoted([e.classes[k] for k in never])
    return f"{method.name} never finds {len(never)} of {len(e.classes)} classes: {names}."


def _finder(results: Results, k: int) -> str:
    """The ranked method that finds most of class `k`, if one does."""
    found = [(m.recall[k] or 0.0, m.name) for m in results.rows if m.rank is not None and m.recall]
    recall, name = max(found, key=lambda pair: pair[0], default=(0.0, ""))
    return f"; {name} has a recall of {shorter(recall, 2)} there" if recall else ""


def _next(results: Results, choice: Choice, rare: Group, never: list[int]) -> str:
    """One or two steps, commands first; a second command is an option alone."""
    e = results.experiment
    steps = []
    if results.unfinished:
        command = re.search("`[^`]*`", results.warnings[0] if results.warnings else "")
        if command is None:
            return "Next: finish it, as the first warning says."
        return f"Next: {command[0]} finishes what is missing."
    if never and "frozen features" not in e.model and not e.model.startswith(("mlp", "linear")):
        steps.append(f"{again(e, 'frozen')} takes features of a pretrained network, for images")
    few = never or np.flatnonzero(rare.chosen.any(axis=0)).tolist()
    more = next_step.more_of_class(e, min(few, key=lambda k: e.n_test[k])) if few else None
    hopeful = choice.use.name != BASELINE or next_step.tests_on_a_part(e)
    data = None
    if choice.is_open and choice.other is not None and hopeful:
        compared = choice.use if choice.use.name != BASELINE else choice.other
        versus = (compared.vs_baseline or {}).get(e.select)
        if versus is not None and versus.interval is not None and versus.difference is not None:
            data = next_step.more_data(e, versus.difference, versus.interval)
    if data and more and next_step.tests_on_a_part(e):
        more = None  # the same folds
    found = [step for step in (data, more) if step]
    steps += [step for step in found if step.startswith("`")]  # commands first
    reached = choice.use.metrics[BALANCED].mean
    if reached is not None and reached < GOOD:
        steps.append(next_step.fine_tuning(e, whole=not steps) or "")
    steps += [step for step in found if not step.startswith("`")]
    steps = [step for step in steps if step]
    if not steps:
        return f"Next: `counterpoise predict {results.place} FILES` labels new samples."
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
    reached = f"{in_sentence(metric)} {shorter(found.mean)} on test{interval}"
    said = (
        "Use none of them: nothing is shown to be learned. "
        f"The best, {best.name}, has {reached}, guessing {shorter(level)}."
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
    if all(m.converged is None for m in brief):
        number = "1 round is" if rounds == 1 else f"{rounds} rounds are"
        said = f"Undecided: {number} too few to tell whether the loss of {names} was still falling."
    reached = shorter(best.metrics[select].mean)
    now = f"So far the best is {best.name}: {in_sentence(select)} {reached}"
    usual = ""
    if baseline is not None and baseline is not best:
        usual = f", baseline {shorter(baseline.metrics[select].mean)}; more rounds may reverse that"
    return said, f"{now} on test{usual}.", f"Next: {next_step.more_rounds(results.experiment)}."
