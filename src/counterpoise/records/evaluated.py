"""evaluation.json: what one model did on labelled data."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.record import Listed, Part, Record
from counterpoise.records.report import Interval


class MeasuredPart(Part):
    """A metric, and how sure it is."""

    value: float | None = Field(description="null where it is undefined")
    interval: Interval | None = Field(
        description="95 % interval over groups of samples, [low, high], or null: bootstrap, "
        "widened for classes without an error"
    )


class ClassPart(Part):
    """One class."""

    name: str = Field(description="its name")
    samples: int = Field(description="its samples in the data")
    recall: float | None = Field(description="share of them predicted as it; null without samples")
    interval: Interval | None = Field(
        description="95 % Wilson interval of the recall, [low, high], or null"
    )
    precision: float | None = Field(
        description="null without samples, or where it is never predicted"
    )
    f1: float | None = Field(description="null without samples")
    taken_for: str | None = Field(
        description="the class that its samples are most often confused with, or null"
    )
    times: int = Field(description="how often")


class EvaluatedRecord(Record):
    """evaluation.json."""

    dataset: str = Field(description="the data set, as given")
    model: str = Field(description="the model, in words")
    part: str = Field(description='"all" samples, or "test" if the data set has a test part')
    classes: Listed[str] = Field(description="names of the K classes of the model")
    samples: int = Field(description="number of samples that were predicted")
    advice: Listed[str] = Field(description="what to know and do, in sentences")
    warnings: Listed[str] = Field(description="what to know before believing the numbers")
    metrics: Mapping[str, MeasuredPart] = Field(description="metric -> value and interval")
    by_class: Listed[ClassPart] = Field(description="one object for each class, in their order")
    command: str = Field(default="", description="the command, as typed, or the call from Python")
    environment: EnvironmentRecord = Field(description="versions, hardware, threads")
