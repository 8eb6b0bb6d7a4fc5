"""The training samples of a finished run, read again from where they came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.data.image_files import FileInputs
from counterpoise.errors import CounterpoiseError, DataError
from counterpoise.experiments.driver import load_data
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import data_split_name
from counterpoise.experiments.run_folder import RECIPE
from counterpoise.experiments.run_recipe import asked, written
from counterpoise.experiments.split_files import read_split
from counterpoise.recipes.load import load_file
from counterpoise.records import ClaimRecord

MOST = 2000  # samples, evenly over the training part


def training_samples(
    run: Path, shape: tuple[int, ...], dtype: str, most: int = MOST
) -> npt.NDArray[Any]:
    """Up to `most` raw samples (N, ...) that a run trained on, of the `shape` that its model reads.

    Args:
        run: folder of the run, in the output folder of its comparison.
        shape: of one sample, (C, H, W), (C, T) or (D,).
        dtype: such as "uint8".

    Raises:
        DataError: they are not where they were, or not what they were, and why.
    """
    file, out = run / RECIPE, run.absolute().parents[2]
    if not file.is_file():
        raise DataError(f"{run} does not say what it was trained on: it has no {RECIPE}")
    recipe = load_file(file)
    try:
        options = Options.of({**asked(recipe), "out": out, "device": "cpu"}, written)
        split = read_split(out / "splits", data_split_name(run.name, recipe.subset))
        dataset = load_data(options)
    except (CounterpoiseError, OSError) as error:
        raise DataError(f"its training samples cannot be read again: {error}") from error
    claim = ClaimRecord.read_if_there(out / "claim.json")
    if claim is None or claim.dataset != dataset.checksum:
        raise DataError(f"{options.dataset} is not what it was when the run was trained")
    if dataset.table is not None:
        raise DataError("rows of a table have no features that are compared")
    train = split["train"]
    some = train[np.linspace(0, len(train) - 1, min(most, len(train))).round().astype(np.int64)]
    samples: npt.NDArray[Any]
    if len(shape) == 3 and isinstance(dataset.inputs, FileInputs):
        samples = dataset.inputs.read(some, size=(shape[1], shape[2]), channels=shape[0])
    else:
        samples = np.asarray(dataset.inputs.read(some))
    if samples.shape[1:] != shape or samples.dtype != np.dtype(dtype):
        raise DataError(f"its samples are {samples.dtype} {samples.shape[1:]}, and not {shape}")
    return samples
