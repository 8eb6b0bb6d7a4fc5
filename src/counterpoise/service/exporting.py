"""The model that a server runs: an exported folder, or what a child process exports first."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from counterpoise.errors import ArgumentError, CheckpointError

DESCRIPTION, PREDICTOR = "export.json", "predictor.json"
MEAN = "mean-"  # begins the name of an exported folder


def exported(predictor: Path) -> Path:
    """The exported folder beside a saved predictor, made by ``counterpoise export`` if need be.

    Raises:
        ArgumentError: it cannot be exported, with what export said.
    """
    folder = predictor.parent / "onnx"
    if not (folder / DESCRIPTION).is_file():
        run_counterpoise("export", str(predictor.parent), "--features")
    return folder


def exported_mean(comparison: Path, runs: Sequence[Path]) -> Path:
    """The exported folder of a comparison whose model is several runs: their mean.

    It is made where there is none of just these runs, whenever that was.

    Args:
        comparison: its output folder.
        runs: the saved predictors of which it is the mean.

    Raises:
        ArgumentError: it cannot be exported, with what export said.
        CheckpointError: a predictor cannot be read.
    """
    folder = folder_of_mean(comparison, runs)
    if not (folder / DESCRIPTION).is_file():
        run_counterpoise("export", str(comparison), "--out", str(folder))
    return folder


def folder_of_mean(comparison: Path, runs: Sequence[Path]) -> Path:
    """Where the mean of these runs is, or will be: its name has a digest of what they are.

    Raises:
        CheckpointError: a predictor cannot be read.
    """
    digest = hashlib.sha256()
    for run in runs:
        try:
            said = (run / PREDICTOR).read_bytes()  # with digests of its weights
        except OSError as error:
            raise CheckpointError(f"cannot read {error.filename}: {error.strerror}") from error
        digest.update(hashlib.sha256(said).digest())
    return comparison / f"{MEAN}{digest.hexdigest()[:12]}"


def run_counterpoise(*arguments: str) -> None:
    """One command of counterpoise in a process of its own, since it may load torch.

    Raises:
        ArgumentError: it failed, with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "counterpoise.cli", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.strip()]
        raise ArgumentError(f"counterpoise {arguments[0]} failed: {' '.join(said[-3:])}")
