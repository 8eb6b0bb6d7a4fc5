"""What drawing indices costs beside torch's weighted sampler, set-up counted apart.

Both draw with replacement by class shares: torch from one weight per sample, ours class totals
first. Both are timed as a data loader takes them, as Python numbers, and as one tensor. The
labels are those of a long tail of 100 classes, in random order.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import chain, islice, repeat

import numpy as np
import numpy.typing as npt
import torch
from harness import Claim, Output, arguments, compared, interleaved, run
from torch.utils.data import WeightedRandomSampler

from counterpoise.samplers import ClassBalanced, Progressive, SquareRootSampling

CLASSES = 100
RATIO = 100  # of the largest class over the smallest
LIMIT = 2**24
Ours = ClassBalanced | Progressive | SquareRootSampling


def long_tail(size: int) -> npt.NDArray[np.int64]:
    """Labels (N,) of exponentially smaller classes, in random order."""
    shares = RATIO ** (-np.arange(CLASSES) / (CLASSES - 1))
    counts = np.maximum(1, shares / shares.sum() * size).astype(np.int64)
    counts[0] += size - counts.sum()
    return np.random.default_rng(0).permutation(np.repeat(np.arange(CLASSES), counts))


def halfway(labels: npt.NDArray[np.int64]) -> Progressive:
    """The mixture in the middle of a training."""
    sampler = Progressive(labels, seed=0, rounds=10)
    sampler.set_epoch(5)
    return sampler


MAKERS: dict[str, Callable[[npt.NDArray[np.int64]], Ours]] = {
    "ClassBalanced": lambda labels: ClassBalanced(labels, seed=0),
    "SquareRootSampling": lambda labels: SquareRootSampling(labels, seed=0),
    "Progressive": halfway,
}


def weighted(labels: npt.NDArray[np.int64], name: str, draws: int) -> WeightedRandomSampler:
    """torch's sampler with the same class shares."""
    counts = np.bincount(labels)
    shares = {
        "ClassBalanced": np.ones(len(counts)),
        "SquareRootSampling": counts**0.5,
        "Progressive": (counts / len(labels) + 1 / len(counts)) / 2,
    }[name]
    return WeightedRandomSampler(torch.from_numpy((shares / counts)[labels]), draws)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def iterated(sampler: Ours, draws: int) -> list[int]:
    """The next `draws` indices as a loader gets them, over as many rounds as it takes."""
    return list(islice(chain.from_iterable(repeat(sampler)), draws))


def same_shares(labels: npt.NDArray[np.int64], ours: list[int], theirs: list[int]) -> None:
    """Refuse to time two samplers that do not draw the same classes."""
    left, right = (np.bincount(labels[drawn], minlength=CLASSES) for drawn in (ours, theirs))
    apart = np.abs(left - right) / np.sqrt(left + right + 1)
    assert apart.max() < 6, f"class totals differ by {apart.max():.1f} standard deviations"


def against_torch(output: Output, size: int, draws: int, pairs: int, bar: float) -> None:
    """Every sampler that draws with replacement, from `size` labels."""
    labels = long_tail(size)
    for name, make in MAKERS.items():
        ours, theirs = make(labels), weighted(labels, name, draws)
        same_shares(labels, iterated(ours, draws), list(theirs))
        where = f"{draws:,} draws from {size:,} labels".replace(",", " ")
        left, right = interleaved(
            lambda: timed(lambda: iterated(ours, draws)),  # noqa: B023 - used at once
            lambda: timed(lambda: list(theirs)),  # noqa: B023
            pairs,
        )
        text = f"torch's WeightedRandomSampler over {name}, {where}, seconds (at least)"
        output.claim(compared(text, left, right, bar, at_least=True))
        left, right = interleaved(
            lambda: timed(lambda: ours.take(draws)),  # noqa: B023
            lambda: timed(lambda: torch.multinomial(theirs.weights, draws, True)),  # noqa: B023
            pairs,
        )
        text = f"torch.multinomial over {name}.take, {where}, seconds (at least)"
        output.claim(compared(text, left, right, bar, at_least=True))


def set_up(output: Output, size: int, draws: int, pairs: int) -> None:
    """What is paid once, and that it is earned back by the first draws."""
    labels = long_tail(size)
    left, right = interleaved(
        lambda: timed(lambda: ClassBalanced(labels, seed=0)),
        lambda: timed(lambda: weighted(labels, "ClassBalanced", draws)),
        pairs,
    )
    output.say(
        f"set-up from {size} labels: ClassBalanced {np.median(left):.3f} s, torch's weights "
        f"{np.median(right):.3f} s"
    )
    left, right = interleaved(
        lambda: timed(lambda: iterated(ClassBalanced(labels, seed=0), draws)),
        lambda: timed(lambda: list(weighted(labels, "ClassBalanced", draws))),
        pairs,
    )
    where = f"{draws:,} draws from {size:,} labels".replace(",", " ")
    text = f"torch over ClassBalanced, set-up and the first {where}, seconds (at least)"
    output.claim(compared(text, left, right, 1.0, at_least=True))


def beyond_the_limit(size: int, draws: int) -> Claim:
    """That torch stops at 2**24 samples and we do not."""
    labels = np.zeros(size, dtype=np.uint8)
    labels[-1] = 1
    ours = ClassBalanced(labels, seed=0).take(draws)
    works = abs(float((ours == size - 1).double().mean()) - 0.5) < 3 / draws**0.5
    list(WeightedRandomSampler(torch.ones(LIMIT), 1))
    try:
        list(WeightedRandomSampler(torch.ones(LIMIT + 1), 1))
    except RuntimeError:
        theirs = LIMIT
    else:
        theirs = size
    text = "labels that ClassBalanced draws from, over the most that torch's sampler takes"
    ratio = size / theirs
    return Claim(text, size, theirs, ratio, 1.0, works and ratio > 1, 1, (ratio, ratio))


def main() -> None:
    """Small, large and too large sets of labels."""
    options = arguments(__doc__ or "")
    output = Output(options)
    draws, pairs = (10_000, 2) if options.quick else (1_000_000, 10)
    sizes = (10_000, 100_000) if options.quick else (100_000, 1_000_000, 10_000_000)
    for size in sizes:
        against_torch(output, size, draws, pairs, 5.0 if size == sizes[-1] else 1.0)
    set_up(output, sizes[-1], draws, pairs)
    output.claim(beyond_the_limit(20_000_000, 10_000))


if __name__ == "__main__":
    run(main)
