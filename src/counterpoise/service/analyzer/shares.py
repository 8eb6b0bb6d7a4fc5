"""Whether the shares of classes differ between two sets of results by more than chance.

Frames that follow each other show much the same, so they are not independent. What is taken as
independent are stretches of time (blocks): the variance of a share is that of a ratio between
blocks, and never less than that of independent frames. Intervals are of Welch's t, together 95 %
over all classes (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEVEL = 0.95  # of all intervals of a comparison together
LARGE = 1e9  # degrees of freedom of a variance that is known


@dataclass(frozen=True)
class Shares:
    """Shares of the classes (K,), how sure they are (variance), and the blocks behind that."""

    number: int
    share: Floats
    variance: Floats
    freedom: float


@dataclass(frozen=True)
class Difference:
    """A class's share now and before, and the interval of the difference."""

    label: str
    share: float
    before: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Now less before."""
        return self.share - self.before

    @property
    def is_more_than_chance(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def of_blocks(counts: Counts) -> Shares | None:
    """Shares of counts (blocks, K); None for fewer than two blocks in which there is something."""
    sizes = counts.sum(axis=1)
    counts, sizes = counts[sizes > 0].astype(float), sizes[sizes > 0]
    blocks = len(counts)
    if blocks < 2:
        return None
    number = int(sizes.sum())
    share = counts.sum(axis=0) / number
    away = counts - sizes[:, None] * share
    between = blocks / (blocks - 1) * (away**2).sum(axis=0) / number**2
    return Shares(number, share, np.maximum(between, _of_sample(share, number)), blocks - 1)


def mean_of_blocks(sums: Floats, sizes: Counts) -> Shares | None:
    """A mean such as that of probabilities, by blocks: their sums and numbers, (blocks,)."""
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    blocks, number = len(sizes), int(sizes.sum())
    if blocks < 2:
        return None
    mean = sums.sum() / number
    between = blocks / (blocks - 1) * ((sums - sizes * mean) ** 2).sum() / number**2
    return Shares(number, np.array([mean]), np.array([max(between, 1e-12)]), blocks - 1)


def of_sample(counts: Counts) -> Shares:
    """Shares of independent samples, such as those of a training set, by class (K,)."""
    number = int(counts.sum())
    share = counts / number
    return Shares(number, share, _of_sample(share, number), LARGE)


def _of_sample(share: Floats, number: int) -> Floats:
    """Variance of a share of independent samples; above zero for a class never seen, too."""
    careful = (share * number + 1) / (number + 2)
    variance: Floats = careful * (1 - careful) / number
    return variance


def differences(labels: Sequence[str], now: Shares, before: Shares) -> list[Difference]:
    """Each class's difference, in the order of `labels`."""
    return list(_differences(labels, now, before))


def _differences(labels: Sequence[str], now: Shares, before: Shares) -> Iterator[Difference]:
    variance = now.variance + before.variance
    freedom = variance**2 / (now.variance**2 / now.freedom + before.variance**2 / before.freedom)
    tail = (1 - LEVEL) / 2 / max(1, len(labels))
    half = stdtrit(freedom, 1 - tail) * np.sqrt(variance)
    for k, label in enumerate(labels):
        share, earlier = float(now.share[k]), float(before.share[k])
        low = max(-1.0, share - earlier - float(half[k]))
        high = min(1.0, share - earlier + float(half[k]))
        yield Difference(label, share, earlier, low, high)
