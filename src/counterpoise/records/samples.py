"""What the samples of a comparison are called."""

from __future__ import annotations

from pydantic import Field

from counterpoise.records.record import Listed, Part, Record


class CopiesPart(Part):
    """Samples of the same content under more than one label."""

    samples: Listed[int] = Field(description="their indices")
    labels: Listed[int] = Field(description="the number of the class of each")


class RowsPart(Part):
    """What the rows of a table are called."""

    file: str = Field(description='its name; "" of a DataFrame')
    in_lines: bool = Field(
        description="whether rows are called by lines of the file, else by their place from 0"
    )
    runs: Listed[Listed[int]] = Field(
        description="[first, how many] of numbers that follow each other, in the order of indices"
    )


class SamplesRecord(Record):
    """splits/samples.json, of files or of a table: how an index of a split is called."""

    names: Listed[str] = Field(
        description="path of each sample's file within the data set, in the order of its indices; "
        "empty of a table"
    )
    rows: RowsPart | None = Field(default=None, description="of a table, in place of names")
    copies: Listed[CopiesPart] = Field(
        default=(), description="samples of the same content under more than one label"
    )
