"""What a stage, one training, leaves in its folder: how it ended, its rounds, and made data."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from counterpoise.errors import CheckpointError, CounterpoiseError
from counterpoise.records.record import Listed, Part, Record


class StageRecord(Record):
    """done.json of a stage: written last, so a stage with one is finished."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError
    REMEDY: ClassVar[str] = "delete it, and the stage is trained again"

    status: Literal["ok", "diverged"] = Field(description='"ok" or "diverged"')
    error: str | None = Field(description="why it diverged, or null")
    updates: int = Field(description="updates of the weights; 0 for trees")
    converged: bool | None = Field(
        description="false if it was too short for its loss to settle, see "
        "[Converged](compare.md#what-makes-it-fair); null when unknown"
    )
    seconds: float = Field(description="spent on updates")
    evaluation_seconds: float = Field(description="spent on evaluations after each round")
    wall_seconds: float = Field(description="from start to end, at the last start")
    notes: Listed[str] = Field(default=(), description="notes of the stage")
    stacked: int | None = Field(
        default=None,
        description="number of trainings that were trained as one model with it; `seconds` is then "
        "its share",
    )


class EvaluationPart(Part):
    """One part of the data, such as the validation set, by the model after a round.

    Keys beyond these are metrics that were added to the package.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float | None]

    samples: int = Field(description="number of samples")
    loss: float | None = Field(description="mean loss without weights; null when not finite")
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    g_mean: float | None = None
    macro_f1: float | None = None
    auc: float | None = None
    average_precision: float | None = None
    mcc: float | None = None
    worst_recall: float | None = None
    nll: float | None = None
    ece: float | None = None
    recall: Listed[float | None] = Field(
        default=(), description="by class; null entries for classes without samples"
    )
    f1: Listed[float] | None = Field(default=None, description="by class, if the sampler uses it")


class RoundRecord(Record):
    """A line of history.jsonl (of a stage) or metrics.jsonl (of a run): one round of training."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError
    REMEDY: ClassVar[str] = "delete the folder of the stage, and it is trained again"

    stage: str = Field(default="", description="name of the stage, in metrics.jsonl only")
    stage_index: int = Field(default=0, description="its number from 0, in metrics.jsonl only")
    round: int = Field(description="number of the round in the stage, from 1")
    updates: int = Field(description="updates so far; in metrics.jsonl over all stages")
    train_loss: float = Field(description="mean loss over the updates of the round")
    lr: float = Field(description="learning rate of the last update")
    shares: Listed[float] | None = Field(
        default=None,
        description="share of each class in the batches, if the sampler changes it",
    )
    validation: EvaluationPart | None = Field(default=None, description="the validation set")
    contrast: EvaluationPart | None = Field(
        default=None, description="the samples that are held out for the sampler"
    )
    training: EvaluationPart | None = Field(
        default=None,
        description='the training samples as they are, with `train.record = "rounds"`; never used '
        "for any choice",
    )
    test: EvaluationPart | None = Field(
        default=None,
        description='the test set, with `train.record = "rounds"`; never used for any choice',
    )
    seconds: float = Field(description="spent on updates so far")
    evaluation_seconds: float = Field(description="spent on evaluations so far")


class ResampledRecord(Record):
    """resampled.json of a stage whose resampler changed the training set."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError

    counts: Listed[int] = Field(description="training samples by class after resampling")


class OfflineRecord(Record):
    """offline.json of a stage that augments before training: what was made."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError

    samples: int = Field(description="training samples with the copies")
    copies: int = Field(description="copies that were made")
    sha256: str = Field(description="digest of the copies")
