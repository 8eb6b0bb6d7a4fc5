"""A contrast set carved from training data: what F1-driven sampling watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.splits.draw import (
    Indices,
    Purpose,
    carve,
    group_counts,
    members,
    permutation,
)
from counterpoise.data.splits.imbalance import half_up
from counterpoise.errors import ArgumentError, DataError

ContrastKind = Literal["stratified", "balanced"]
FEWEST = 3  # training samples of a class that can spare one


@dataclass(frozen=True, eq=False)
class Contrast:
    """Places in the training set: `train` (N',) learns, `held` (M,) is watched, both ascending.

    The classes in `lent` were too small to be divided; their samples in `held` are in `train`
    as well.
    """

    train: Indices
    held: Indices
    lent: tuple[int, ...]


def carve_contrast(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    num_classes: int,
    *,
    share: float,
    seed: int,
    kind: ContrastKind = "stratified",
) -> Contrast:
    """Hold some of each class out of training; groups never straddle.

    A class with fewer than 3 samples, or in one group only, is not divided: it lends what would
    be held out to both sides, so its F1 is that of samples seen in training.

    Args:
        labels: (N,) of the training set, without validation and test.
        groups: (N,) or None.
        num_classes: K.
        share: of each class, above 0 and below 1; at least one sample.
        seed: same seed, same set.
        kind: "stratified", or "balanced": of each class as many as of the smallest one.

    Raises:
        ArgumentError: a share outside (0, 1).
        DataError: groups bind the classes together so that no division was found.

    Reference: Pouyanfar et al., MIPR 2018, whose F1-driven sampling has such a reference set.

    >>> labels = np.array([0] * 40 + [1] * 10 + [2])
    >>> found = carve_contrast(labels, None, 3, share=0.1, seed=0)
    >>> np.bincount(labels[found.held]), np.bincount(labels[found.train]), found.lent
    (array([4, 1, 1]), array([36,  9,  1]), (2,))
    """
    if not 0 < share < 1:
        raise ArgumentError(f"the share of a contrast set is above 0 and below 1; got {share}")
    counts = np.bincount(labels, minlength=num_classes)
    if kind == "balanced":
        least = int(counts[counts > 0].min())
        targets = [min(max(1, half_up(share * least)), int(n)) for n in counts]
    else:
        targets = [max(1, half_up(share * int(n))) if n else 0 for n in counts]
    whole = (counts < FEWEST) | (group_counts(labels, groups, num_classes) < 2)
    divided = [0 if whole[k] else target for k, target in enumerate(targets)]
    held = carve(labels, groups, divided, Purpose.CONTRAST, seed)
    if held is None:
        raise DataError(
            "no way was found to carve a contrast set with every class on both sides and no "
            "group across; some class lives in groups that others need whole (merge or drop it)"
        )
    train, lent = np.flatnonzero(~held), []
    for k, own in enumerate(members(labels, num_classes)):
        if len(own) and not held[own].any():
            lent.append(k)
            order = permutation(len(own), Purpose.CONTRAST, seed, num_classes + k)
            held[own[order[: targets[k]]]] = True
    return Contrast(train, np.flatnonzero(held), tuple(lent))


def lending_notes(
    lent: Sequence[int], labels: NDArray[np.int64], classes: Sequence[str]
) -> tuple[str, ...]:
    """What a reader must know of classes that are too small to be divided."""
    if not lent:
        return ()
    named = [f"'{classes[k]}' ({int((labels == k).sum())})" for k in lent]
    shown = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
    which = "class" if len(lent) == 1 else "classes"
    return (
        f"the sampler's contrast set borrows training samples of {which} {shown}, too few or all "
        "of one group: F1 there is that of samples seen in training",
    )
