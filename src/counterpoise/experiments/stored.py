"""What workers read back: decoded inputs, frozen splits, trained parameters."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load as load_tensors

from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import CheckpointError
from counterpoise.experiments.tasks import Context
from counterpoise.recipes.schema import Recipe


@lru_cache(maxsize=2)
def _arrays(inputs: Path, labels: Path) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    return np.load(inputs, mmap_mode="r", allow_pickle=False), np.load(labels, allow_pickle=False)


def read_data(context: Context) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """All decoded inputs (memory-mapped) and labels of the experiment."""
    return _arrays(context.inputs, context.labels)


def read_split(folder: Path, name: str) -> dict[str, npt.NDArray[np.int64]]:
    """Index arrays and class counts of one frozen split."""
    with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def fit_preprocess(
    recipe: Recipe, inputs: npt.NDArray[Any], train: npt.NDArray[np.int64]
) -> Preprocess:
    """The named preprocessing, with its statistics from the training part alone."""
    mode = recipe.train.preprocess
    assert mode != "auto", "a resolved recipe names its preprocessing"
    return Preprocess.fit(mode, inputs[train])


def load_model(folder: Path) -> dict[str, torch.Tensor]:
    """The trained parameters and buffers of a finished stage."""
    try:
        return load_tensors((folder / "model.safetensors").read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read the model of stage {folder.name}: {error}") from error
