"""Errors worth looking at: misses of the rarest classes, wrong labels, copies, confident ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from counterpoise.printable import printable
from counterpoise.report.advice.by_frequency import by_frequency
from counterpoise.report.errors.confident_learning import LabelIssues, label_issues
from counterpoise.report.errors.predicted import Predicted, predicted
from counterpoise.report.errors.samples import Load, Samples, samples_of
from counterpoise.report.results import Results

MOST_SHOWN = 60  # samples, with their images and names
MOST_MISSES, MOST_LABELS, MOST_COPIES, PER_CLASS = 15, 15, 10, 3
MOST_ALIKE = 4  # copies of one content
MOST_LINES = 5000  # of the CSV file of likely wrong labels, which the page holds


@dataclass(frozen=True)
class Mistake:
    """A sample that is shown.

    Args:
        name: of its file, or its row.
        true: its label.
        predicted: what the method takes it for; empty where that is not what is shown.
        share: the probability of that, in percent; None of margins.
        image: an address that holds a small image, or nothing.
        row: its columns, of a table.
    """

    name: str
    true: str
    predicted: str
    share: int | None
    image: str
    row: Mapping[str, str]


@dataclass(frozen=True)
class ErrorsFound:
    """All that the page shows of errors.

    Args:
        method: whose errors they are.
        samples, errors: predicted samples, and how many of them are predicted wrong.
        misses: of the rarest classes, the most confident first.
        labels: whose label is likely wrong, the likeliest first; `label_count` is of all of them.
        label_lines: sample, label, suggested class and margin of the likeliest `MOST_LINES`.
        copies: samples of the same content under more than one label, together.
        confident: of each class the most confident errors, the least found class first;
            `per_class` is how many of each at most.
    """

    method: str
    samples: int
    errors: int
    misses: tuple[Mistake, ...]
    labels: tuple[Mistake, ...]
    label_count: int
    label_lines: tuple[tuple[str, str, str, str], ...]
    copies: tuple[tuple[Mistake, ...], ...]
    confident: tuple[Mistake, ...]
    per_class: int = PER_CLASS


def find_errors(results: Results, load: Load | None = None) -> ErrorsFound | None:
    """None where no method has probabilities of single samples.

    Raises:
        DataError: a file of the comparison is damaged.
    """
    table = predicted(results)
    if table is None:
        return None
    rare = np.flatnonzero(by_frequency(results.experiment)[0].chosen.any(axis=0)).tolist()
    return errors_of(table, samples_of(results, load), results.experiment.classes, rare)


def errors_of(
    table: Predicted,
    samples: Samples,
    names: Sequence[str],
    rare: Collection[int] = (),
    per_class: int = PER_CLASS,
) -> ErrorsFound:
    """What is shown of a table of predictions.

    Args:
        table: the predictions.
        samples: what is known of its samples.
        names: of the classes; index = label.
        rare: the rarest classes, whose misses are shown first.
        per_class: most confident errors of each class, at most.
    """
    classes = [printable(name) for name in names]
    room = MOST_SHOWN

    def shown(places: Iterable[int], taken_for: Sequence[int] | None = None) -> tuple[Mistake, ...]:
        nonlocal room
        chosen = list(places)[:room]
        room -= len(chosen)
        made = []
        for n, i in enumerate(chosen):
            k = int(table.predictions[i]) if taken_for is None else int(taken_for[n])
            share = None if table.are_margins else round(100 * float(table.probabilities[i, k]))
            made.append(
                _mistake(samples, int(table.indices[i]), classes, int(table.labels[i]), k, share)
            )
        return tuple(made)

    number = 0 if table.are_margins else len(table.labels)
    issues = label_issues(table.labels[:number], table.probabilities[:number])
    wrong = _by_confidence(table)
    misses = shown([i for i in wrong if int(table.labels[i]) in rare][:MOST_MISSES])
    labels = shown(issues.samples[:MOST_LABELS].tolist(), issues.suggested[:MOST_LABELS].tolist())
    copies = _copies(samples, classes, min(room, MOST_COPIES))
    room -= sum(map(len, copies))
    return ErrorsFound(
        method=table.method,
        samples=len(table.labels),
        errors=len(wrong),
        misses=misses,
        labels=labels,
        label_count=len(issues.samples),
        label_lines=tuple(islice(_lines(issues, table, samples, classes), MOST_LINES)),
        copies=copies,
        confident=shown(_of_each_class(table, wrong, per_class)),
        per_class=per_class,
    )


def _mistake(
    samples: Samples,
    index: int,
    classes: Sequence[str],
    label: int,
    taken_for: int,
    share: int | None,
) -> Mistake:
    return Mistake(
        samples.name(index),
        classes[label],
        classes[taken_for],
        share,
        samples.image(index),
        samples.row(index),
    )


def _by_confidence(table: Predicted) -> list[int]:
    """Places of the errors, the most confident first."""
    wrong = np.flatnonzero(table.predictions != table.labels)
    order = wrong[np.argsort(-table.sure[wrong], kind="stable")]
    return [int(i) for i in order]


def _of_each_class(table: Predicted, wrong: Sequence[int], most: int) -> list[int]:
    number = np.bincount(table.labels, minlength=table.probabilities.shape[1])
    by_class: dict[int, list[int]] = {}
    for i in wrong:
        by_class.setdefault(int(table.labels[i]), []).append(i)
    order = sorted(by_class, key=lambda k: (-len(by_class[k]) / number[k], k))
    return [i for k in order for i in by_class[k][:most]]


def _copies(samples: Samples, classes: Sequence[str], most: int) -> tuple[tuple[Mistake, ...], ...]:
    found = []
    for group in samples.copies():
        pairs = list(zip(group.samples, group.labels, strict=True))[:MOST_ALIKE]
        if len(pairs) > most:
            break
        most -= len(pairs)
        found.append(
            tuple(
                Mistake(samples.name(i), classes[k], "", None, samples.image(i), samples.row(i))
                for i, k in pairs
            )
        )
    return tuple(found)


def _lines(
    issues: LabelIssues, table: Predicted, samples: Samples, classes: Sequence[str]
) -> Iterable[tuple[str, str, str, str]]:
    for i, k, margin in zip(issues.samples, issues.suggested, issues.margins, strict=True):
        name = samples.name(int(table.indices[i]))
        yield name, classes[int(table.labels[i])], classes[int(k)], f"{margin:.4f}"
