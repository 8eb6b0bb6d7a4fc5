"""A predictor for other runtimes: a folder that needs neither torch nor this library."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterpoise.atomic import write_folder
from counterpoise.errors import ArgumentError
from counterpoise.predict.ensemble import Ensemble
from counterpoise.predict.onnx_model import BATCH, INPUT, OPSET, difference, to_onnx
from counterpoise.predict.predictor import Predictor
from counterpoise.predict.restore import spec_of
from counterpoise.version import __version__

SCHEMA = 1
MODEL, DESCRIPTION, SUMS = "model.onnx", "export.json", "SHA256SUMS"


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


def export_onnx(predictor: Predictor | Ensemble, folder: str | Path) -> Exported:
    """Write model.onnx, export.json and SHA256SUMS; the folder is whole or absent.

    The graph takes raw samples: preprocessing, decision rules and a prior set by `with_prior` are
    inside, and the description has their numbers too. NaN in a sample is not refused by the graph.

    Raises:
        ArgumentError: an ensemble, a model that is no graph of tensors, a missing package, or
            answers that are not those of the predictor.
        OutputError: the folder is there with other content, or cannot be written.
    """
    if isinstance(predictor, Ensemble):
        raise ArgumentError(
            f"an ensemble of {len(predictor.members)} is not exported; export one of its members"
        )
    content = to_onnx(predictor)
    distance = difference(predictor, content)
    description = {
        "schema": SCHEMA,
        "format": "onnx",
        "classes": list(predictor.classes),
        "input": _input(predictor),
        "outputs": _outputs(predictor),
        **_decision(predictor),
        "metadata": predictor.metadata,
        "files": {MODEL: {"bytes": len(content), "sha256": _digest(content)}},
        "versions": _versions(),
    }
    try:
        said = (json.dumps(description, indent=1, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"an export is described in JSON; {error}") from error
    files = {MODEL: content, DESCRIPTION: said}
    sums = "".join(f"{_digest(data)}  {name}\n" for name, data in files.items())
    path = Path(folder)
    written = write_folder(path, {**files, SUMS: sums.encode()})
    return Exported(path, written, distance)


def _input(predictor: Predictor) -> dict[str, Any]:
    first = (predictor.frozen or predictor).preprocess
    image = first.kind == "image"
    told: dict[str, Any] = {
        "name": INPUT,
        "dtype": "uint8" if image else "float32",
        "shape": [BATCH, *first.shape],
        "kind": first.kind,
    }
    if image:
        channels, height, width = first.shape
        told["decode"] = {
            "channels": "grey" if channels == 1 else "RGB",
            "height": height,
            "width": width,
            "resize": first.resize,
        }
    return told


def _outputs(predictor: Predictor) -> dict[str, Any]:
    wide = [BATCH, len(predictor.classes)]
    told: dict[str, Any] = {predictor.scores: {"dtype": "float32", "shape": wide}}
    told["scores"] = {"dtype": "float64", "shape": wide, "decide": True}
    if predictor.scores == "logits":
        told["probabilities"] = {"dtype": "float64", "shape": wide}
    return told | {"label": {"dtype": "int64", "shape": [BATCH]}}


def _decision(predictor: Predictor) -> dict[str, Any]:
    """What the graph holds, in numbers: for a reader, or another runtime that repeats it."""
    frozen, factor = predictor.frozen, predictor.prior_factor
    return {
        "model": spec_of(predictor.classifier).to_dict(),
        "preprocess": dict(predictor.preprocess.to_dict()),
        "frozen": None
        if frozen is None
        else {
            "model": spec_of(frozen.classifier).to_dict(),
            "preprocess": dict(frozen.preprocess.to_dict()),
        },
        "scores": predictor.scores,
        "posthoc": [
            {"name": type(rule).__name__, "state": rule.state_dict()} for rule in predictor.posthoc
        ],
        "prior": None if predictor.prior is None else predictor.prior.tolist(),
        "prior_factor": None if factor is None else factor.tolist(),
    }


def _versions() -> dict[str, Any]:
    packages = ("torch", "torchvision", "onnx", "onnxscript")
    found = {name: importlib.metadata.version(name) for name in packages}
    return {"counterpoise": __version__, **found, "opset": OPSET}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
