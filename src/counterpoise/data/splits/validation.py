"""Validation samples that lie beside a profile's training samples, or are not there at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.draw import Indices, Purpose
from counterpoise.data.splits.duplicate_groups import Ways
from counterpoise.data.splits.imbalance import half_up
from counterpoise.data.splits.pieces import counts_of, held_out
from counterpoise.data.splits.profile import Profile
from counterpoise.errors import DataError

SHARE = 0.2
MOST_NAMES = 3
NO_VALIDATION = (
    "no validation: nothing is chosen on it, and every method is its last round, on the settings "
    "it was given"
)
OWN_UNUSED = "the data set's own validation part is not used"


def beside(
    ways: Ways, pool: Indices, wanted: Sequence[int], share: float, profile: Profile, seed: int
) -> tuple[Ways, NDArray[np.bool_]]:
    """Mask of the samples in `pool` that validate, and the ways to divide that allow it.

    In the proportions of `wanted`, which all stay for training: `share` of them, or what the class
    with the fewest to spare allows. At least one of each class.

    Args:
        ways: the data set, with copies as groups before.
        pool: samples that may train or validate.
        wanted: training samples per class (K,).
        share: above 0 and below 1.
        profile: for messages.
        seed: decides which samples.

    Raises:
        DataError: the profile leaves nothing of a class, or groups bind the samples.
    """
    dataset = ways[-1]
    have = counts_of(dataset.labels, pool, dataset.num_classes)
    left = [n - training for n, training in zip(have, wanted, strict=True)]
    gone = [k for k, spare in enumerate(left) if not spare and have[k]]
    if gone:
        raise DataError(_nothing_left(dataset, gone, have, share, profile))
    scale = min([share, *(n / most for n, most in zip(left, wanted, strict=True) if most)])
    targets = [
        min(spare, max(1, half_up(scale * training)))
        for spare, training in zip(left, wanted, strict=True)
    ]
    return held_out(
        ways,
        pool,
        targets,
        Purpose.VALIDATION,
        seed,
        "validation beside the training samples",
        least=2,
        need=f"train, and validation beside them, under profile {profile}",
        keep=wanted,
    )


def _nothing_left(
    dataset: LabelledSet, gone: Sequence[int], have: Sequence[int], share: float, profile: Profile
) -> str:
    named = ", ".join(f"'{dataset.classes[k]}'" for k in gone[:MOST_NAMES])
    more = f" and {len(gone) - MOST_NAMES} more" if len(gone) > MOST_NAMES else ""
    least = min(have[k] for k in gone)
    fewer = "take a profile that trains on fewer"
    if profile.kind in ("step", "linear", "exp") and least > 1:
        fewer = f"train on fewer, as with n_max={max(1, int(least / (1 + share)))}"
    return (
        f"{dataset.name}: validation beside the training samples needs samples that do not train, "
        f"but profile {profile} trains on all of class {named}{more} (the smallest has {least}); "
        f"{fewer}, carve validation out of training (--validation profiled), or have none "
        "(--validation none)"
    )
