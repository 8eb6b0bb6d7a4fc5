"""How far the classes that a model sees are from those of its training, as one number and a test.

The number is the population stability index, ``sum((now - then) * log(now / then))``, of shares to
which half a frame of each class is added, so that a class that was never seen is no infinity. It
is no test: of few frames it is large by chance. So a class whose share differs by more than chance
has to be there, too (`shares.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.shares import (
    Counts,
    Difference,
    differences,
    of_blocks,
    of_sample,
)

HOURS, MINUTES = 24, 60  # that are looked back
FEW = 3  # hours with results; of fewer, minutes of the last hour are compared
LEAST = 5  # minutes with results, for that
LARGE = 0.25  # of the index: what is commonly called a large shift


@dataclass(frozen=True)
class Drift:
    """What a model saw lately, beside its training.

    Args:
        number: of results.
        lately: the time they are of, in words.
        index: the population stability index.
        differences: of each class.
    """

    number: int
    lately: str
    index: float
    differences: tuple[Difference, ...]

    @property
    def is_more_than_chance(self) -> bool:
        """Whether the share of a class differs by more than chance."""
        return any(one.is_more_than_chance for one in self.differences)

    @property
    def most(self) -> Difference:
        """The class that differs most, beyond chance if any does; of two the one that grew."""
        return max(
            self.differences,
            key=lambda one: (
                one.is_more_than_chance, round(abs(one.difference), 9), one.difference > 0
            ),
        )  # fmt: skip

    @property
    def said(self) -> str:
        """It in a sentence."""
        one = self.most
        return (
            f"“{one.label}” is {one.share:.0%} of {self.number} frames in {self.lately}, "
            f"{one.before:.0%} in training; stability index {self.index:.2f}"
        )


def drift(
    labels: Sequence[str], trained: Sequence[int], hours: Counts, minutes: Counts
) -> Drift | None:
    """Compare what was seen with the training; None while there is too little to say.

    Args:
        labels: of the classes.
        trained: samples of the training by class (K,).
        hours: results by hour and class, (24, K).
        minutes: results of the last hour by minute and class, (60, K).
    """
    if not any(trained):
        return None
    counts, lately = hours, "the last 24 hours"
    if (hours.sum(axis=1) > 0).sum() < FEW:
        if (minutes.sum(axis=1) > 0).sum() < LEAST:
            return None
        counts, lately = minutes, "the last 60 minutes"
    seen = of_blocks(counts)
    if seen is None:
        return None
    reference = np.array(trained, np.int64)
    return Drift(
        seen.number, lately, stability_index(counts.sum(axis=0), reference),
        tuple(differences(labels, seen, of_sample(reference))),
    )  # fmt: skip


def stability_index(now: Counts, then: Counts) -> float:
    """The population stability index of two sets of counts (K,).

    >>> round(stability_index(np.array([500, 500]), np.array([900, 100])), 2)
    0.88
    """
    first = (now + 0.5) / (now + 0.5).sum()
    second = (then + 0.5) / (then + 0.5).sum()
    return float(((first - second) * np.log(first / second)).sum())


def counts_of(model: ExportedModel | Program) -> tuple[int, ...] | None:
    """Samples of the training by class, as export.json has them in its metadata."""
    described = getattr(model, "described", None)  # a program has none
    found = None if described is None else described.metadata.get("counts")
    if not isinstance(found, Sequence) or len(found) != len(model.classes):
        return None
    if not all(isinstance(n, int) and n >= 0 for n in found):
        return None
    return tuple(found)
