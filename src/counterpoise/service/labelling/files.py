"""Labels as files for people: a zip of class folders with CSV, and JSON for Label Studio."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from counterpoise.service.database.labels import CLASS, Settled, Verdict
from counterpoise.service.labelling import dataset
from counterpoise.service.labelling.dataset import Written
from counterpoise.service.pictures.store import PictureStore

OTHERS = "others.csv"  # frames that are of none of the classes, and bad pictures


def write_zip(file: Path | IO[bytes], frames: Sequence[Settled], pictures: PictureStore) -> Written:
    """Write class folders, training.csv, judged.csv and others.csv; what came of each frame."""
    written = Written()
    ours = [frame for frame in frames if frame.verdict == CLASS]
    others = [
        (
            "", Verdict(frame.verdict).words, f"camera-{frame.camera}", str(frame.result),
            str(frame.camera), datetime.fromtimestamp(frame.at / 1e6, UTC).isoformat(),
            frame.predicted,
        )
        for frame in frames
        if frame.verdict != CLASS
    ]  # fmt: skip
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as whole:  # pictures are packed already
        for name, content in dataset.files(ours, pictures, written):
            whole.writestr(name, content)
        whole.writestr(OTHERS, dataset.table(others))
    return written


def label_studio(frames: Sequence[Settled], address: Callable[[Settled], str]) -> bytes:
    """Tasks of Label Studio with the settled class as annotation and the model's as prediction.

    Args:
        frames: that are settled.
        address: of a frame's picture.
    """
    return json.dumps([_task(frame, address(frame)) for frame in frames], indent=1).encode()


def _task(frame: Settled, image: str) -> dict[str, Any]:
    said = Verdict(frame.verdict, frame.label).words
    score = frame.probabilities.get(frame.predicted)
    return {
        "id": frame.result,
        "data": {
            "image": image,
            "frame": frame.result,
            "camera": frame.camera,
            "time": datetime.fromtimestamp(frame.at / 1e6, UTC).isoformat(),
            "random": frame.is_random,
        },
        "annotations": [{"result": [_choice(said)]}],
        "predictions": [
            {
                "model_version": str(frame.model_id),
                **({} if score is None else {"score": score}),
                "result": [_choice(frame.predicted)],
            }
        ],
    }


def _choice(label: str) -> dict[str, Any]:
    return {
        "from_name": "choice", "to_name": "image", "type": "choices", "value": {"choices": [label]},
    }  # fmt: skip
