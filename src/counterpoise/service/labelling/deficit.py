"""Which classes need labels: those with a low F1 on labels that no training saw, or rare ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.metrics.tallies import f1

Values = npt.NDArray[np.float64]

LEAST = 20  # labels of a contrast set; with fewer, F1 says little, and rarity is used


@dataclass(frozen=True)
class Need:
    """How much each class needs labels.

    Args:
        shares: (K,) of the frames that are asked for; they sum to 1.
        f1: (K,) on the contrast set, or None while that is too small.
        seen: (K,) how often each class is predicted, where F1 is not known.
    """

    shares: Values
    f1: Values | None
    seen: npt.NDArray[np.int64]


def need(
    contrast: Mapping[tuple[str, str], int], classes: Sequence[str], seen: Sequence[int]
) -> Need:
    """Shares by F1 deficit, ``q_k = (1 - F1_k) / sum_s (1 - F1_s)`` (Liu et al. 2023, eq. 4).

    The contrast set are labelled frames that no training has seen. A class that is not in it, and
    is not predicted, has F1 0 and so asks for the most. Where the set has fewer than 20 labels, a
    class gets a share that falls with how often it is predicted.

    Args:
        contrast: (label, what the model said) -> frames of the contrast set.
        classes: names of the K classes.
        seen: (K,) how often each is predicted in frames drawn at random.

    >>> need({("a", "a"): 30, ("b", "a"): 10}, ["a", "b"], [9, 1]).shares.round(3)
    array([0.125, 0.875])
    >>> need({}, ["a", "b"], [9, 1]).shares.round(2)  # nothing is labelled yet
    array([0.17, 0.83])
    """
    number = {name: k for k, name in enumerate(classes)}
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for (true, said), times in contrast.items():
        if true in number and said in number:
            confusion[number[true], number[said]] += times
    counted = np.asarray(seen, dtype=np.int64)
    if confusion.sum() < LEAST:
        rare = 1.0 / (counted + 1.0)
        return Need(rare / rare.sum(), None, counted)
    reached = f1(confusion.diagonal(), confusion.sum(1), confusion.sum(0))
    lacking = 1.0 - reached
    total = lacking.sum()
    even = np.full(len(classes), 1.0 / len(classes))
    return Need(lacking / total if total > 0 else even, reached, counted)
