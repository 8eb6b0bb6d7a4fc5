"""RBO, CCR and their many-class forms beside their peers: seconds, peak memory, and growth.

RBO is compared with the algorithm of Koziarski, Krawczyk and Wozniak 2019, written plainly here,
one proposal at a time, which takes the same random numbers and so makes the same points. CCR of
smote-variants is compared where its radii are ours. Growth is measured as in `resamplers.py`, a
process each.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch
from harness import Arguments, Claim, Output, arguments, compared, interleaved, run

from counterpoise import resamplers
from counterpoise.resamplers import problem as problems
from counterpoise.resamplers.resampler import generator_of
from counterpoise.resamplers.spheres import Spheres
from resamplers import MAKERS, MEBI, Problem, measure

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# Features are standard normal, and 64 of them lie some 70 apart.
MAKERS["mc-ccr"] = lambda theirs, device: resamplers.MCCCR(energy=55, random_state=0)
MAKERS["mc-rbo"] = lambda theirs, device: resamplers.MCRBO(
    gamma=50, step_size=0.008, random_state=0
)


def plain_rbo(X: Floats, y: Integers, gamma: float, steps: int) -> Floats:
    """RBO of two classes, 1 the minority: one proposal, one neighbour, one distance at a time."""
    random = generator_of(0)
    minority = np.flatnonzero(y == 1)
    num, width = len(y) - 2 * len(minority), X.shape[1]
    bases = minority[torch.randint(len(minority), (num,), generator=random).sort().values.numpy()]
    draws = torch.rand(num * steps, generator=random, dtype=torch.float64).reshape(num, steps)
    charge = np.where(y == 1, -1.0, 1.0)
    made = np.empty((num, width))
    for row, base in enumerate(bases):
        apart = [plain_distance(X[base], x) for x in X]
        near = [i for i in np.argsort(apart, kind="stable") if i != base][:25]
        way = np.zeros(width)
        level = plain_potential(X[base], X, charge, near, gamma)
        unused = list(range(2 * width))
        for drawn in draws[row].tolist():
            if not unused:
                break
            slot = int(drawn * len(unused))
            direction = unused[slot]
            unused[slot] = unused[-1]
            unused.pop()
            proposed = way.copy()
            proposed[direction % width] += 0.001 if direction < width else -0.001
            new = plain_potential(X[base] + proposed, X, charge, near, gamma)
            if abs(new) < abs(level):
                way, level = proposed, new
                start = direction + width + 1
                unused = [(start + i) % (2 * width) for i in range(2 * width - 1)]
        made[row] = X[base] + way
    return made


def plain_distance(x: Floats, z: Floats) -> float:
    """City-block."""
    return float(np.sum(np.abs(x - z)))


def plain_potential(x: Floats, X: Floats, charge: Floats, near: list[int], gamma: float) -> float:
    """Mutual class potential of a point."""
    total = 0.0
    for i in near:
        total += charge[i] * math.exp(-((plain_distance(x, X[i]) / gamma) ** 2))
    return total


def seconds(call: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def rbo_beside_plain_python(options: Arguments) -> Iterator[Claim]:
    """400 / 40 samples of 16 features in [0, 1], 500 steps, 25 neighbours."""
    random = np.random.default_rng(0)
    sizes = (60, 20) if options.quick else (400, 40)
    y = np.repeat([0, 1], sizes)
    X = random.uniform(size=(len(y), 16))
    sampler = resamplers.RBO(gamma=1.0, random_state=0)
    expected = plain_rbo(X, y, 1.0, 500)
    points, _ = sampler.fit_resample(X, y)
    what = f"{sizes[0]} / {sizes[1]} x 16, 500 steps"
    yield compared(
        f"largest difference between RBO's points and plain Python's, {what} (at most)",
        np.array([np.abs(points[len(y) :] - expected).max()]),
        np.ones(1),
        1e-9,
    )
    sampler.fit_resample(X, y)
    found = interleaved(
        lambda: seconds(lambda: sampler.fit_resample(X, y)),
        lambda: seconds(lambda: plain_rbo(X, y, 1.0, 500)),
        2 if options.quick else 7,
    )
    yield compared(
        f"seconds of RBO in plain Python over ours, {what} (at least)", *found, 200, at_least=True
    )


def ccr_beside_smote_variants(options: Arguments) -> Iterator[Claim]:
    """5000 / 500 samples of 64 features, with few and with many majority samples in spheres.

    smote-variants returns the majority as it was, though it computes the moves; its radii are
    those of the paper while a sphere holds at most one sample. It allots by 1 / radius as we do,
    but rounds each sphere by itself, and draws other directions. So radii are compared, and times.
    """
    import smote_variants

    logging.getLogger("smote_variants").setLevel(logging.ERROR)
    sizes = (500, 50) if options.quick else (5000, 500)
    y = np.repeat([0, 1], sizes)
    X = np.random.default_rng(0).normal(size=(len(y), 64))
    for energy in (42.0, 60.0):
        ours = resamplers.CCR(energy=energy, random_state=0)
        theirs = smote_variants.CCR(energy=energy, random_state=0)
        radii, _ = theirs.determine_radii_translations(X[y == 1], X[y == 0])
        own, others = torch.from_numpy(X[y == 1]), torch.from_numpy(X[y == 0])
        counts = (int(sizes[0]), int(sizes[1]))
        problem = problems.Problem(
            torch.from_numpy(X), torch.from_numpy(y), counts, counts, ("0", "1"), generator_of(0)
        )
        mine = Spheres(energy, "translate", "proportional", 1.0, 2**30)
        found = mine.clean(own, others, problem).radii
        few = (torch.cdist(own, others, p=1) < found[:, None]).sum(1) <= 1
        apart = (found - torch.from_numpy(radii)).abs()
        what = f"{sizes[0]} / {sizes[1]} x 64, energy {energy:g}"
        yield compared(
            f"largest difference of radii over energy, {int(few.sum())} spheres of {sizes[1]} that "
            f"hold at most one sample, {what} (at most)",
            np.array([float(apart[few].max() if few.any() else 0.0) / energy]),
            np.ones(1),
            1e-9,
        )
        for sampler in (ours, theirs):
            (sampler.fit_resample if sampler is ours else sampler.sample)(X, y)
        pair = interleaved(
            lambda ours=ours: seconds(lambda: ours.fit_resample(X, y)),  # type: ignore[misc]
            lambda theirs=theirs: seconds(lambda: theirs.sample(X, y)),  # type: ignore[misc]
            3 if options.quick else 9,
        )
        yield compared(
            f"seconds of CCR of smote-variants over ours, {what} (at least)",
            *pair,
            1.5,
            at_least=True,
        )


def growth(maker: str, options: Arguments) -> Iterator[Claim]:
    """Ten classes x 64 features, exponential ratio 100: memory, and seconds over four sizes.

    All sizes are measured in turn, several times; each time a line through the logarithms gives a
    power.
    """
    sizes = [250, 500] if options.quick else [6_250, 12_500, 25_000, 50_000]
    times = 1 if options.quick else 3
    found = [
        [measure(maker, False, Problem(n, 64, 10, 100), options) for n in sizes]
        for _ in range(times)
    ]
    largest = [turn[-1] for turn in found]
    yield compared(
        f"peak memory of {maker} beyond data and result over max_memory, MiB, {sizes[-1]} x 64 "
        "float32, ten classes (at most)",
        np.array([one.peak - one.result for one in largest], dtype=np.float64) / MEBI,
        np.full(times, 1024.0),
        1.0,
    )
    seconds = np.array([[one.seconds for one in turn] for turn in found])  # (times, 4)
    took = ", ".join(f"{n}: {s:.1f} s" for n, s in zip(sizes, np.median(seconds, 0), strict=True))
    yield compared(
        f"growth of {maker}'s seconds with N, as a power; {took} (at most)",
        np.polyfit(np.log(sizes), np.log(seconds.T), 1)[0],
        np.ones(times),
        2.0,
    )


# One function per row of the page; each yields its claims.
ROWS: tuple[Callable[[Arguments], Iterator[Claim]], ...] = (
    ccr_beside_smote_variants,
    lambda options: growth("mc-ccr", options),
    lambda options: growth("mc-rbo", options),
    rbo_beside_plain_python,
)


def main() -> None:
    """Every row in turn; a peer that is missing is said and skipped."""
    options = arguments(__doc__ or "")
    output = Output(options)
    for row in ROWS:
        try:
            for claim in row(options):
                output.claim(claim)
        except ImportError as error:
            output.say(f"skipped: {error} (pip install smote-variants)")


if __name__ == "__main__":
    run(main)
