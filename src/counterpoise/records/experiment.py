"""experiment.json: the settings that all runs of a comparison share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.record import Listed, Part, Record, Settings
from counterpoise.records.run import Status, Values


class PointPart(Part):
    """A point that a search tried."""

    settings: Settings = Field(description="setting -> value")
    status: Status = Field(description='"ok", "diverged" or "failed"')
    error: str | None = Field(description="why it diverged or failed, or null")
    seconds: float = Field(default=0.0, description="of training")
    values: Values = Field(
        description="metric on validation (`select_on`) -> number or null; empty unless status is "
        "ok; the mean over `splits`"
    )
    recall: Listed[float | None] = Field(
        description="by class, likewise; empty when it was not kept"
    )


class GridPart(Part):
    """Points that were tried together."""

    title: str = Field(description="what is tried")
    combine: Literal["product", "pairs"] = Field(description='"product" or "pairs"')
    values: Mapping[str, Listed[object]] = Field(description="setting -> list")
    points: Listed[PointPart] = Field(description="one object for each point that was tried")


class BesidePart(Part):
    """What validation chose, beside a choice on test data."""

    chosen: Settings = Field(description="setting -> value")
    value: float | None = Field(description="the metric there, on validation")
    test: float | None = Field(description="the metric there, on test")
    chosen_on_test: float | None = Field(
        description="the metric on validation at the settings that test data chose"
    )


class SearchPart(Part):
    """One method's search for its settings."""

    method: str = Field(default="", description="its name, in report.json only")
    select: str = Field(description="the metric that chose")
    split: str = Field(description="where it chose; the settings hold for all splits")
    splits: Listed[str] = Field(
        default=(), description="where it chose, by the mean over them, where they are several"
    )
    select_on: Literal["validation", "test"] = Field(
        default="validation",
        description='the part of the data that chose; "test" is optimistic, and so are `values` of '
        "the points, which are of that part",
    )
    beside: BesidePart | None = Field(
        default=None, description="where test data chose, what validation would have chosen"
    )
    chosen: Settings = Field(description="setting -> value")
    value: float | None = Field(description="the metric there")
    trials: int = Field(description="distinct trainings")
    ties: int = Field(
        description="other points with the same `value`; the first one listed was chosen"
    )
    seconds: float = Field(description="of all trainings together")
    grids: Listed[GridPart] = Field(description="the points that were tried")


class CostPart(Part):
    """What mistakes cost."""

    minority: float | None = Field(
        default=None,
        description="cost of missing a sample of a class with fewer training samples than the "
        "average class, any other mistake 1",
    )
    matrix: Listed[Listed[float]] | None = Field(
        default=None,
        description="in its place, a list for each true class with the cost of predicting each "
        "class",
    )


class ExperimentRecord(Record):
    """experiment.json."""

    dataset: str = Field(description="the data set, as given")
    profile: str = Field(description="how the training set was thinned, as given")
    classes: Listed[str] = Field(description="names of the K classes, in the order of every list")
    counts: Listed[int] = Field(
        description="training samples by class, after profile and split, before sampling (mean "
        "over splits)"
    )
    counts_per_split: Mapping[str, Listed[int]] = Field(
        default={}, description="split -> training samples by class"
    )
    n_test: Listed[int] = Field(description="test samples by class (folds: summed)")
    n_validation: Mapping[str, Listed[int]] = Field(
        description="split -> validation samples by class"
    )
    validation: Literal["profiled", "balanced", "beside", "none"] = Field(
        default="profiled",
        description='where validation samples come from: "profiled", "balanced", "beside" or '
        '"none"',
    )
    own_parts: Listed[Literal["validation", "test"]] = Field(
        default=(),
        description='"validation" and "test", where these samples are a part of the data set\'s '
        "own; the others were carved from its training samples",
    )
    splits: Listed[str] = Field(min_length=1, description='names such as "seed-0"')
    seeds: Listed[int] | None = Field(description="list, or null with folds")
    folds: int | None = Field(description="number of folds, or null with seeds")
    select: str = Field(description="key of the metric that ranks")
    cost: CostPart | None = Field(default=None, description="what mistakes cost, if given")
    model: str = Field(default="", description="the model, in words")
    updates: int | None = Field(default=None, description="updates of each run, or null")
    rounds: int | None = Field(default=None, description="rounds of each run, or null")
    rounds_found: str | None = Field(
        default=None, description="how `rounds` was found, in words, if it was not given"
    )
    image_seconds: float | None = Field(
        default=None,
        description="seconds of one core for the features of one image, on this machine",
    )
    methods: Listed[str] = Field(min_length=1, description="names, in the order asked for")
    notes: Listed[str] = Field(default=(), description="what was left out or changed")
    command: str = Field(default="", description="the command, as typed, or the call from Python")
    environment: EnvironmentRecord = Field(description="versions, hardware, threads")
    tuned: Mapping[str, float | None] | None = Field(
        default=None, description="method -> learning rate that `--tune` chose, or null"
    )
    searches: Mapping[str, SearchPart] = Field(
        default={}, description="method -> what its search tried and chose"
    )

    @model_validator(mode="after")
    def _one_for_each_class(self) -> Self:
        for name in ("counts", "n_test"):
            given = len(getattr(self, name))
            if given != len(self.classes):
                raise ValueError(
                    f"'{name}' has one entry for each of {len(self.classes)} classes; got {given}"
                )
        return self
