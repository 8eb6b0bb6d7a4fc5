"""A predictor's folder: weights.safetensors and predictor.json, no pickle, both checksummed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from counterpoise.atomic import ASIDE, replacing, unwritable, write_text
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.records import EnsembleRecord, PredictorRecord

WEIGHTS = "weights.safetensors"
DESCRIPTION = "predictor.json"
ENSEMBLE = "ensemble.json"
SAVED = (DESCRIPTION, ENSEMBLE)  # the file that makes a folder whole


def packed(tensors: Mapping[str, Tensor]) -> bytes:
    """Content of weights.safetensors."""
    return safetensors.torch.save(
        {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    )


def digest(content: bytes) -> str:
    """What `weights_sha256` says of a content."""
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, description: PredictorRecord, weights: bytes) -> None:
    """Write both files; the description, which makes the folder whole, comes last.

    Raises:
        ArgumentError: the description holds what JSON cannot.
        OutputError: the folder cannot be written.
    """
    try:
        text = description.text()
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"a predictor is saved as JSON; {error}") from error
    try:
        (folder / DESCRIPTION).unlink(missing_ok=True)
        for name in (WEIGHTS, DESCRIPTION):
            for left in folder.glob(f"*.{name}{ASIDE}"):  # by a writer that was killed
                left.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    with replacing(folder / WEIGHTS) as stream:
        stream.write(weights)
    write_text(folder / DESCRIPTION, text)


def read(folder: Path) -> tuple[PredictorRecord, dict[str, Tensor]]:
    """Read both files and check that they are what was written.

    Raises:
        CheckpointError: a file is missing, damaged, changed, or of a newer schema.
    """
    description = PredictorRecord.read_if_there(folder / DESCRIPTION)
    if description is None:
        raise _missing(folder, DESCRIPTION)
    try:
        content = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError:
        raise _missing(folder, WEIGHTS) from None
    except OSError as error:
        raise CheckpointError(f"cannot read {error.filename}: {error.strerror}") from error
    return description, _checked(folder / WEIGHTS, content, description.weights_sha256)


def tensors_of(path: Path, sha256: str) -> dict[str, Tensor]:
    """The tensors of a file beside which no description lies.

    Raises:
        CheckpointError: it cannot be read, or its content is not what was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {error.filename}: {error.strerror}") from error
    return _checked(path, content, sha256, "delete it and run the comparison again")


def _checked(
    path: Path, content: bytes, sha256: str, remedy: str = "save the predictor again"
) -> dict[str, Tensor]:
    if sha256 != digest(content):
        raise CheckpointError(
            f"{path} is damaged: its content ({len(content)} bytes) does not have the "
            f"digest of {DESCRIPTION}; {remedy}"
        )
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error


def read_ensemble(folder: Path) -> EnsembleRecord:
    """How the folders below this one predict together.

    Raises:
        CheckpointError: the file is missing, damaged, changed, or of a newer schema.
    """
    found = EnsembleRecord.read(folder / ENSEMBLE)
    outside = [name for name in found.members if Path(name).name != name]
    if outside:
        raise CheckpointError(
            f"{folder / ENSEMBLE} is damaged: members are folders beside it; got {outside}"
        )
    return found


def _missing(folder: Path, name: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} holds no saved predictor: {name} is missing (give the predictor folder of a "
        "finished run)"
    )
