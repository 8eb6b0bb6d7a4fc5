"""report.json of a run: what one method on one split leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.record import Listed, Part, Record

Status = Literal["ok", "diverged", "failed"]
Values = Mapping[str, float | None]  # by the name of the metric; None where it is undefined


class ConfusionPart(Part):
    """The cells of a confusion matrix that are not zero, for more than 100 classes."""

    num_classes: int = Field(description="number of classes")
    rows: Listed[int] = Field(description="true class of each cell")
    columns: Listed[int] = Field(description="predicted class of each cell")
    counts: Listed[int] = Field(description="samples in each cell")


def _form(value: object) -> str:
    return "cells" if isinstance(value, dict | ConfusionPart) else "whole"


Cells = Annotated[Listed[Listed[int]], Tag("whole")] | Annotated[ConfusionPart, Tag("cells")]
ConfusionMatrix = Annotated[Cells, Discriminator(_form)]  # so that faults are those of one form


class RunRecord(Record):
    """report.json of a run; its scores are in outputs.npz beside it.

    The keys after `training_values` come from a ledger: such a run has no scores.
    """

    identity: str = Field(
        default="", description="digest of everything that determines the numbers"
    )
    method: str = Field(description="its name")
    title: str = Field(description="its title")
    split: str = Field(description='such as "seed-0" or "fold-2"')
    status: Status = Field(description='"ok", "diverged" or "failed"')
    error: str | None = Field(default=None, description="why it diverged or failed, or null")
    converged: bool | None = Field(
        default=None,
        description="false if a stage was too short for its loss to settle, see "
        "[Converged](compare.md#what-makes-it-fair); null when unknown",
    )
    seconds: float = Field(default=0.0, description="spent on updates, in all stages")
    evaluation_seconds: float = Field(default=0.0, description="spent on evaluations")
    updates: int | None = Field(default=None, description="updates in all stages")
    probabilities: bool = Field(default=False, description="whether NLL and ECE are defined")
    stages: Listed[str] = Field(default=(), description="identities of its stages, in order")
    lr: float | None = Field(default=None, description="learning rate; null for trees")
    control: bool = Field(default=False, description="whether it is a control, outside the ranking")
    reference: bool = Field(
        default=False, description="whether it is a model that is no network, to compare with"
    )
    scores: Literal["logits", "margins"] = Field(
        default="logits", description='what the model outputs, "logits" or "margins"'
    )
    notes: Listed[str] = Field(default=(), description="notes of the run")
    training_values: Values | None = Field(
        default=None,
        description="training samples, with the decision rules of the test set: metric -> value, "
        'where `train.record` is "training" or "rounds"; never used for any choice',
    )
    values: Values | None = Field(default=None, description="test: metric -> value")
    validation_values: Values | None = Field(default=None, description="validation: likewise")
    revisions: Mapping[str, int] = Field(
        default_factory=dict,
        description="metric -> version of its definition; 1 if it is missing",
    )
    confusion: ConfusionMatrix | None = Field(
        default=None,
        description="confusion matrix on test, rows true: a list of lists up to 100 classes, else "
        "an object with the cells that are not zero",
    )
    values_before: Values | None = Field(
        default=None, description="test: nll and ece before the decision rules"
    )
    environment: EnvironmentRecord | None = Field(default=None, description="versions and machine")
