"""Where the weights of the running network are: beside the run that it was exported from.

An exported graph cannot give them back, as batch normalization is folded into the layers before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from counterpoise.errors import CheckpointError
from counterpoise.predict import ExportedModel
from counterpoise.predict.exported_model import MODEL
from counterpoise.records import PredictorRecord

WEIGHTS, DESCRIPTION = "weights.safetensors", "predictor.json"
RUNS = "runs/*/*/predictor"


def weights_of(server: Path, retrainings: Path, model: ExportedModel) -> Path | None:
    """The file of the running network's weights; None where it is not known.

    Args:
        server: its folder, in which a demo trained its model.
        retrainings: folder of the retrainings before.
        model: that runs.
    """
    described = model.described
    graph = described.files.get(MODEL)
    for folder in _beside(retrainings, model.digest if graph is None else graph.sha256):
        return folder / WEIGHTS
    own = [] if model.folder is None else [model.folder.absolute().parent / "predictor"]
    for folder in (*own, *sorted((server / "training").glob(RUNS))):
        try:
            record = PredictorRecord.read_if_there(folder / DESCRIPTION)
        except CheckpointError:
            continue
        if record is None or not (folder / WEIGHTS).is_file():
            continue
        ours = (described.classes, dict(described.model), dict(described.metadata))
        if (record.classes, dict(record.model), dict(record.metadata)) == ours:
            return folder / WEIGHTS
    return None


def _beside(retrainings: Path, digest: str) -> Iterator[Path]:
    """The predictor that a retraining exported as the model of this digest."""
    for graph in sorted(retrainings.glob(f"*/onnx/{MODEL}")):
        if hashlib.sha256(graph.read_bytes()).hexdigest() == digest:
            yield from sorted((graph.parents[1] / "out").glob(RUNS))
