"""Resamplers beside their peers: seconds, peak memory, and how both grow with the data.

Every measurement runs in a process of its own, on data made there, one thread each. Seconds are
those of `fit_resample` alone. Memory is the growth of the process's peak during the call: the
result is in it, data and libraries are not.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from harness import Arguments, Claim, Output, arguments, compared, run

from counterpoise import resamplers
from counterpoise.resamplers.neighbours import nearest

MEBI = 2**20
Data = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Problem:
    """How a process makes its data: rows and columns, and how the classes share the rows.

    Args:
        rows: N over all classes.
        width: D.
        classes: K.
        ratio: largest over smallest class, sizes falling exponentially.
    """

    rows: int
    width: int
    classes: int
    ratio: float

    def data(self) -> Data:
        """Overlapping clouds, the same on every call; no copy is made on the way."""
        random = np.random.default_rng(0)
        falling = self.ratio ** (-np.arange(self.classes) / (self.classes - 1))
        sizes = np.floor(self.rows * falling / falling.sum()).astype(np.int64)
        sizes[0] += self.rows - sizes.sum()
        y = np.repeat(np.arange(self.classes), sizes)
        X = random.standard_normal((self.rows, self.width), dtype=np.float32)
        X[:, 0] += y
        return X, y


@dataclass(frozen=True)
class Measured:
    """One call of `fit_resample`: seconds, bytes of peak growth, and bytes of the result."""

    seconds: float
    peak: int
    result: int


def smote(theirs: bool, device: str) -> object:
    """Ours, or that of imbalanced-learn.

    Raises:
        ImportError: imbalanced-learn is not installed.
    """
    if theirs:
        from imblearn.over_sampling import SMOTE

        return SMOTE(random_state=0)
    return resamplers.SMOTE(random_state=0)


MAKERS: dict[str, Callable[[bool, str], object]] = {"smote": smote}


def measure(maker: str, theirs: bool, problem: Problem, options: Arguments) -> Measured:
    """In a fresh process; a smoke test stays in this one, as starting takes longer than that."""
    device = options.device
    if options.quick:
        return _measured(maker, theirs, problem, device)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (maker, theirs, problem, device))


def _measured(maker: str, theirs: bool, problem: Problem, device: str) -> Measured:
    torch.set_num_threads(1)
    sampler = MAKERS[maker](theirs, device)
    small = Problem(200, problem.width, problem.classes, 2).data()
    sampler.fit_resample(*small)  # type: ignore[attr-defined]  # load what is loaded late
    X, y = problem.data()
    given = torch.from_numpy(X).to(device) if device != "cpu" and not theirs else X
    before = _peak()
    start = time.perf_counter()
    points, labels = sampler.fit_resample(given, y)  # type: ignore[attr-defined]
    if device != "cpu" and not theirs:
        torch.cuda.synchronize(device)
    seconds = time.perf_counter() - start
    result = int(points.nbytes) + int(labels.nbytes)
    return Measured(seconds, max(1, _peak() - before), result)  # a peak of before may hide it


def _peak() -> int:
    """Bytes that this process has held at most."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def smote_beside_imbalanced_learn(options: Arguments) -> Iterator[Claim]:
    """Seconds and peak memory at 60 000 x 784, ten classes, exponential ratio 100."""
    rows = 3_000 if options.quick else 60_000
    problem = Problem(rows, 784, 10, 100)
    pairs: list[tuple[Measured, Measured]] = []
    for number in range(2 if options.quick else 5):
        turns = (False, True) if number % 2 == 0 else (True, False)
        found = {theirs: measure("smote", theirs, problem, options) for theirs in turns}
        pairs.append((found[False], found[True]))
    what = f"SMOTE, {rows} x 784 float32, ten classes, exponential ratio 100"
    columns = {
        name: np.array([[getattr(one, name) for one in pair] for pair in pairs], dtype=np.float64)
        for name in ("seconds", "peak")
    }
    yield compared(
        f"seconds of imbalanced-learn over ours, {what} (at least)",
        *columns["seconds"].T,
        1.0,
        at_least=True,
    )
    yield compared(
        f"peak memory of ours over imbalanced-learn, MiB, {what} (at most)",
        *(columns["peak"].T / MEBI),
        1.0,
    )


def same_neighbours(options: Arguments) -> Iterator[Claim]:
    """Points lie between the same samples: neighbours are those that imbalanced-learn finds."""
    from sklearn.neighbors import NearestNeighbors

    rows = 3_000 if options.quick else 60_000
    X, y = Problem(rows, 784, 10, 100).data()
    same, asked = 0, 0
    for k in range(1, 10):  # the largest class gains nothing
        own = X[y == k]
        theirs = NearestNeighbors(n_neighbors=6).fit(own).kneighbors(own, return_distance=False)
        places = torch.arange(len(own))
        _, ours = nearest(torch.from_numpy(own), torch.from_numpy(own), 5, itself=places)
        pairs = zip(ours.tolist(), theirs[:, 1:].tolist(), strict=True)
        same += sum(set(a) == set(b) for a, b in pairs)
        asked += len(own)
    yield compared(
        f"share of samples whose 5 neighbours are those of scikit-learn, {asked} of {rows} x 784 "
        "float32 (at least)",
        np.ones(1),
        np.array([same / asked]),
        0.999,
        at_least=True,
    )


def smote_of_many_rows(options: Arguments) -> Iterator[Claim]:
    """5 million rows: what is held beyond data and result stays under `max_memory`."""
    rows = 50_000 if options.quick else 5_000_000
    found = measure("smote", False, Problem(rows, 16, 2, 49), options)
    beyond = np.array([found.peak - found.result], dtype=np.float64) / MEBI
    yield compared(
        f"peak memory of SMOTE beyond data and result over max_memory, MiB, {rows} x 16 float32, "
        f"two classes, ratio 49, {found.seconds:.0f} s (at most)",
        beyond,
        np.array([1024.0]),
        1.0,
    )


# One function per row of the page; each yields its claims.
ROWS: tuple[Callable[[Arguments], Iterator[Claim]], ...] = (
    smote_beside_imbalanced_learn,
    same_neighbours,
    smote_of_many_rows,
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
            output.say(f"skipped {row.__name__}: {error} (pip install 'counterpoise[bench]')")


if __name__ == "__main__":
    run(main)
