"""A predictor for other runtimes: a folder that needs neither torch nor this library."""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from counterpoise.atomic import write_folder
from counterpoise.errors import ArgumentError
from counterpoise.predict.ensemble import Ensemble
from counterpoise.predict.exported_model import DESCRIPTION, MODEL
from counterpoise.predict.feature_summary import summary
from counterpoise.predict.onnx_model import (
    BATCH,
    INPUT,
    OPSET,
    difference,
    features_of,
    to_onnx,
    width,
)
from counterpoise.predict.predictor import Predictor
from counterpoise.predict.restore import described, spec_of
from counterpoise.records import (
    ColumnPart,
    DecodePart,
    ExportRecord,
    FilePart,
    InputPart,
    MemberPart,
    OutputPart,
)
from counterpoise.version import __version__

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Exported:
    """What `export_onnx` made.

    Args:
        folder: where.
        written: False when the same content was there already.
        difference: largest distance between ONNX Runtime's and torch's probabilities (margins:
            divided by the largest, if above 1) on samples that were made up for it.
    """

    folder: Path
    written: bool
    difference: float


def export_onnx(
    predictor: Predictor | Ensemble,
    folder: str | Path,
    *,
    features: bool = False,
    training: npt.NDArray[Any] | None = None,
) -> Exported:
    """Write model.onnx, export.json and SHA256SUMS; the folder is whole or absent.

    The graph takes raw samples: preprocessing, decision rules and a prior set by `with_prior` are
    inside, and the description has their numbers too. NaN in a sample is not refused by the graph.

    Args:
        predictor: to be exported.
        folder: to be made.
        features: whether the graph gives what the head reads, too, as the output "features"; an
            ensemble has none.
        training: raw samples (N, ...) of the training, whose features are described then, so that
            a server can say how far other samples are from them.

    Raises:
        ArgumentError: an ensemble of ensembles, a model that is no graph of tensors, a missing
            package, or answers that are not those of the predictor.
        OutputError: the folder is there with other content, or cannot be written.
    """
    content = to_onnx(predictor, features)
    distance = difference(predictor, content)
    try:
        whole = _description(predictor, content, features)
        if features and training is not None:
            found = summary(features_of(content, training))
            whole = whole.model_copy(update={"training_features": found})
        said = whole.text().encode()
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"an export is described in JSON; {error}") from error
    files = {MODEL: content, DESCRIPTION: said}
    sums = "".join(f"{_digest(data)}  {name}\n" for name, data in files.items())
    path = Path(folder)
    written = write_folder(path, {**files, SUMS: sums.encode()})
    return Exported(path, written, distance)


def _description(
    whole: Predictor | Ensemble, content: bytes, features: bool = False
) -> ExportRecord:
    """What the graph holds, in numbers: for a reader, or another runtime that repeats it."""
    if isinstance(whole, Ensemble):
        predictor, factor = whole.predictors[0], whole.target
    else:
        predictor, factor = whole, whole.prior_factor
    frozen = predictor.frozen
    long = width(content, "features") if features else None
    alone = ExportRecord(
        format="onnx",
        classes=predictor.classes,
        input=_input(predictor),
        outputs=_outputs(predictor, isinstance(whole, Ensemble), long),
        model=spec_of(predictor.classifier).to_dict(),
        preprocess=predictor.preprocess.to_dict(),
        frozen=None if frozen is None else frozen.described(),
        scores=predictor.scores,
        posthoc=described(predictor.posthoc),
        prior=None if predictor.prior is None else tuple(predictor.prior.tolist()),
        prior_factor=None if factor is None else tuple(factor.tolist()),
        metadata=predictor.metadata,
        files={MODEL: FilePart(bytes=len(content), sha256=_digest(content))},
        versions=_versions(),
    )
    if not isinstance(whole, Ensemble):
        return alone
    return alone.model_copy(update={"mean": whole.mean, "members": _members(whole)})


def _members(ensemble: Ensemble) -> tuple[MemberPart, ...]:
    num = len(ensemble.members)
    weights = [1 / num] * num if ensemble.weights is None else ensemble.weights.tolist()
    factors = [None] * num if ensemble.factors is None else ensemble.factors.tolist()
    return tuple(
        MemberPart(
            model=spec_of(member.classifier).to_dict(),
            preprocess=member.preprocess.to_dict(),
            posthoc=described(member.posthoc),
            prior=None if member.prior is None else tuple(member.prior.tolist()),
            metadata=member.metadata,
            weight=weight,
            factor=None if factor is None else tuple(factor),
        )
        for member, weight, factor in zip(ensemble.predictors, weights, factors, strict=True)
    )


def _input(predictor: Predictor) -> InputPart:
    first = (predictor.frozen or predictor).preprocess
    shape: tuple[int | str, ...] = (BATCH, *first.shape)
    if predictor.columns is not None:
        columns = tuple(
            ColumnPart(name=c.name, kind=c.kind, categories=c.categories)
            for c in predictor.columns.columns
        )
        rows: tuple[int | str, ...] = (BATCH, *predictor.input_shape)
        return InputPart(
            name=INPUT, dtype=predictor.input_dtype, shape=rows, kind="vector", columns=columns
        )
    if first.kind != "image":
        return InputPart(name=INPUT, dtype=first.dtype, shape=shape, kind=first.kind)
    channels, height, width = first.shape
    decode = DecodePart(
        channels="grey" if channels == 1 else "RGB",
        height=height,
        width=width,
        resize=first.resize,
    )
    return InputPart(name=INPUT, dtype=first.dtype, shape=shape, kind=first.kind, decode=decode)


def _outputs(predictor: Predictor, together: bool, features: int | None) -> dict[str, OutputPart]:
    wide = (BATCH, len(predictor.classes))
    told: dict[str, OutputPart] = {}
    if not together:
        told[predictor.scores] = OutputPart(dtype="float32", shape=wide)
    told["scores"] = OutputPart(dtype="float64", shape=wide, decide=True)
    if predictor.scores == "logits":
        told["probabilities"] = OutputPart(dtype="float64", shape=wide)
    told["label"] = OutputPart(dtype="int64", shape=(BATCH,))
    if features is not None:
        told["features"] = OutputPart(dtype="float32", shape=(BATCH, features))
    return told


def _versions() -> dict[str, str | int]:
    packages = ("torch", "torchvision", "onnx", "onnxscript")
    found = {name: importlib.metadata.version(name) for name in packages}
    return {"counterpoise": __version__, **found, "opset": OPSET}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
