"""Bootstrap draws over splits and, within them, over groups of test samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.report.runs import SplitTargets

DRAWS = 2000
SEED = 20180101  # fixed, so that the same runs always give the same report
BLOCK_BYTES = 256 * 2**20

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Block:
    """Weights of the test samples in a few draws, for the splits that share a test set.

    Args:
        splits: numbers of those splits.
        draws: (r,) the draw to which each column of `weights` belongs.
        copies: (len(splits), r) how often that draw took the split.
        weights: (n, r) float32 how often that draw took the test sample.
    """

    splits: tuple[int, ...]
    draws: npt.NDArray[np.int64]
    copies: npt.NDArray[np.int64]
    weights: Floats32


def split_copies(num_splits: int, draws: int = DRAWS) -> npt.NDArray[np.int64]:
    """How often each draw takes each split, (S, draws); columns sum to S."""
    rng = np.random.default_rng([SEED, 0])
    share = np.full(num_splits, 1.0 / num_splits)
    return rng.multinomial(num_splits, share, size=draws).T.astype(np.int64)


def blocks(targets: Sequence[SplitTargets], draws: int = DRAWS) -> Iterator[Block]:
    """All draws, a bounded number at a time.

    Seeds share one test set, so a draw of its groups serves every seed and every method. Each
    fold has its own, so every copy of a fold draws its groups afresh.
    """
    copies = split_copies(len(targets), draws)
    common = all(
        np.array_equal(targets[0].test_indices, other.test_indices) for other in targets[1:]
    )
    shared = [tuple(range(len(targets)))] if common else [(s,) for s in range(len(targets))]
    for number, splits in enumerate(shared, start=1):
        rng = np.random.default_rng([SEED, number])
        columns = np.arange(draws)
        taken = copies[list(splits)]
        if len(splits) == 1 and len(targets) > 1:
            columns = np.repeat(columns, taken[0])
            taken = np.ones((1, len(columns)), dtype=np.int64)
        groups = targets[splits[0]].test_groups
        size = max(1, BLOCK_BYTES // (4 * max(len(groups), 1)))
        for start in range(0, len(columns), size):
            part = slice(start, start + size)
            weights = _draw(groups, len(columns[part]), rng)
            yield Block(splits, columns[part], taken[:, part], weights)


def _draw(groups: npt.NDArray[np.int64], num: int, rng: np.random.Generator) -> Floats32:
    """As many groups as there are, with replacement, `num` times -> (n, num)."""
    num_groups = int(groups.max(initial=-1)) + 1
    counts = np.empty((num_groups, num), dtype=np.float32)
    for column in range(num):
        drawn = rng.integers(0, num_groups, num_groups)
        counts[:, column] = np.bincount(drawn, minlength=num_groups)
    if num_groups == len(groups) and np.array_equal(groups, np.arange(num_groups)):
        return counts
    return counts[groups]
