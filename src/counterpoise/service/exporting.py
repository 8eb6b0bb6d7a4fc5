"""The model that a server runs: an exported folder, or what a child process exports first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from counterpoise.errors import ArgumentError

DESCRIPTION = "export.json"


def exported(predictor: Path) -> Path:
    """The exported folder beside a saved predictor, made by ``counterpoise export`` if need be.

    Raises:
        ArgumentError: it cannot be exported, with what export said.
    """
    folder = predictor.parent / "onnx"
    if not (folder / DESCRIPTION).is_file():
        run_counterpoise("export", str(predictor.parent), "--features")
    return folder


def exported_mean(comparison: Path) -> Path:
    """The exported folder of a comparison whose model is several runs: their mean.

    It is made again where the report, whose advice says which runs, is newer.

    Raises:
        ArgumentError: it cannot be exported, with what export said.
    """
    folder, report = comparison / "onnx", comparison / "report.json"
    there = folder / DESCRIPTION
    if not there.is_file() or there.stat().st_mtime < report.stat().st_mtime:
        run_counterpoise("export", str(comparison))
    return folder


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
