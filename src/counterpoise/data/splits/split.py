"""Frozen splits: which samples train, which select, which are read once at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from counterpoise.counts import ClassCounts
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.checks import (
    ValidationKind,
    check_arguments,
    check_straddling,
    few_samples,
)
from counterpoise.data.splits.draw import Indices, Purpose, draw
from counterpoise.data.splits.duplicate_groups import Ways, straddling_copies, ways_to_divide
from counterpoise.data.splits.imbalance import half_up
from counterpoise.data.splits.pieces import (
    balanced_same_size,
    counts_of,
    dealt,
    groups_of,
    held_out,
    share_of_each,
    thinned,
)
from counterpoise.data.splits.profile import Profile
from counterpoise.data.splits.validation import (
    NO_VALIDATION,
    OWN_UNUSED,
    SHARE,
    beside,
)

Subset = Literal["profile", "balanced-same-size"]


@dataclass(frozen=True, eq=False)
class Split:
    """One division of a `LabelledSet`; a pure function of the set and of `make_splits`' arguments.

    Args:
        name: "seed-0" or "fold-2".
        train: positions in the set, ascending, int64; likewise `validation` and `test`.
        counts: class counts of `train`, after the profile and without validation.
        groups: (N,) of the whole set, none of which the split divides; None without groups.
        checksum: 16 hex digits over the set's checksum and the three arrays.
        notes: sentences for the report.
    """

    name: str
    train: Indices
    validation: Indices
    test: Indices
    counts: ClassCounts
    groups: NDArray[np.int64] | None
    checksum: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Rules:
    profile: Profile
    validation: ValidationKind
    share: float
    subset: Subset


def make_splits(
    dataset: LabelledSet,
    profile: Profile,
    *,
    seeds: Sequence[int] | None = None,
    folds: int | None = None,
    validation: ValidationKind = "profiled",
    validation_share: float = SHARE,
    test_share: float = 0.2,
    subset: Subset = "profile",
) -> list[Split]:
    """Divide a set into train, validation and test: once per seed, or in k folds.

    Test: the source's own test part, for every seed; else carved once, the same for all seeds.
    With `folds` the fold is the test set and the source's own test part is not used.
    Validation: carved from the *profiled* training set, so that nothing sees more labels than
    the profile grants. A validation part of the source is used instead, thinned to the
    profile's proportions. ``validation="balanced"`` takes equal counts per class from outside
    the profiled set and says so in the notes; "beside" takes the profile's proportions from
    there, so that training counts are exactly the profile's; "none" takes none. Groups never
    straddle. Exact copies are groups, too, unless a class has too few different samples for that;
    then the notes say how many straddle. Test data are never profiled.

    Args:
        dataset: what `load` returned.
        profile: what `profile.parse` returned.
        seeds: one split for each; they decide the profile's draw and the validation set.
        folds: number of stratified, grouped folds, instead of `seeds`.
        validation: "profiled", "balanced", "beside" or "none".
        validation_share: share of the profiled training set that is carved off, per class; with
            "beside", the most that is taken beside it.
        test_share: share of the set that is carved off where there is no test part.
        subset: "balanced-same-size" replaces the training set by a balanced one of the same
            total, drawn from the unprofiled remainder; validation and test stay the same.

    Raises:
        ArgumentError: not exactly one of `seeds` and `folds`; a share outside (0, 1); repeated
            or negative seeds; fewer than two folds; a profile that does not fit.
        DataError: a class has too few samples or groups; a group straddles the source's parts.

    >>> from counterpoise.data import load, parse
    >>> split, = make_splits(load("digits"), parse("step:rho=20,minority=3+7"), seeds=[0])
    >>> split.counts.values
    (111, 111, 111, 6, 111, 111, 111, 6, 111, 111)
    """
    check_arguments(seeds, folds, validation, validation_share, test_share, subset)
    check_straddling(dataset)
    rules = _Rules(profile, validation, validation_share, subset)
    ways = ways_to_divide(dataset)
    pool = dataset.indices(-1, 0)
    test = dataset.indices(2)
    carved = validation in ("profiled", "beside") and not len(dataset.indices(1))
    if folds is not None:
        needed = max(folds, 3 if carved else 2)
        ways, fold = dealt(
            ways,
            pool,
            folds,
            needed,
            f"{folds} folds" if needed == folds else "train, validation and test",
        )
        notes = ("the official test set is not used by folds; use --seeds for it",) * bool(
            len(test)
        )
        return [
            _one(ways, f"fold-{i}", i, pool[fold != i], pool[fold == i], rules, notes)
            for i in range(folds)
        ]
    assert seeds is not None
    if not len(test):
        ways, held = held_out(
            ways,
            pool,
            share_of_each(dataset.labels[pool], dataset.num_classes, test_share),
            Purpose.TEST,
            0,
            "a test set",
            least=3 if carved else 2,
            need="train, validation and test" if carved else "train and test",
        )
        pool, test = pool[~held], pool[held]
    return [_one(ways, f"seed-{seed}", seed, pool, test, rules, ()) for seed in seeds]


def _one(
    ways: Ways,
    name: str,
    seed: int,
    pool: Indices,
    test: Indices,
    rules: _Rules,
    notes: tuple[str, ...],
) -> Split:
    dataset = ways[-1]
    labels, num, classes = dataset.labels, dataset.num_classes, dataset.classes
    own = dataset.indices(1)
    if rules.validation == "balanced":
        if len(own):
            have = np.bincount(labels[own], minlength=num)
            each = int(have[have > 0].min())
            chosen = own[draw(labels[own], None, np.minimum(have, each).tolist(), seed)]
        else:
            fewest = int(np.bincount(labels[pool], minlength=num).min())
            each = min(max(1, half_up(rules.share * fewest)), fewest - 1)
            ways, held = held_out(
                ways,
                pool,
                [each] * num,
                Purpose.VALIDATION,
                seed,
                "balanced validation",
                least=2,
                need="train and validation",
            )
            pool, chosen = pool[~held], pool[held]
        notes = (
            *notes,
            f"balanced validation uses extra labels: {len(chosen)} samples beyond the profile",
        )
    wanted = rules.profile.class_counts(counts_of(labels, pool, num), seed, classes)
    if rules.validation == "beside" and not len(own):
        ways, held = beside(ways, pool, wanted, rules.share, rules.profile, seed)
        pool, chosen = pool[~held], pool[held]
        notes = (
            *notes,
            f"validation beside the profile uses extra labels: {len(chosen)} samples that it "
            "leaves out of training",
        )
    train = pool[draw(labels[pool], groups_of(ways[0], pool), wanted, seed)]
    if rules.validation == "none":
        chosen = np.zeros(0, dtype=np.int64)
        notes = (*notes, NO_VALIDATION, *(OWN_UNUSED,) * bool(len(own)))
    elif len(own) and rules.validation != "balanced":
        chosen = own if rules.profile.kind == "none" else thinned(dataset, own, wanted, seed)
    elif rules.validation == "profiled":
        ways, held = held_out(
            ways,
            train,
            share_of_each(labels[train], num, rules.share),
            Purpose.VALIDATION,
            seed,
            "validation",
            least=2,
            need=f"train and validation under profile {rules.profile}",
        )
        train, chosen = train[~held], train[held]
    if rules.subset == "balanced-same-size":
        ways, train = balanced_same_size(ways, pool, chosen, len(train), seed)
    digest = hashlib.sha256(f"{dataset.checksum} {name}".encode())
    for indices in (train, chosen, test):
        digest.update(len(indices).to_bytes(8, "little") + indices.astype("<i8").tobytes())
    groups = ways[0].groups
    if groups is not None and groups is not dataset.groups:  # the set's own are in its checksum
        digest.update(groups.astype("<i8").tobytes())
    return Split(
        name,
        train,
        chosen,
        test,
        ClassCounts.from_labels(labels[train], num, classes),
        groups,
        digest.hexdigest()[:16],
        (
            *notes,
            *straddling_copies(dataset, name, train, chosen, test),
            *few_samples(dataset, chosen, test, in_folds=name.startswith("fold")),
        ),
    )
