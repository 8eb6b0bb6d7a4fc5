"""The model that an evaluation is given: itself, in a report, or in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.data.tables.given import is_frame
from counterpoise.errors import ArgumentError
from counterpoise.report.collect import collect
from counterpoise.report.report import Report

if TYPE_CHECKING:
    from counterpoise.predict import Ensemble, Predictor

RULE = (
    "evaluate takes the model first: report.predictor(), the report of compare, or a folder of "
    "compare or of one of its runs"
)


def model_of(given: object) -> Predictor | Ensemble:
    """The predictor of a report or a folder is that which the report advises.

    Raises:
        ArgumentError: it is none of these.
        CheckpointError: the folder holds no saved model, or a damaged one.
        DataError: nothing of the folder's comparison is finished.
    """
    from counterpoise.predict import Ensemble, Predictor, load
    from counterpoise.predict.artifact import SAVED

    if isinstance(given, Predictor | Ensemble):
        return given
    if isinstance(given, Report):
        return given.predictor()
    if not isinstance(given, str | os.PathLike):
        kind = "a DataFrame" if is_frame(given) else type(given).__name__
        raise ArgumentError(f"{RULE}; got {kind} (the data come second: evaluate(model, data))")
    folder = Path(given)
    if (folder / "experiment.json").is_file():
        return collect(folder).predictor()
    for place in (folder / "predictor", folder):
        if any((place / name).is_file() for name in SAVED):
            return load(place)
    got = "which holds no model" if folder.is_dir() else "and there is no such folder"
    raise ArgumentError(f"{RULE}; got '{folder}', {got}")
