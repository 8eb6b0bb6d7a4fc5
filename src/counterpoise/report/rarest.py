"""Recall of the rarest classes by the method to use and by the one that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.report.advice.advise import advised
from counterpoise.report.advice.by_frequency import Group, by_frequency, recalls
from counterpoise.report.read_runs import read_targets
from counterpoise.report.results import Interval, Results
from counterpoise.report.significance import BASELINE

Z = 1.959964  # of 95 %
MOST_CLASSES = 8


@dataclass(frozen=True)
class Recall:
    """A recall on test, mean over splits, and its Wilson interval of 95 %.

    The interval is of the number of test samples, or of their groups; how much training varies is
    not in it.
    """

    value: float
    interval: Interval


@dataclass(frozen=True)
class Row:
    """A class, or the mean over several.

    Args:
        name: of it.
        sizes: training and test samples, in words.
        recalls: of each of the methods, in their order.
    """

    name: str
    sizes: str
    recalls: tuple[Recall | None, ...]


@dataclass(frozen=True)
class Rarest:
    """The methods, before and after, and rows from the rarest class on."""

    methods: tuple[str, ...]
    rows: tuple[Row, ...]


def rarest(results: Results) -> Rarest | None:
    """None where no class is rare, or no method has a recall."""
    names = _methods(results)
    rare, others = by_frequency(results.experiment)
    if not names or not rare.chosen.any():
        return None
    samples = independent(results)
    single = sorted(rare.everywhere, key=lambda k: results.experiment.counts[k])
    rows = []
    for k in single[:MOST_CLASSES] if len(single) > 1 else []:
        one = np.zeros_like(rare.chosen)
        one[:, k] = True
        group = Group(one, rare.training, rare.n_test, rare.classes)
        rows.append(_row(results, names, group, results.experiment.classes[k], samples))
    for group, what in ((rare, "rarest"), (others, "other")):
        if group.chosen.any():
            title = group.name(what)
            rows.append(_row(results, names, group, _mean_of(title, group.number), samples))
    known = tuple(row for row in rows if any(row.recalls))
    return Rarest(tuple(names), known) if known else None


def rarest_recall(results: Results, name: str, samples: Sequence[int]) -> Recall | None:
    """Mean recall of the rarest classes by one method; None where it, or a rare class, is unknown.

    Args:
        results: of the comparison.
        name: of the method.
        samples: as `independent` gives them.
    """
    return _recall(results, name, by_frequency(results.experiment)[0], samples)


def independent(results: Results) -> tuple[int, ...]:
    """Test samples of each class, or groups of them where these belong together."""
    experiment = results.experiment
    if results.folder is None:
        return experiment.n_test
    total = np.zeros(len(experiment.classes), dtype=np.int64)
    for split in experiment.splits if experiment.folds else experiment.splits[:1]:
        targets = read_targets(results.folder, split)
        if targets is None:
            return experiment.n_test
        pairs = np.unique(np.stack([targets.test, targets.test_groups]), axis=1)
        total += np.bincount(pairs[0], minlength=len(total))[: len(total)]
    return tuple(total.tolist())


def wilson(share: float, number: float) -> Interval:
    """Interval of 95 % of a share of a number of samples. (Wilson 1927)

    >>> low, high = wilson(0.0, 6)
    >>> low, round(high, 3)
    (0.0, 0.39)
    """
    scale = 1 + Z**2 / number
    centre = (share + Z**2 / (2 * number)) / scale
    half = Z * math.sqrt(share * (1 - share) / number + (Z / (2 * number)) ** 2) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def _methods(results: Results) -> list[str]:
    """The baseline and the method to use; where that is the baseline, the best of the others."""
    good = [m.name for m in results.rows if m.ok and recalls(results.runs[m.name]) is not None]
    use = advised(results) or results.best
    if use not in good or use == BASELINE:
        use = next((name for name in good if name != BASELINE), None)
    return [name for name in (BASELINE, use) if name in good]


def _mean_of(title: str, number: int) -> str:
    return f"{title} (mean)" if number > 1 else title


def _row(
    results: Results, names: Sequence[str], group: Group, title: str, samples: Sequence[int]
) -> Row:
    found = tuple(_recall(results, name, group, samples) for name in names)
    return Row(title, group.sizes, found)


def _recall(results: Results, name: str, group: Group, samples: Sequence[int]) -> Recall | None:
    if not group.chosen.any():
        return None
    value = group.recall(results.runs[name])
    number = _effective(group.chosen, np.array(samples))
    return None if value is None or not number else Recall(value, wilson(value, number))


def _effective(chosen: npt.NDArray[np.bool_], samples: npt.NDArray[np.int64]) -> float:
    """Samples that a share of its own kind would need to vary as little as the mean over classes.

    The mean over C classes of n_k samples varies by p (1 - p) / C^2 times the sum of 1 / n_k.
    """
    found = []
    for row in chosen:
        known = samples[row & (samples > 0)]
        found.append(len(known) ** 2 / float((1 / known).sum()) if len(known) else 0.0)
    return float(np.mean(found))
