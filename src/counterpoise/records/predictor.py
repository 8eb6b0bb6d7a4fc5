"""What a saved predictor, an ensemble of them, and an exported model say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterpoise.errors import CheckpointError, CounterpoiseError
from counterpoise.records.record import Listed, Part, Record, SealedRecord, Settings

Scores = Literal["logits", "margins"]
Shape = Listed[int | str]  # a name stands for a size that is not fixed


class PosthocPart(Part):
    """A rule after training, fitted."""

    name: str = Field(description="its class")
    state: Settings = Field(description="what it learned")


class FrozenPart(Part):
    """The backbone whose features a classifier takes."""

    model: Settings = Field(description="as `model` of the predictor")
    preprocess: Settings = Field(description="as `preprocess` of the predictor")
    weights: str = Field(
        default="",
        description="path of its weights from this folder, if the runs of a comparison share them; "
        "empty if they are in weights.safetensors",
    )
    weights_sha256: str = Field(default="", description="digest of that file")

    def file(self, folder: Path) -> Path | None:
        """The file of shared weights, from the folder of a predictor or in it; None without one."""
        path = folder / self.weights
        return next((p for p in (path, folder / path.name) if self.weights and p.is_file()), None)


class PredictorRecord(SealedRecord):
    """predictor.json: all of a predictor but the weights, which are beside it.

    The objects that only one class writes and reads (a model, a preprocessing, the state of a
    rule) are checked by that class.
    """

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError
    REMEDY: ClassVar[str] = "save the predictor again"

    classes: Listed[str] = Field(description="names of the K classes, by column")
    model: Settings = Field(description="how the model is made: its name, input shape and options")
    preprocess: Settings = Field(description="how raw inputs become what the model reads")
    posthoc: Listed[PosthocPart] = Field(description="decision rules, in order")
    scores: Scores = Field(description='what the model makes, "logits" or "margins"')
    prior: Listed[float] | None = Field(description="share of each class in training, or null")
    frozen: FrozenPart | None = Field(description="the fixed backbone before it, or null")
    table: Settings | None = Field(
        default=None, description="columns of a table and how its rows are encoded, or null"
    )
    metadata: Settings = Field(description="method, split, data set and the like")
    versions: Mapping[str, str] = Field(description="of the packages that wrote it")
    weights_sha256: str = Field(description="digest of weights.safetensors")


class EnsembleRecord(SealedRecord):
    """ensemble.json: which predictors below this folder predict together."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError
    REMEDY: ClassVar[str] = "save the ensemble again"

    mean: Literal["arithmetic", "geometric"] = Field(description="mean of the probabilities")
    members: Listed[str] = Field(description="names of their folders")
    weights: Listed[float] | None = Field(
        default=None, description="weight of each in the mean; null if equal"
    )
    factors: Listed[Listed[float]] | None = Field(
        default=None,
        description="for each member, a factor of each class by which its probabilities are "
        "multiplied before the mean (rows are then normalised to sum 1); null if none",
    )


class DecodePart(Part):
    """How an image file becomes an input."""

    channels: Literal["grey", "RGB"] = Field(description='"grey" or "RGB"')
    height: int = Field(description="in pixels")
    width: int = Field(description="in pixels")
    resize: str = Field(description="how the image is resized to that size")


class ColumnPart(Part):
    """A column of a table, which is one number of a row."""

    name: str = Field(description="as in the header of the table")
    kind: Literal["number", "boolean", "category"] = Field(
        description="'number', 'boolean' (0 or 1) or 'category' (its number); NaN if missing"
    )
    categories: Listed[str] = Field(
        default=(), description="their names, by number; an unknown one is -1"
    )


class InputPart(Part):
    """The one input of an exported model."""

    name: str = Field(description="its name in the graph")
    dtype: str = Field(description="type of the training inputs, such as uint8 or float32")
    shape: Shape = Field(description="a name stands for the size of the batch")
    kind: str = Field(description='"image", "series" or "vector"')
    decode: DecodePart | None = Field(default=None, description="for images only")
    columns: Listed[ColumnPart] = Field(
        default=(), description="for tables only: the columns of a row"
    )


class OutputPart(Part):
    """One output of an exported model."""

    dtype: str = Field(description="such as float64")
    shape: Shape = Field(description="a name stands for the size of the batch")
    decide: bool = Field(default=False, description="true for the one whose argmax is the label")


class FilePart(Part):
    """A file of an exported model."""

    bytes: int = Field(description="its size")
    sha256: str = Field(description="digest of its content")


class FeaturesPart(Part):
    """What the features of training samples are like, of an exported model that gives features."""

    samples: int = Field(description="number of training samples used")
    mean: Listed[float] = Field(description="mean of each of the D features")
    components: Listed[Listed[float]] = Field(
        description="principal components, each D numbers of length 1"
    )
    variances: Listed[float] = Field(description="variance along each of these, the largest first")

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        if len(self.components) != len(self.variances):
            raise ValueError("'variances' has one number for each of 'components'")
        if any(len(one) != len(self.mean) for one in self.components):
            raise ValueError("each of 'components' is as long as 'mean'")
        return self


class MemberPart(Part):
    """One member of an exported ensemble."""

    model: Settings = Field(description="as in predictor.json")
    preprocess: Settings = Field(description="as in predictor.json; inside the graph")
    posthoc: Listed[PosthocPart] = Field(description="rules after training; inside the graph")
    prior: Listed[float] | None = Field(description="as in predictor.json")
    metadata: Settings = Field(description="as in predictor.json")
    weight: float = Field(description="its weight in the mean; inside the graph")
    factor: Listed[float] | None = Field(
        description="factor of its probability of each class, or null; inside the graph"
    )


class ExportRecord(Record):
    """export.json: an exported model for a reader that knows neither torch nor counterpoise."""

    ERROR: ClassVar[type[CounterpoiseError]] = CheckpointError
    REMEDY: ClassVar[str] = "export the predictor again"

    format: Literal["onnx"] = Field(description='"onnx"')
    classes: Listed[str] = Field(description="names of the K classes, by column")
    input: InputPart = Field(description="what the graph takes")
    outputs: Mapping[str, OutputPart] = Field(description="what the graph gives, by name")
    model: Settings = Field(description="as in predictor.json")
    preprocess: Settings = Field(description="as in predictor.json; inside the graph")
    frozen: FrozenPart | None = Field(description="as in predictor.json; inside the graph")
    scores: Scores = Field(description='what the model makes, "logits" or "margins"')
    posthoc: Listed[PosthocPart] = Field(description="rules after training; inside the graph")
    prior: Listed[float] | None = Field(description="as in predictor.json")
    prior_factor: Listed[float] | None = Field(
        description="factor of each class for a changed prior, or null; inside the graph"
    )
    correction: Listed[float] | None = Field(
        default=None,
        description="factor of each class by which the reader multiplies the graph's "
        "probabilities, if the class shares differ from those of `prior` and `prior_factor`",
    )
    metadata: Settings = Field(description="as in predictor.json")
    training_features: FeaturesPart | None = Field(
        default=None,
        description="if the graph gives features and the training samples were available",
    )
    mean: Literal["arithmetic", "geometric"] | None = Field(
        default=None, description="for an ensemble: which mean of its members it predicts"
    )
    members: Listed[MemberPart] = Field(
        default=(),
        description="for an ensemble; keys that members have as well are then those of the first",
    )
    files: Mapping[str, FilePart] = Field(description="size and digest of each file, by name")
    versions: Mapping[str, str | int] = Field(description="of the packages, and the ONNX opset")
