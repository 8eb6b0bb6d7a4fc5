"""What the samples of a comparison are called."""

from __future__ import annotations

from pydantic import Field

from counterpoise.records.record import Listed, Record


class SamplesRecord(Record):
    """splits/samples.json, of a data set of files: how an index of a split is called."""

    names: Listed[str] = Field(
        description="path of each sample's file within the data set, in the order of its indices"
    )
