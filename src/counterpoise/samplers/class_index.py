"""Which samples belong to which class: one sorted list and where each class begins."""

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.labels import Integers, LabelSource, class_labels, num_classes_of
from counterpoise.samplers.stream import generator

BLOCK = 2**16  # draws are independent, so a block of any length is right; this one is fast
ZeroCount = Literal["raise", "ignore"]


@dataclass(frozen=True)
class LabelSummary:
    """Enough of the labels (N,) that a sampler was made for to tell whether others are the same.

    Args:
        num_samples: N.
        num_classes: K.
        checksum: of the labels in the smallest type that holds K - 1.
    """

    num_samples: int
    num_classes: int
    checksum: int

    def matches(self, labels: Integers) -> bool:
        """Whether labels are the same, sample by sample.

        >>> ClassIndex([0, 1, 1], who="test").summary.matches(np.array([1, 0, 1]))
        False
        """
        if len(labels) != self.num_samples or int(labels.max()) >= self.num_classes:
            return False
        return zlib.crc32(_small(labels, self.num_classes).data) == self.checksum


class ClassIndex:
    """Positions of each class in the training set.

    Args:
        labels: (N,) integer labels, N at least 1, or a data set that has them.
        who: sampler that asks, for messages.
        zero_count: what a class without a sample means: "raise", or "ignore" to leave it out.

    Raises:
        ArgumentError: no labels, or a class without a sample under "raise".
        DataError: labels are not class indices 0..K-1.
    """

    def __init__(self, labels: LabelSource, *, who: str, zero_count: ZeroCount = "raise") -> None:
        array = class_labels(labels)
        if not array.size:
            raise ArgumentError("a sampler needs labels (N,), N at least 1; got none")
        counts = ClassCounts.from_labels(array, num_classes=max(2, num_classes_of(array)))
        counts.require_present(who, zero_count)
        small = _small(array, counts.num_classes)  # radix sort, to 2**16
        self.summary = LabelSummary(len(array), counts.num_classes, zlib.crc32(small.data))
        self.members = torch.from_numpy(np.argsort(small, kind="stable"))  # (N,) by class
        self.sizes = torch.tensor(counts.values, dtype=torch.int64)  # (K,)
        self.starts = torch.cumsum(self.sizes, 0) - self.sizes  # (K,)

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.sizes)

    @property
    def present(self) -> Tensor:
        """Which classes have a sample, bool (K,)."""
        return self.sizes > 0

    def of(self, k: int) -> Tensor:
        """Positions of class `k`, ascending, (n_k,)."""
        start = int(self.starts[k])
        return self.members[start : start + int(self.sizes[k])]

    def draw(self, totals: Tensor, random: torch.Generator) -> Tensor:
        """``totals[k]`` positions of each class k with replacement, all shuffled together."""
        sizes = self.sizes.repeat_interleave(totals)  # (sum,) by class
        # float64 keeps 53 bits, so that a class may hold far more than 2**24 samples
        chosen = torch.rand(len(sizes), generator=random, dtype=torch.float64).mul_(sizes).long()
        places = chosen.minimum(sizes - 1) + self.starts.repeat_interleave(totals)
        order = torch.randperm(len(sizes), generator=random)
        return self.members.index_select(0, places).index_select(0, order)

    def block(self, shares: Tensor, seed: int, number: int) -> Tensor:
        """`BLOCK` independent draws, classes by `shares` (K,), a function of (seed, number)."""
        totals = class_totals(shares, BLOCK, seed, number)
        return self.draw(totals, generator(seed, number))


def _small(labels: Integers, num_classes: int) -> Integers:
    """In the smallest type that holds all classes."""
    return np.ascontiguousarray(labels, dtype=np.min_scalar_type(num_classes - 1))


def class_totals(shares: Tensor, num: int, seed: int, number: int) -> Tensor:
    """How many of `num` independent draws fall on each class, int64 (K,): one multinomial.

    Neither the number of draws nor that of samples has a limit. A class without a share gets
    nothing, whatever the rounding of the others.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    drawn = np.flatnonzero(shares.numpy() > 0)
    share = shares.numpy()[drawn].astype(np.float64)
    totals = np.zeros(len(shares), dtype=np.int64)
    totals[drawn] = random.multinomial(num, share / share.sum())
    return torch.from_numpy(totals)


def expected_seen(shares: Tensor, length: int) -> tuple[float, ...]:
    """Expected draws of each class among `length`, for shares (K,) that need not sum to 1."""
    return tuple((shares.double() * length / shares.double().sum()).tolist())
