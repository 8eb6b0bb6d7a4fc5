"""What a person should know of a data set before training on it."""

from __future__ import annotations

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from counterpoise.counts import TAIL_BELOW
from counterpoise.data.decode import THREADS, Header, header, values_of_grey
from counterpoise.data.duplicates import find_duplicates
from counterpoise.data.group_hints import suggest_groups
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inspection import Inspection
from counterpoise.data.label_codes import PART_NAMES
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.remarks import look_at, remarks
from counterpoise.data.splits.checks import most_folds

_OPENED = 64  # images whose values are looked at


def inspect(dataset: LabelledSet, *, deep: bool = False) -> Inspection:
    """Look at labels, headers and content hashes.

    Args:
        dataset: what to look at.
        deep: decode every image, too. Without it, a truncated image body shows only when it is
            read (or with ``load(skip_corrupt=True)``).
    """
    num = dataset.num_classes
    counts = np.bincount(dataset.labels[dataset.part <= 0], minlength=num)
    parts = {
        name: tuple(
            int(n) for n in np.bincount(dataset.labels[dataset.part == code], minlength=num)
        )
        for code, name in PART_NAMES.items()
        if (dataset.part == code).any()
    }
    sizes, modes, damaged = _forms(dataset)
    if deep and isinstance(dataset.inputs, FileInputs):
        damaged = dataset.inputs.undecodable()
    group_sizes = (
        None if dataset.groups is None else np.unique(dataset.groups, return_counts=True)[1]
    )
    files = dataset.inputs.names if isinstance(dataset.inputs, FileInputs) else ()
    return Inspection(
        name=dataset.name,
        kind=dataset.kind,
        input_shape=dataset.input_shape,
        checksum=dataset.checksum,
        classes=dataset.classes,
        counts=tuple(int(n) for n in counts),
        parts=parts,
        ratio=float(counts.max() / counts.min()),
        mu=_mu([int(n) for n in counts]),
        groups=None if group_sizes is None else int((group_sizes > 1).sum()),
        single=0 if group_sizes is None else int((group_sizes == 1).sum()),
        straddling=_straddling(dataset),
        sizes=sizes,
        modes=modes,
        sixteen_bit=sum(form.sixteen_bit for form in dataset.formats),
        sixteen_bit_range=_sixteen_bit_range(dataset),
        whole=isinstance(dataset.inputs, FileInputs) and dataset.inputs.deep,
        alpha=sum(form.alpha for form in dataset.formats),
        damaged=damaged,
        duplicates=find_duplicates(dataset),
        tiny=tuple(name for name, n in zip(dataset.classes, counts, strict=True) if n < TAIL_BELOW),
        folds=most_folds(dataset),
        suggestion="" if dataset.groups is not None else suggest_groups(files),
        notes=remarks(dataset),
        columns=look_at(dataset),
    )


def _mu(counts: list[int]) -> float:
    middle = math.sqrt(max(counts) * min(counts))
    return sum(n < middle for n in counts) / len(counts)


def _straddling(dataset: LabelledSet) -> int:
    if dataset.groups is None:
        return 0
    pairs = np.unique(np.stack([dataset.groups, np.maximum(dataset.part, 0)]), axis=1)
    return int((np.unique(pairs[0], return_counts=True)[1] > 1).sum())


def _forms(dataset: LabelledSet) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    """Sizes and modes with their numbers, and the files whose header is damaged."""
    if not isinstance(dataset.inputs, FileInputs):
        sample = dataset.inputs.read(np.zeros(1, dtype=np.int64))
        shape = " x ".join(str(n) for n in dataset.input_shape)
        return {shape: len(dataset)}, {str(sample.dtype): len(dataset)}, ()
    with ThreadPoolExecutor(THREADS) as pool:
        headers: list[Header] = list(pool.map(header, dataset.inputs.paths))
    good = [h for h in headers if not h.error]
    sizes = Counter(f"{h.width} x {h.height}" for h in good)
    damaged = tuple(
        f"{name}: {h.error}"
        for name, h in zip(dataset.inputs.names, headers, strict=True)
        if h.error
    )
    return dict(sizes.most_common()), dict(Counter(h.mode for h in good).most_common()), damaged


def _sixteen_bit_range(dataset: LabelledSet) -> tuple[int, int] | None:
    if not isinstance(dataset.inputs, FileInputs):
        return None
    deep = np.flatnonzero([form.sixteen_bit for form in dataset.formats])
    chosen = deep[np.linspace(0, len(deep) - 1, min(len(deep), _OPENED)).round().astype(int)]
    found = [values_of_grey(dataset.inputs.paths[i]) for i in chosen.tolist()]
    known = [values for values in found if values is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None
