"""What an output folder says of itself before anything is trained."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from counterpoise.records.record import Listed, Record


class ClaimRecord(Record):
    """claim.json: the experiment that the folder belongs to."""

    REMEDY: ClassVar[str] = "choose another --out"

    dataset: str = Field(description="checksum of the data")
    profile: str = Field(description="how the training set was thinned")
    validation: str = Field(description="where validation samples come from")
    validation_share: float = Field(default=0.2, description="of each class's training samples")
    folds: int | None = Field(description="number of folds, or null with seeds")
    frozen: bool = Field(description="whether methods train on features of a fixed backbone")
    fine_tune: bool = Field(
        default=False, description="whether they train the last half of a pretrained backbone"
    )
    size: Listed[int] = Field(description="shape of one sample")
    backbone: str | None = Field(
        default=None, description="the model of these features, by name, or null"
    )
