"""What to know and do about a model on labelled data, and the terminal's text."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from counterpoise.data.label_codes import one_line
from counterpoise.metrics.names import LOWER_IS_BETTER, METRICS
from counterpoise.report.number_format import listed, plain, quoted, shorter
from counterpoise.report.results import Interval

if TYPE_CHECKING:
    from counterpoise.report.evaluation.findings import ClassResult, Findings

COARSE = 0.2  # width of a recall's interval from which more samples are asked for
UNWRITTEN = '`predictions.csv`, which `out="DIR"` writes,'
MOST_CLASSES = 30  # in a terminal; the page and evaluation.json have all


def advice(found: Findings) -> tuple[str, ...]:
    """At most five sentences: never found, how good, the worst class, wrong labels, next."""
    present = [one for one in found.by_class if one.samples]
    never = [one for one in present if not one.recall]
    said = []
    if never:
        names = listed([f"{quoted(one.name)} (0 of {one.samples})" for one in never])
        said.append(f"Never found: {names}.")
    balanced = found.metrics["balanced_accuracy"]
    said.append(
        f"Balanced accuracy {shorter(balanced.value)}{_between(balanced.interval)} on "
        f"{len(found.labels)} samples; {found.errors} predictions are wrong."
    )
    worst = min((one for one in present if one.recall), key=_by_recall, default=None)
    if worst is not None and worst.recall is not None and worst.recall < 1:
        said.append(
            f"Lowest recall{' of the others' if never else ''}: {quoted(worst.name)}, "
            f"{shorter(worst.recall, 2)}{_between(worst.interval, 2)}, n = {worst.samples}; most "
            f"often taken for {quoted(worst.taken_for or '')} ({worst.times})."
        )
    issues = found.label_issues
    if number := len(issues.samples):
        first, label = int(issues.samples[0]), int(found.labels[issues.samples[0]])
        are = "s are" if number > 1 else " is"
        said.append(
            f"{number} label{are} likely wrong, if the model is good: "
            f"{'first of all ' if number > 1 else ''}{quoted(one_line(found.names[first]))}, "
            f"labelled {quoted(found.classes[label])}, perhaps "
            f"{quoted(found.classes[issues.suggested[0]])}."
        )
    said.append(_next(found, present))
    return tuple(said)


def _next(found: Findings, present: list[ClassResult]) -> str:
    """The one step that helps most."""
    wide = [one for one in present if _width(one) > COARSE]
    where = "`predictions.csv`, beside the report," if found.is_written else UNWRITTEN
    look = f"{where} lists the errors, the most confident first"
    if not wide:
        return f"Next: {look}." if found.errors else "Next: use it; no prediction is wrong."
    least = min(wide, key=lambda one: one.samples)
    more = (
        f"label more samples of {quoted(least.name)}: with {least.samples} its recall is known to "
        f"within {shorter(_width(least) / 2, 2)}"
    )
    return f"Next: {look}; {more}." if found.errors else f"Next: {more}."


def text(found: Findings, width: int = 100) -> str:
    """Metrics and classes for a terminal, warnings, and the advice last."""
    lines = [
        f"{METRICS[name]:<20}{shorter(one.value):>6}{_between(one.interval)}"
        + (" (lower is better)" if name in LOWER_IS_BETTER else "")
        for name, one in found.metrics.items()
        if one.value is not None
    ]
    order = sorted(found.by_class, key=lambda one: (one.recall is None, one.recall or 0))
    rows: list[tuple[str, ...]] = [
        ("class", "n", "recall [95 %]", "precision", "F1", "most often taken for")
    ]
    rows += [_row(one) for one in order[:MOST_CLASSES]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    table = [
        "  ".join(
            cell.rjust(size) if 0 < k < 5 else cell.ljust(size)
            for k, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if len(order) > MOST_CLASSES:
        where = "evaluation.json" if found.is_written else "`table()`"
        table.append(f"(and {len(order) - MOST_CLASSES} more classes in {where})")
    said = [line for note in found.warnings for line in wrap(f"! {note}", width)]
    told = [line for sentence in advice(found) for line in wrap(sentence, width)]
    parts = [lines, table, said, told]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _row(one: ClassResult) -> tuple[str, ...]:
    recall = shorter(one.recall, 2)
    if one.interval is not None:
        recall += f" [{shorter(one.interval[0], 2)}, {shorter(one.interval[1], 2)}]"
    taken = "" if one.taken_for is None else f"{quoted(one.taken_for)} ({one.times})"
    numbers = (plain(one.precision, 2), plain(one.f1, 2))
    return (quoted(one.name), str(one.samples), recall, *numbers, taken)


def _by_recall(one: ClassResult) -> float:
    return one.recall or 0.0


def _width(one: ClassResult) -> float:
    return one.interval[1] - one.interval[0] if one.interval else 0.0


def _between(interval: Interval | None, digits: int = 3) -> str:
    """An interval behind its number.

    >>> _between((0.25, 0.5), 2), _between(None)
    (' [.25, .50]', '')
    """
    if interval is None:
        return ""
    low, high = (shorter(end, digits) for end in interval)
    return f" [{low}, {high}]"
