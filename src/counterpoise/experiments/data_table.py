"""The ``[data]`` table of a run's recipe."""

from __future__ import annotations

from pathlib import Path

from counterpoise.data.size import STRETCH
from counterpoise.data.sources.about import NAMED
from counterpoise.data.splits.validation import SHARE
from counterpoise.experiments.option_tables import FROZEN_MODEL
from counterpoise.experiments.options import Options
from counterpoise.recipes.schema import Value


def data_table(options: Options, split: str) -> dict[str, Value]:
    """The ``[data]`` table that lets `run` repeat one run of a comparison."""
    table: dict[str, Value] = {
        "dataset": options.dataset
        if options.dataset in NAMED
        else str(Path(options.dataset).resolve()),
        "profile": options.profile,
        "split": split,
    }
    if options.folds is not None:
        table["folds"] = options.folds
    if options.validation != "profiled":
        table["validation"] = options.validation
    if options.validation_share != SHARE:
        table["validation_share"] = options.validation_share
    if options.skip_corrupt:
        table["skip_corrupt"] = True
    if options.size is not None:
        table["size"] = options.size
    if options.resize != STRETCH:
        table["resize"] = options.resize
    if options.devices != 1:
        table["devices"] = options.devices
    if options.pretrained:
        table["features"] = {"model": options.model or FROZEN_MODEL, **options.extractor}
    if options.fine_tune:
        table["fine_tune"] = True
    return table
