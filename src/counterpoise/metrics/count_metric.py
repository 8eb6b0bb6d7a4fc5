"""Metrics that are classes: a file and a line in this folder's `__init__` make one known."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

from counterpoise.metrics.tallies import Counts, Floats
from counterpoise.registry import members


class CountMetric(ABC):
    """A metric of three counts for each class, as those of `tallies`.

    A member that this folder exports is known to options, tables, files and intervals by what it
    states.

    Attributes:
        key: its name in options and files, such as "g_mean".
        title: its name in tables, such as "G-mean".
        lower_is_better: whether small values are good.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    lower_is_better: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, hits: Counts, true: Counts, predicted: Counts) -> Floats:
        """Diagonal, row sums and column sums of a confusion matrix, (..., K) -> (...).

        The leading dimensions are bootstrap draws, whose counts are not whole numbers. NaN where
        there is no true sample at all.
        """


@cache
def count_metrics() -> dict[str, CountMetric]:
    """Every exported one, by its key."""
    return {
        member.key: getattr(importlib.import_module(member.module), member.name)()
        for member in members("metrics").values()
        if member.key is not None
    }
