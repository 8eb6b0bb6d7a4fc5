"""What the samples of a comparison are called."""

from __future__ import annotations

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class CopiesPart(Part):
    """Samples of the same content under more than one label."""

    samples: Listed[int] = Field(description="their indices")
    labels: Listed[int] = Field(description="the number of the class of each")


class SamplesRecord(Record):
    """splits/samples.json, of a data set of files: how an index of a split is called."""

    names: Listed[str] = Field(
        description="path of each sample's file within the data set, in the order of its indices"
    )
    copies: Listed[CopiesPart] = Field(
        default=(), description="samples of the same content under more than one label"
    )
