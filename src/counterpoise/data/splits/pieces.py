"""The pieces that a split is made of: held-out samples, thinned and balanced sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.checks import require
from counterpoise.data.splits.draw import Indices, Purpose, carve, deal, draw
from counterpoise.data.splits.duplicate_groups import Ways, first_way
from counterpoise.data.splits.imbalance import half_up
from counterpoise.errors import DataError


def share_of_each(labels: NDArray[np.int64], num: int, share: float) -> list[int]:
    """Held-out samples per class: `share` of each, at least one on either side."""
    counts = np.bincount(labels, minlength=num)
    return [min(max(1, half_up(share * int(n))), int(n) - 1) for n in counts]


def held_out(
    ways: Ways,
    pool: Indices,
    targets: Sequence[int],
    purpose: Purpose,
    seed: int,
    what: str,
    *,
    least: int,
    need: str,
    keep: Sequence[int] | None = None,
) -> tuple[Ways, NDArray[np.bool_]]:
    """Mask of the samples in `pool` that are held out, and the ways to divide that allow it.

    At least `keep` samples of each class are not, one by default.

    Raises:
        DataError: a class has fewer than `least` samples or groups, or they bind each other.
    """

    def carved(dataset: LabelledSet) -> NDArray[np.bool_]:
        require(dataset, pool, least, need)
        groups = groups_of(dataset, pool)
        held = carve(dataset.labels[pool], groups, targets, purpose, seed, keep)
        if held is None:
            raise DataError(
                f"{dataset.name}: no way was found to carve {what} with every class on both sides "
                "and no group across; some class lives in groups that others need whole (merge or "
                "drop it)"
            )
        return held

    return first_way(ways, carved)


def dealt(
    ways: Ways, pool: Indices, folds: int, least: int, need: str
) -> tuple[Ways, NDArray[np.int64]]:
    """Fold of each sample in `pool`, and the ways to divide that allow it.

    Raises:
        DataError: a class has fewer than `least` samples or groups.
    """

    def dealt_out(dataset: LabelledSet) -> NDArray[np.int64]:
        require(dataset, pool, least, need)
        return deal(dataset.labels[pool], groups_of(dataset, pool), folds, dataset.num_classes)

    return first_way(ways, dealt_out)


def thinned(dataset: LabelledSet, own: Indices, wanted: Sequence[int], seed: int) -> Indices:
    """As much of the source's validation part as fits the proportions of the profile."""
    have = np.bincount(dataset.labels[own], minlength=dataset.num_classes)
    scale = min(h / w for h, w in zip(have, wanted, strict=True) if h)
    kept = [min(int(h), max(1, half_up(scale * w))) for h, w in zip(have, wanted, strict=True)]
    return own[draw(dataset.labels[own], None, kept, seed)]


def balanced_same_size(
    ways: Ways, pool: Indices, validation: Indices, total: int, seed: int
) -> tuple[Ways, Indices]:
    """`total` samples in equal class shares, sharing no sample and no group with validation."""
    return first_way(ways, lambda dataset: _balanced(dataset, pool, validation, total, seed))


def _balanced(
    dataset: LabelledSet, pool: Indices, validation: Indices, total: int, seed: int
) -> Indices:
    free = pool[~np.isin(pool, validation)]
    if dataset.groups is not None:
        free = free[~np.isin(dataset.groups[free], dataset.groups[validation])]
    num = dataset.num_classes
    wanted = [total // num + (k < total % num) for k in range(num)]
    have = counts_of(dataset.labels, free, num)
    short = [
        f"'{dataset.classes[k]}' has {have[k]}, {wanted[k]} needed"
        for k in range(num)
        if have[k] < wanted[k]
    ]
    if short:
        raise DataError(
            f"balanced-same-size needs {total} training samples in equal shares; class "
            f"{'; '.join(short[:3])} (it is a control for imbalance made by a profile)"
        )
    return free[draw(dataset.labels[free], groups_of(dataset, free), wanted, seed)]


def counts_of(labels: NDArray[np.int64], chosen: Indices, num: int) -> list[int]:
    return [int(n) for n in np.bincount(labels[chosen], minlength=num)]


def groups_of(dataset: LabelledSet, chosen: Indices) -> NDArray[np.int64] | None:
    return None if dataset.groups is None else dataset.groups[chosen]
