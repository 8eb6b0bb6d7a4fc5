"""What a person should know of a data set before training on it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

import numpy as np

from counterpoise.counts import TAIL_BELOW
from counterpoise.data.decode import THREADS, Header, header
from counterpoise.data.duplicates import Duplicates, find_duplicates
from counterpoise.data.inputs import FileInputs
from counterpoise.data.labelled import Kind, LabelledSet
from counterpoise.data.labels import PART_NAMES

_TRAILING_NUMBER = re.compile(r"[-_. ](?:frame|img|f|n)?\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Inspection:
    """Report on a `LabelledSet`. ``str()`` is for people, `to_dict` for JSON.

    Args:
        counts: samples per class outside the source's validation and test parts.
        parts: the same for each part that has samples: free, train, validation, test.
        ratio: largest over smallest of `counts`.
        mu: share of classes whose count is nearer to the smallest than to the largest, on a
            logarithmic scale; equals the mu of a step profile. 0 when all are equal.
        groups: number of groups of two or more samples, None for a set without groups.
        single: samples that are a group of their own.
        straddling: groups in more than one of train, validation and test.
        sizes: "width x height" (or shape) -> how many; most frequent first.
        modes: Pillow mode (or dtype) -> how many.
        damaged: files whose header cannot be read.
        tiny: classes with fewer than 20 of `counts`.
        suggestion: how file names hint at groups; "" when they do not.
        notes: what loading said.
    """

    name: str
    kind: Kind
    input_shape: tuple[int, ...]
    checksum: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    parts: dict[str, tuple[int, ...]]
    ratio: float
    mu: float
    groups: int | None
    single: int
    straddling: int
    sizes: dict[str, int]
    modes: dict[str, int]
    damaged: tuple[str, ...]
    duplicates: Duplicates
    tiny: tuple[str, ...]
    suggestion: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can hold (tuples become lists there)."""
        return asdict(self)

    def __str__(self) -> str:
        from counterpoise.data.inspect_text import describe

        return describe(self)


def inspect(dataset: LabelledSet) -> Inspection:
    """Look at labels, headers and content hashes; decodes nothing, so a truncated image body
    shows only when it is read (or with ``load(skip_corrupt=True)``).
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
        damaged=damaged,
        duplicates=find_duplicates(dataset),
        tiny=tuple(name for name, n in zip(dataset.classes, counts, strict=True) if n < TAIL_BELOW),
        suggestion="" if dataset.groups is not None else suggest_groups(files),
        notes=dataset.notes,
    )


def suggest_groups(names: Sequence[str]) -> str:
    """A sentence on groups that file names hint at, such as the track in ``00003_00029.png``.

    >>> names = [f"stop/{track:05d}_{frame:05d}.png" for track in range(4) for frame in range(30)]
    >>> suggest_groups(names).split(":")[0]
    "file names share 4 prefixes ('00000_...' x 30)"
    """
    sizes: Counter[tuple[str, str]] = Counter()
    for name in names:
        path = PurePosixPath(name)
        prefix = _TRAILING_NUMBER.sub("", path.stem)
        if prefix and prefix != path.stem:
            sizes[str(path.parent), prefix] += 1
    folders = {parent for parent, _ in sizes}
    shared = sum(size for size in sizes.values() if size > 1)
    # one prefix per folder is only a naming habit, such as image_0001
    if not sizes or len(sizes) < 2 * len(folders) or shared < len(names) / 2:
        return ""
    (_, prefix), size = sizes.most_common(1)[0]
    return (
        f"file names share {len(sizes)} prefixes ('{prefix}_...' x {size}): frames of one track, "
        "patient or video? Then list them in a CSV with a group column, or near-copies will "
        "straddle the split"
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
