"""Sampling driven by the F1 score of each class (TLC)."""

import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.apportion import apportion
from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.protocols import Report
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.cycle import Cycle
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed, generator

Values = npt.NDArray[np.float64]


class F1Driven(StreamSampler):
    """Draw a class the more often the lower its F1 on the contrast set.

    After each round ``q_k = (1 - F1_k) / sum_s (1 - F1_s)``, and class k gets that share of
    the next batches; before the first report all classes get the same. The total stays as it
    is: eq. 4 as printed would shrink it K-fold after the first round. F1 comes from the
    confusion matrix with each row divided by its sum, as if classes were equally many; the
    paper's, eq. 3, from the matrix as it is.

    Args:
        labels: (N,) integer labels of the training set without the contrast set, or a data set
            that has them.
        seed: 0 or more; same seed and same reports give the same stream on every machine.
        batch_size: B, indices per batch over all ranks; the authors' code has 6 per class.
        mode: "batch" gives each batch its shares, fractions carried to the next; "round" gives
            them to a whole round at once. A round is N indices and what fills its last batch.
        floor: share of the draws that is spread evenly whatever F1 says, in [0, 1], so that a
            class with F1 1 is not forgotten; the paper's is 0.
        smoothing: share of the F1 before that is kept, in [0, 1); the paper's is 0.
        prior: "balanced" divides confusion rows by their sums; "as_is", the paper's, does not.
        total: "kept", or "printed": from the first report on ``len(self)`` and what is shared
            out at once are 1 / K of what they were, the classes' mean size, as eq. 4 has it.
            A loop that takes a fixed number of batches in a round sees the shares alone.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N); reports with confusion (K, K).

    Raises:
        ArgumentError: a class without a sample, or a setting outside its range.

    Reference: TLC (Liu et al. 2023), eq. 3 and 4; Pouyanfar et al. 2018.

    >>> class Report:
    ...     confusion = np.array([[10, 0], [5, 5]])
    >>> sampler = F1Driven([0] * 90 + [1] * 10, seed=0, batch_size=10)
    >>> sampler.observe(Report())  # F1 0.8 and 0.67
    >>> [round(seen) for seen in sampler.seen]
    [39, 61]
    """

    revision = 2  # fractions are carried over reports; a round is whole batches in either mode
    corrects_prior = True
    changes_by_round = True
    contrast_share = 0.1  # of each class, held out of training for the reports

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        batch_size: int,
        mode: Literal["batch", "round"] = "batch",
        floor: float = 0.1,
        smoothing: float = 0.0,
        prior: Literal["balanced", "as_is"] = "balanced",
        total: Literal["kept", "printed"] = "kept",
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        known = mode in ("batch", "round") and prior in ("balanced", "as_is")
        if not known or total not in ("kept", "printed"):
            raise ArgumentError(
                'mode is "batch" or "round", prior is "balanced" or "as_is", total is "kept" or '
                f'"printed"; got mode {mode!r}, prior {prior!r}, total {total!r}'
            )
        if batch_size < 1 or not 0 <= floor <= 1 or not 0 <= smoothing < 1:
            raise ArgumentError(
                "batch_size is at least 1, floor in [0, 1], smoothing in [0, 1); got batch_size "
                f"{batch_size}, floor {floor}, smoothing {smoothing}"
            )
        classes = ClassIndex(labels, who="F1Driven", zero_count=zero_count)
        num = len(classes.members)
        self._seed, self._carries = seed, mode == "batch"
        self._floor, self._smoothing, self._prior = floor, smoothing, prior
        self._here: npt.NDArray[np.bool_] = classes.present.numpy()
        length = -(-num // batch_size) * batch_size
        self._total = batch_size if mode == "batch" else length
        present = int(self._here.sum())
        # sizes of what is shared out and of a round from the first report on
        self._after = max(1, round(self._total / present)) if total == "printed" else self._total
        self._length = max(1, round(length / present)) if total == "printed" else None
        self._cycles = [Cycle(classes.of(k), seed, 1, k) for k in range(classes.num_classes)]
        memory = {
            "q": (self._here / self._here.sum()).tolist(),
            "f1": None,
            "carry": [0.0] * classes.num_classes,
            "cursors": [0] * classes.num_classes,
        }
        stream = Stream(self._draw, length=length, rank=rank, world=world, memory=memory)
        super().__init__(stream, classes.summary)

    @property
    def seen(self) -> tuple[float, ...]:  # type: ignore[override]
        """Expected draws of each class in ``len(self)`` draws at the present shares."""
        return expected_seen(torch.tensor(self.stream.memory["q"]), len(self))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each class in the draws to come."""
        return tuple(self.stream.memory["q"])

    @property
    def f1(self) -> list[float] | None:
        """F1 of each class that the shares go by; None before the first report."""
        found = self.stream.memory["f1"]
        return None if found is None else list(found)

    def observe(self, report: Report) -> None:
        """Draw by the F1 of this report from the next index on."""
        memory = self.stream.memory
        f1 = class_f1(np.asarray(report.confusion), self._here, balanced=self._prior == "balanced")
        if memory["f1"] is not None and self._smoothing:
            f1 = self._smoothing * np.asarray(memory["f1"]) + (1 - self._smoothing) * f1
        q = shares(f1, self._here, self._floor)
        # fractions stay owed, or rounds of a few batches would never pay a small share
        shorter = {} if self._length is None else {"length": self._length}
        self.stream.restart(memory | {"q": q.tolist(), "f1": f1.tolist()} | shorter)

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        total = self._total if memory["f1"] is None else self._after
        wanted = np.asarray(memory["q"]) * total + np.asarray(memory["carry"])
        totals = apportion(wanted, total)
        cursors = list(memory["cursors"])
        parts = []
        for k in np.flatnonzero(totals).tolist():
            parts.append(self._cycles[k].take(cursors[k], int(totals[k])))
            cursors[k] += int(totals[k])
        block = torch.from_numpy(np.concatenate(parts))
        order = torch.randperm(len(block), generator=generator(self._seed, 2, number))
        after: dict[str, Any] = memory | {"cursors": cursors}
        if self._carries:
            after["carry"] = (wanted - totals).tolist()
        return block[order], after


def class_f1(
    confusion: npt.NDArray[np.int64], here: npt.NDArray[np.bool_], *, balanced: bool
) -> Values:
    """F1 of each class from a confusion matrix (K, K), rows true; 0 where undefined."""
    if confusion.shape != (len(here), len(here)):
        raise ArgumentError(f"a report over {len(here)} classes; got {confusion.shape}")
    matrix = confusion.astype(np.float64)
    rows = matrix.sum(axis=1)
    missing = np.flatnonzero((rows == 0) & here)
    if missing.size:
        warnings.warn(
            f"the contrast set has no sample of class {', '.join(map(str, missing))}; its F1 is "
            "taken as 0",
            stacklevel=3,
        )
    if balanced:
        matrix = np.divide(
            matrix, rows[:, None], out=np.zeros_like(matrix), where=rows[:, None] > 0
        )
    both = matrix.sum(axis=1) + matrix.sum(axis=0)
    f1: Values = np.divide(2 * matrix.diagonal(), both, out=np.zeros(len(here)), where=both > 0)
    return f1


def shares(f1: Values, here: npt.NDArray[np.bool_], floor: float) -> Values:
    """Share of the draws for each class (K,): by ``1 - f1``, even where all are perfect."""
    even = here / here.sum()
    missed = (1 - f1) * here
    q = missed / missed.sum() if missed.sum() > 0 else even
    mixed: Values = (1 - floor) * q + floor * even
    return mixed
