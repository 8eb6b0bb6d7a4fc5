"""The folder of a run, ``runs/METHOD/SPLIT``: its files, and how they are written.

``recipe.toml``: the method with every setting; ``counterpoise run`` reads it again.
``environment.json``: versions and machine.
``metrics.jsonl``: the rounds of all stages, one a line.
``resampled.npz``: images that a resampler made or removed, where there are any.
``outputs.npz``: scores of the validation and the test part.
``predictor/``: the trained model with all that new samples need; a frozen backbone, which all
runs share, lies in ``backbones/`` of the output folder.
``report.json``: how the run ended; written last, so that a run with one is finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import replacing, write_text
from counterpoise.experiments.tasks import Outcome, RunTask, learning_rate
from counterpoise.recipes import toml
from counterpoise.recipes.schema import Recipe
from counterpoise.records import EnvironmentRecord, RunRecord

RECIPE = "recipe.toml"
ENVIRONMENT = "environment.json"
HISTORY = "metrics.jsonl"
RESAMPLED = "resampled.npz"
OUTPUTS = "outputs.npz"
PREDICTOR = "predictor"
REPORT = "report.json"
BACKBONES = "backbones"


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """What the run does; its ``[data]`` table says on what."""
    write_text(folder / RECIPE, toml.dumps(recipe.as_dict(), recipe.title))


def write_training(folder: Path, environment: EnvironmentRecord, history: str) -> None:
    """Where the run was trained, and its rounds: one JSON object a line."""
    write_text(folder / ENVIRONMENT, environment.text())
    write_text(folder / HISTORY, history)


def write_outputs(
    folder: Path, outputs: Mapping[str, npt.NDArray[np.generic]], stages: Sequence[Path]
) -> None:
    """Scores, and the images that the resampler of a stage made: those of the last such stage."""
    for stage in stages:
        images = stage / RESAMPLED
        if images.is_file():
            with replacing(folder / RESAMPLED) as stream:
                stream.write(images.read_bytes())
    with replacing(folder / OUTPUTS) as stream:
        np.savez(stream, **outputs)  # type: ignore[arg-type]


def write_report(folder: Path, report: RunRecord) -> None:
    """How the run ended."""
    write_text(folder / REPORT, report.text())


def write_failed(out: Path, run: RunTask, outcome: Outcome) -> None:
    """A run whose own task failed could not write its folder; its reason is kept here."""
    report = RunRecord(
        identity=run.identity,
        method=run.recipe.name,
        title=run.recipe.title,
        split=run.split,
        status="failed",
        error=outcome.error,
        converged=None,
        seconds=0.0,
        evaluation_seconds=0.0,
        updates=0,
        probabilities=True,
        stages=run.stages,
        lr=learning_rate(run.recipe),
        control=run.recipe.control,
        reference=run.recipe.reference,
        scores="logits",
        notes=run.notes,
    )
    write_report(out / run.folder, report)
