"""Class counts: the one way in which class statistics travel through the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError, DataError
from counterpoise.labels import LabelSource, class_labels, num_classes_of

HEAD_ABOVE = 100  # Liu et al. 2019 (OLTR): many-shot classes hold more than 100 samples
TAIL_BELOW = 20  # few-shot classes hold fewer than 20


@dataclass(frozen=True)
class ClassCounts:
    """How many unique training samples each class has, before any sampler or resampler.

    Args:
        values: samples per class, one non-negative integer for each class index.
        names: class names in the same order; ``"0", "1", ...`` when left out.

    Raises:
        ArgumentError: fewer than two classes, a negative or fractional count, all counts
            zero, or as many names as do not fit.

    >>> counts = ClassCounts((100, 10, 1))
    >>> counts.imbalance_ratio, counts.total
    (100.0, 111)
    """

    values: tuple[int, ...]
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = tuple(int(v) for v in self.values)
        if any(v != w for v, w in zip(values, self.values, strict=True)) or any(
            v < 0 for v in values
        ):
            raise ArgumentError(f"class counts are non-negative integers; got {self.values}")
        if len(values) < 2:
            raise ArgumentError(f"at least two classes are needed; got counts {values}")
        if not any(values):
            raise ArgumentError(f"at least one class needs a sample; got counts {values}")
        names = tuple(str(n) for n in self.names) or tuple(str(k) for k in range(len(values)))
        if len(names) != len(values):
            raise ArgumentError(f"{len(values)} counts need {len(values)} names; got {len(names)}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "names", names)

    @classmethod
    def from_labels(
        cls,
        labels: LabelSource,
        num_classes: int | None = None,
        names: Sequence[str] = (),
    ) -> ClassCounts:
        """Count integer labels (N,) in ``[0, num_classes)``, or those of a data set of torch.

        Without `num_classes` and `names`, there are as many classes as the largest label says.

        Raises:
            DataError: labels are not whole numbers, negative, reach `num_classes`, or are ids,
                most of whose smaller numbers do not occur.

        >>> ClassCounts.from_labels([0, 0, 1], num_classes=3).values
        (2, 1, 0)
        """
        array = class_labels(labels)
        size = num_classes if num_classes is not None else len(names) or num_classes_of(array)
        if array.size and int(array.max()) >= size:
            raise DataError(f"labels are below {size}, the number of classes; got {array.max()}")
        counted = np.bincount(array.astype(np.int64, copy=False), minlength=size)
        return cls(tuple(int(c) for c in counted), tuple(names))

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.values)

    @property
    def total(self) -> int:
        """Number of samples, N."""
        return sum(self.values)

    @property
    def prior(self) -> npt.NDArray[np.float64]:
        """Share of each class, float64 (K,), summing to 1."""
        return np.asarray(self.values, dtype=np.float64) / self.total

    @property
    def imbalance_ratio(self) -> float:
        """Largest over smallest count; infinite when a class is empty. (Buda et al. 2018, eq. 1)"""
        smallest = min(self.values)
        return max(self.values) / smallest if smallest else float("inf")

    @property
    def head_to_tail(self) -> tuple[int, ...]:
        """Class indices from the most to the least frequent; ties keep class order."""
        return tuple(sorted(range(len(self.values)), key=lambda k: (-self.values[k], k)))

    @property
    def shots(self) -> tuple[str, ...]:
        """For each class "head" (> 100), "medium" or "tail" (< 20). (Liu et al. 2019)"""
        return tuple(
            "head" if v > HEAD_ABOVE else "tail" if v < TAIL_BELOW else "medium"
            for v in self.values
        )

    def require_present(self, who: str, zero_count: str = "raise") -> None:
        """Raise for the first class without a sample, unless the caller ignores such classes.

        Raises:
            ArgumentError: `zero_count` is neither "raise" nor "ignore", or a count is zero
                under "raise".
        """
        if zero_count not in ("raise", "ignore"):
            raise ArgumentError(f'zero_count is "raise" or "ignore"; got {zero_count!r}')
        if zero_count == "raise" and 0 in self.values:
            k = self.values.index(0)
            raise ArgumentError(
                f"class '{self.names[k]}' (index {k}) has no training sample; {who} needs at "
                'least 1 per class (drop the class, or pass zero_count="ignore")'
            )
