"""What the samples of a comparison are called."""

from __future__ import annotations

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class CopiesPart(Part):
    """Samples of the same content under more than one label."""

    samples: Listed[int] = Field(description="their indices")
    labels: Listed[int] = Field(description="number of the class that each is labelled with")


class RowsPart(Part):
    """What the rows of a table are called."""

    file: str = Field(description='its name; "" for a DataFrame')
    in_lines: bool = Field(
        description="whether rows are named by the line of the file, else by position from 0"
    )
    runs: Listed[Listed[int]] = Field(
        description="line or row numbers in the order of the indices, as runs of [first, how many]"
    )


class SamplesRecord(Record):
    """splits/samples.json, of files or of a table: how an index of a split is called."""

    names: Listed[str] = Field(
        description="path of each sample's file within the data set, in the order of the indices; "
        "empty for a table"
    )
    rows: RowsPart | None = Field(default=None, description="for a table, instead of names")
    copies: Listed[CopiesPart] = Field(
        default=(), description="samples with equal content and different labels"
    )
