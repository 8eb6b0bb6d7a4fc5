"""sweep.json: a grid of comparisons, and what each of them measured."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record
from counterpoise.records.report import DifferencePart, EstimatePart


class SweepCellPart(Part):
    """One comparison of a sweep."""

    point: Mapping[str, int | float | str] = Field(description="axis -> its value here")
    folder: str = Field(
        description="folder of its comparison, next to sweep.json, with a report of its own"
    )
    status: str = Field(
        description='"finished", "unfinished" where some of its runs are, "waiting" before any is, '
        'or "not run"'
    )
    reason: str = Field(description='why it is "not run"; else empty')
    splits: Listed[str] = Field(description="the splits that are reported")
    unfinished: int = Field(description="number of runs that are still to do")
    counts: Listed[int] = Field(description="training samples by class, mean over the splits")
    best: str | None = Field(description="the method that is best on validation, or null")
    methods: Mapping[str, Mapping[str, EstimatePart]] = Field(
        description="method -> metric -> estimate on test"
    )
    vs_baseline: Mapping[str, Mapping[str, DifferencePart]] = Field(
        description="method -> metric -> method minus baseline on test"
    )
    warnings: Listed[str] = Field(description="warnings of its own report")


class SweepRecord(Record):
    """sweep.json."""

    dataset: str = Field(description="the data set, as given")
    axes: Mapping[str, Listed[int | float | str]] = Field(
        description="axis -> its values, including those of earlier sweeps in the same folder"
    )
    methods: Listed[str] = Field(description="names, in the order asked for")
    select: str = Field(description="key of the metric of the curves, which ranks on validation")
    command: str = Field(description="the command, as typed, or the call from Python")
    question: str = Field(
        description="digest of all that the cells share; what an earlier sweep left in the folder "
        "is reported with them where its digest is the same"
    )
    cells: Listed[SweepCellPart] = Field(
        description="the cells of the grid; the last axis changes fastest"
    )
