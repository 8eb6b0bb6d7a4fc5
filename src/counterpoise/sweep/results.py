"""What a sweep found: the grid, and each method against the baseline over all of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.metrics.names import in_sentence
from counterpoise.records import DifferencePart, EstimatePart, SweepCellPart, SweepRecord
from counterpoise.report.number_format import MISSING, shorter, signed
from counterpoise.sweep.grid import Axes, folder_name, point_name
from counterpoise.sweep.measured import Measured

FILE, PAGE = "sweep.json", "report.html"
BEST = "*"


@dataclass(frozen=True)
class Gain:
    """A method against the baseline, over the cells in which both have an interval.

    Args:
        method: its name.
        mean: of the differences in the cells.
        better: cells whose interval lies on the better side.
        worse: on the other.
        cells: in all.
    """

    method: str
    mean: float
    better: int
    worse: int
    cells: int


@dataclass(frozen=True)
class Sweep:
    """A grid of comparisons, as far as it is finished.

    Args:
        dataset: as it was asked for.
        axes: axis -> its values.
        methods: in the order asked for.
        metrics: of the tables.
        select: the metric that ranks on validation.
        command: as it was typed.
        question: digest of what the cells share.
        cells: what was measured in each.
        folder: of all of them.
    """

    dataset: str
    axes: Axes
    methods: Sequence[str]
    metrics: Sequence[str]
    select: str
    command: str
    question: str
    cells: Sequence[Measured]
    folder: Path

    @property
    def finished(self) -> int:
        """How many cells have results."""
        return sum(bool(cell.values) for cell in self.cells)

    @property
    def failed(self) -> list[tuple[str, str]]:
        """Cells that were not run, each with why."""
        return [(point_name(c.point), c.reason) for c in self.cells if status(c) == "not run"]

    @property
    def broken(self) -> bool:
        """Whether a run failed, which a diverged one did not."""
        return any(cell.failed for cell in self.cells)

    @property
    def state(self) -> str:
        """How far it is, in a sentence."""
        words = [status(cell) for cell in self.cells]
        rest = [f"{words.count(w)} {w}" for w in ("unfinished", "waiting", "not run") if w in words]
        done = f"{words.count('finished')} of {len(self.cells)} cells are finished"
        return f"{done}{'; ' if rest else ''}{', '.join(rest)}"

    @property
    def gains(self) -> list[Gain]:
        """Of each method but the baseline, by the metric that ranks."""
        sign = -1.0 if self.select in LOWER_IS_BETTER else 1.0
        found = []
        for method in self.methods:
            own = [
                c.gains[method, self.select] for c in self.cells if (method, self.select) in c.gains
            ]
            if own:
                ends = [sorted((sign * low, sign * high)) for _, (low, high) in own]
                better, worse = sum(e[0] > 0 for e in ends), sum(e[1] < 0 for e in ends)
                mean = float(np.mean([difference for difference, _ in own]))
                found.append(Gain(method, mean, better, worse, len(own)))
        return found

    def sentences(self) -> Iterator[str]:
        """Of each method, in how many cells it is better than the baseline and by how much."""
        for gain in self.gains:
            yield (
                f"{gain.method}: better than the baseline in {gain.better} of {gain.cells} cells, "
                f"worse in {gain.worse}; mean difference {signed(gain.mean)}"
            )

    def text_of(self, cell: Measured, method: str, metric: str) -> str:
        """A number with its interval, or its standard deviation where there is none."""
        mean, values = cell.mean(method, metric), cell.values.get((method, metric), ())
        if not math.isfinite(mean):
            return MISSING
        interval = cell.intervals.get((method, metric))
        if interval is not None:
            return f"{shorter(mean)} [{shorter(interval[0])}, {shorter(interval[1])}]"
        spread = f" ± {shorter(float(np.std(values, ddof=1)))}" if len(values) > 1 else ""
        return f"{shorter(mean)}{spread}"

    def text(self, width: int = 120) -> str:
        """For a terminal: the metric that ranks, on test, in as many columns as there is room."""
        says = (
            f"{in_sentence(self.select).capitalize()} on test, mean [95 % interval]; {BEST}: best "
            "on validation of its cell."
        )
        lines = [f"{self.state}.", says, ""]
        for block in self._blocks(width):
            lines += [*block, ""]
        lines += [f"not run: {cell}: {reason}" for cell, reason in self.failed]
        if self.gains:
            lines += ["By 95 % intervals, cell by cell:", *self.sentences()]
        return "\n".join(lines).rstrip()

    def _blocks(self, width: int) -> Iterator[list[str]]:
        cells = [cell for cell in self.cells if cell.values]
        names = [point_name(cell.point) for cell in cells]
        first = max(map(len, names), default=0)
        columns = []
        for method in self.methods:
            texts = [
                self.text_of(c, method, self.select) + (BEST if c.best == method else " ")
                for c in cells
            ]
            columns.append([method, *texts])
        while columns and cells:
            taken, used = 0, first
            for column in columns:
                used += 2 + max(map(len, column))
                if taken and used > width:
                    break
                taken += 1
            block, columns = columns[:taken], columns[taken:]
            widths = [max(map(len, column)) for column in block]
            yield [
                "  ".join(
                    [
                        name.ljust(first),
                        *(c[k].ljust(w) for c, w in zip(block, widths, strict=True)),
                    ]
                ).rstrip()
                for k, name in enumerate(["", *names])
            ]

    def record(self) -> SweepRecord:
        """What sweep.json holds."""
        return SweepRecord(
            dataset=self.dataset,
            axes={axis: tuple(values) for axis, values in self.axes.items()},
            methods=tuple(self.methods),
            select=self.select,
            command=self.command,
            question=self.question,
            cells=tuple(map(_part, self.cells)),
        )


def status(cell: Measured) -> str:
    """How far a cell is: "finished", "unfinished", "waiting" or "not run"."""
    if cell.values:
        return "unfinished" if cell.unfinished else "finished"
    return "not run" if cell.reason else "waiting"


def _part(cell: Measured) -> SweepCellPart:
    methods: dict[str, dict[str, EstimatePart]] = {}
    gains: dict[str, dict[str, DifferencePart]] = {}
    for (method, metric), found in cell.values.items():
        values = tuple(value if math.isfinite(value) else None for value in found)
        mean = cell.mean(method, metric)
        whole = math.isfinite(mean)
        methods.setdefault(method, {})[metric] = EstimatePart(
            mean=mean if whole else None,
            sd=float(np.std(found, ddof=1)) if whole and len(found) > 1 else None,
            values=values,
            interval=cell.intervals.get((method, metric)),
        )
    for (method, metric), (difference, interval) in cell.gains.items():
        gains.setdefault(method, {})[metric] = DifferencePart(
            difference=difference, interval=interval
        )
    return SweepCellPart(
        point=dict(cell.point),
        folder=folder_name(cell.point),
        status=status(cell),
        reason=cell.reason,
        splits=tuple(cell.splits),
        unfinished=cell.unfinished,
        counts=tuple(cell.counts),
        best=cell.best or None,
        methods=methods,
        vs_baseline=gains,
        warnings=tuple(cell.warnings),
    )
