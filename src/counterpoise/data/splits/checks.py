"""What has to hold before a split is made, and what to say of it in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.draw import Indices, group_counts
from counterpoise.errors import ArgumentError, DataError

FEW = 30  # samples of a class below which one of them moves recall by more than .03
FOLDS = 5  # to advise, or as many as the smallest class has samples
LEAST_FOLDS = 3
ValidationKind = Literal["profiled", "balanced", "beside", "none"]  # where its samples come from
KINDS: tuple[ValidationKind, ...] = get_args(ValidationKind)


def check_arguments(
    seeds: Sequence[int] | None,
    folds: int | None,
    validation: str,
    validation_share: float,
    test_share: float,
    subset: str,
) -> None:
    faults: list[str] = []
    if (seeds is None) == (folds is None):
        faults.append("give either seeds or folds")
    if seeds is not None and not len(seeds):
        faults.append("at least 1 seed is needed; got none")
    if seeds is not None and (len(set(seeds)) != len(seeds) or any(s < 0 for s in seeds)):
        faults.append(f"seeds are distinct and not negative; got {list(seeds)}")
    if folds is not None and folds < 2:
        faults.append(f"at least 2 folds are needed; got {folds}")
    for name, share in (("validation_share", validation_share), ("test_share", test_share)):
        if not 0 < share < 1:
            faults.append(f"{name} lies between 0 and 1; got {share}")
    if validation not in KINDS:
        listed = ", ".join(f'"{kind}"' for kind in KINDS[:-1])
        faults.append(f'validation is {listed} or "{KINDS[-1]}"; got {validation!r}')
    if subset not in ("profile", "balanced-same-size"):
        faults.append(f'subset is "profile" or "balanced-same-size"; got {subset!r}')
    if faults:
        raise ArgumentError("; ".join(faults))


def check_straddling(dataset: LabelledSet) -> None:
    if dataset.groups is None:
        return
    pairs = np.unique(np.stack([dataset.groups, np.maximum(dataset.part, 0)]), axis=1)
    groups, times = np.unique(pairs[0], return_counts=True)
    if (times > 1).any():
        first = int(np.flatnonzero(dataset.groups == groups[times > 1][0])[0])
        raise DataError(
            f"{dataset.name}: a group lies in one part; of {len(np.unique(groups))} groups "
            f"{int((times > 1).sum())} lie in more than one of the source's train, validation and "
            f"test parts (one holds sample {first}); move each to one part, "
            "or leave the parts out so that they are carved here"
        )


def require(dataset: LabelledSet, pool: Indices, least: int, purpose: str) -> None:
    """Every class has `least` samples (groups, where there are groups) in `pool`."""
    groups = None if dataset.groups is None else dataset.groups[pool]
    have = group_counts(dataset.labels[pool], groups, dataset.num_classes)
    unit = "samples" if groups is None else "groups"
    short = [f"'{dataset.classes[k]}' has {have[k]}" for k in np.flatnonzero(have < least)]
    if short:
        more = f" and {len(short) - 3} more" if len(short) > 3 else ""
        remedies = ["add data", "drop the class"]
        if "folds" in purpose and have.min() >= LEAST_FOLDS:
            remedies.append(f"take {have.min()} folds")
        if "profile" in purpose:
            remedies.append("lower the imbalance")
        raise DataError(
            f"{dataset.name}: class {', '.join(short[:3])}{more}; {purpose} need at least {least} "
            f"{unit} of each class ({', '.join(remedies[:-1])} or {remedies[-1]})"
        )


def few_samples(
    dataset: LabelledSet, validation: Indices, test: Indices, *, in_folds: bool
) -> list[str]:
    """In words: where one sample moves a recall by more than .03."""
    notes: list[str] = []
    for what, chosen in (("validation", validation), ("test", test)):
        if not len(chosen):
            continue
        counts = np.bincount(dataset.labels[chosen], minlength=dataset.num_classes)
        few = sorted((count, k) for k, count in enumerate(counts.tolist()) if count < FEW)
        if not few or (what == "test" and in_folds):  # the folds' test sets are pooled
            continue
        folds = 0 if in_folds else most_folds(dataset)
        advice = f"; use --folds {folds}" if folds >= LEAST_FOLDS else ""
        for count, k in few[: 3 if len(few) <= 3 else 1]:
            steps = f"recall moves in steps of {_step(count)}" if count else "recall is undefined"
            word = "sample" if count == 1 else "samples"
            said = f"class '{dataset.classes[k]}': {count} {what} {word}: {steps}{advice}"
            others = (
                "" if len(few) <= 3 else f" ({len(few)} of {len(counts)} classes have under {FEW})"
            )
            notes.append(said + others)
    return notes


def most_folds(dataset: LabelledSet) -> int:
    """Folds to advise, under 3 for none: with a test part of its own none would test on that."""
    if len(dataset.indices(2)):
        return 0
    pool = dataset.indices(-1, 0)
    groups = None if dataset.groups is None else dataset.groups[pool]
    fewest = group_counts(dataset.labels[pool], groups, dataset.num_classes).min()
    return min(FOLDS, int(fewest))


def _step(count: int) -> str:
    return f"{1 / count:.2f}".removeprefix("0") if count > 1 else "1"
