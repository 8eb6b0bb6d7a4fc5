"""What a reader must know before believing the table, in sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoise.python_words import as_asked
from counterpoise.records import ExperimentRecord
from counterpoise.report.advice.next_step import may_fold, most_folds
from counterpoise.report.number_format import listed, shorter
from counterpoise.report.results import MethodResult
from counterpoise.report.searches import alone, sentences
from counterpoise.report.significance import BASELINE

FEW = 30  # validation samples of a class, below which its recall moves in coarse steps


def cautions(
    experiment: ExperimentRecord,
    methods: Sequence[MethodResult],
    best: str | None = None,
    better_on_test: Sequence[str] = (),
) -> tuple[str, ...]:
    """Few samples first, then what happened in training, then the experiment's own notes.

    Notes on one method are not among them: its row has a mark, and the page says them.

    Args:
        best: the best on validation.
        better_on_test: methods that are significantly better than the best on test.
    """
    validates = experiment.validation != "none"
    found = _few_validation(experiment) if validates else []
    about_few = bool(found)
    found += _equal_on_validation(experiment, methods, best)
    if better_on_test:
        found.append(
            f"validation chose {best}, yet on test better than it: {listed(better_on_test)}; "
            "validation is too small, or too different from the test set, to choose between them"
        )
    broken = [m for m in methods if m.status in ("diverged", "failed")]
    found += [f"{m.name} {m.status}: {m.error}" for m in broken]
    slow = [m.name for m in methods if m.ok and m.converged is False]
    if slow:
        found.append(
            f"trained too briefly (the loss was still falling): {listed(slow)}; more --rounds may "
            "change their places"
        )
    references = [m.name for m in methods if m.reference]
    if references:
        found.append(
            f"references, outside the ranking: {listed(references)} (no networks; scikit-learn "
            "fits them on the same splits)"
        )
    controls = [m.name for m in methods if m.control and not m.reference]
    if controls:
        found.append(
            f"shown as controls, outside the ranking: {listed(controls)} (more labels or "
            "updates than the others had)"
        )
    ledger = [m.name for m in methods if m.ok and m.over_splits_only]
    if ledger:
        found.append(
            f"interval over splits only, as no scores of single samples were kept: {listed(ledger)}"
        )
    unranked = [m.name for m in methods if m.ok and not m.control and m.rank is None]
    if unranked and validates:
        found.append(f"not ranked, as they have no {experiment.select}: {listed(unranked)}")
    if len(experiment.splits) == 1:
        found.append(
            "one split only: the intervals leave out how much training varies from seed to seed"
        )
    found += sentences(experiment.searches)
    if alone(experiment.searches) and experiment.folds:
        found.append(
            "settings were searched on the first fold's validation samples, which other folds "
            "test on: their results are slightly optimistic (--seeds keeps the two apart)"
        )
    notes = [note for note in experiment.notes if not (about_few and _about_few(note))]
    found += [note.removeprefix("! ") for note in notes]  # every line gets a mark of its own
    return tuple(dict.fromkeys(as_asked(line, experiment.command) for line in found))


def _few_validation(experiment: ExperimentRecord) -> list[str]:
    """Where the ranking is coarse."""
    least = [
        min((row[k] for row in experiment.n_validation.values() if k < len(row)), default=FEW)
        for k in range(len(experiment.classes))
    ]
    few = [k for k, num in enumerate(least) if num < FEW]
    if not few:
        return []
    k = min(few, key=least.__getitem__)
    moves = "on validation its recall is unknown"
    if least[k]:
        moves = f"on validation its recall moves in steps of {shorter(1 / least[k], 2)}"
    number = f"{least[k]}"
    if experiment.n_test[k] < FEW:
        number += f", and {experiment.n_test[k]} on test"
    advice = ""
    if may_fold(experiment):
        folds = most_folds(experiment)
        advice = f"; with so few, --folds {folds} tests on every sample once"
    have = "has" if len(few) == 1 else "have"
    return [
        f"{len(few)} of {len(least)} classes {have} under {FEW} validation samples (fewest: class "
        f"'{experiment.classes[k]}' with {number}: {moves}), so the ranking is coarse{advice}"
    ]


def _equal_on_validation(
    experiment: ExperimentRecord, methods: Sequence[MethodResult], best: str | None
) -> list[str]:
    """Which methods have the value of the best on validation, and why it is before them."""
    values = {
        m.name: m.validation[experiment.select].mean
        for m in methods
        if m.rank is not None and m.alias_of is None
    }
    equal = [name for name, value in values.items() if value == values.get(best or "")]
    if len(equal) < 2:
        return []
    why = "the baseline is taken" if best == BASELINE else "the cheapest is taken"
    return [f"equal on validation: {listed(equal)}; {why}"]


def _about_few(note: str) -> bool:
    """Whether the note is one class's share of the first warning."""
    return re.search(r"(validation|test) samples?: recall moves in steps", note) is not None
