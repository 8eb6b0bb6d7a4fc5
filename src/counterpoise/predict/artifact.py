"""A predictor's folder: weights.safetensors and predictor.json, no pickle, both checksummed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from counterpoise.atomic import ASIDE, replacing, unwritable, write_text
from counterpoise.errors import ArgumentError, CheckpointError

SCHEMA = 1
WEIGHTS = "weights.safetensors"
DESCRIPTION = "predictor.json"
ENSEMBLE = "ensemble.json"
SAVED = (DESCRIPTION, ENSEMBLE)  # the file that makes a folder whole


def write(folder: Path, description: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write both files; the description, which makes the folder whole, comes last.

    Raises:
        ArgumentError: the description holds what JSON cannot.
        OutputError: the folder cannot be written.
    """
    content = safetensors.torch.save(
        {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    )
    table = {
        "schema": SCHEMA,
        **description,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
    }
    try:
        table["checksum"] = _checksum(table)
        text = json.dumps(table, indent=1, allow_nan=False) + "\n"
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
        stream.write(content)
    write_text(folder / DESCRIPTION, text)


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read both files and check that they are what was written.

    Raises:
        CheckpointError: a file is missing, damaged, changed, or of a newer schema.
    """
    try:
        table = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        content = (folder / WEIGHTS).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(
            f"{folder} holds no saved predictor: {Path(error.filename).name} is missing (give the "
            "predictor folder of a finished run)"
        ) from error
    except OSError as error:
        raise CheckpointError(f"cannot read {error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{folder / DESCRIPTION} is damaged: {error}") from error
    if not isinstance(table, dict) or "checksum" not in table or "weights_sha256" not in table:
        raise CheckpointError(f"{folder / DESCRIPTION} is not the description of a predictor")
    if table.get("schema") != SCHEMA:
        raise CheckpointError(
            f"{folder} was saved with schema {table.get('schema')}; this version reads {SCHEMA}"
        )
    if table.pop("checksum") != _checksum(table):
        raise CheckpointError(f"{folder / DESCRIPTION} was changed: its checksum does not fit")
    if table["weights_sha256"] != hashlib.sha256(content).hexdigest():
        raise CheckpointError(
            f"{folder / WEIGHTS} is damaged: its content ({len(content)} bytes) does not have the "
            f"digest of {DESCRIPTION}; save the predictor again"
        )
    try:
        return table, safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"{folder / WEIGHTS} is damaged: {error}") from error


def write_ensemble(folder: Path, mean: str, members: Sequence[str]) -> None:
    """Write which folders below this one decide together, and how; comes after theirs.

    Raises:
        OutputError: the folder cannot be written.
    """
    table = {"schema": SCHEMA, "mean": mean, "members": list(members)}
    text = json.dumps({**table, "checksum": _checksum(table)}, indent=1) + "\n"
    write_text(folder / ENSEMBLE, text)


def read_ensemble(folder: Path) -> tuple[str, list[str]]:
    """The mean and the folders' names that `write_ensemble` wrote.

    Raises:
        CheckpointError: the file is damaged, changed, or of a newer schema.
    """
    path = folder / ENSEMBLE
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        schema, given = table.get("schema"), table.pop("checksum")
        names = [str(name) for name in table["members"]]
        mean = str(table["mean"])
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is damaged: {error!r}") from error
    if schema != SCHEMA:
        raise CheckpointError(f"{path} was saved with schema {schema}; this version reads {SCHEMA}")
    if given != _checksum(table) or any(Path(name).name != name for name in names):
        raise CheckpointError(f"{path} was changed: its checksum does not fit")
    return mean, names


def _checksum(table: Mapping[str, Any]) -> str:
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
