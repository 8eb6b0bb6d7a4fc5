"""Features of a pretrained backbone, computed once, for a ``--frozen`` experiment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from counterpoise import models
from counterpoise.atomic import replacing
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import ArrayInputs, Inputs
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.size import Size, shortest, sides
from counterpoise.experiments.machine import cores
from counterpoise.experiments.tasks import Context, ExtractTask, OnProgress
from counterpoise.models.classifier import left_out
from counterpoise.predict import FrozenBackbone

CHUNK = 256


def extract_features(task: ExtractTask, context: Context, on_progress: OnProgress) -> str:
    """Compute and store the features that `task` names; returns what of the weights is left out.

    Uses all cores: it runs alone.
    """
    torch.set_num_threads(cores())
    extractor = make_extractor(task.model, task.size, task.parameters, context)
    model = extractor.classifier.to(context.device)
    model.to(memory_format=torch.channels_last)
    features = models.extract(
        model,
        (torch.from_numpy(chunk) for chunk in _chunks(task, on_progress)),
        extractor.preprocess.apply,
        context.device,
    )
    torch.set_num_threads(context.threads)
    with replacing(task.target) as stream:
        np.save(stream, features)
    return left_out(extractor.classifier)


def make_extractor(
    model: str, size: Size, parameters: Iterable[tuple[str, object]], context: Context
) -> FrozenBackbone:
    """The pretrained backbone and its preprocessing; its own head is never used."""
    shape = (3, *sides(size))
    options = dict[str, Any](parameters)
    classifier = models.create(model, shape, 2, data_root=context.data_root, **options)
    preprocess = Preprocess.fit("imagenet", np.zeros((1, *shape), dtype=np.uint8))
    return FrozenBackbone(classifier, preprocess)


def load_extractor(context: Context) -> FrozenBackbone | None:
    """The extractor of a ``--frozen`` experiment, for its predictors; None for others."""
    if not context.frozen:
        return None
    parameters = dict(context.frozen)
    model, size = str(parameters.pop("model")), shortest(str(parameters.pop("size")))
    return make_extractor(model, size, parameters.items(), context)


def _chunks(task: ExtractTask, on_progress: OnProgress) -> Iterator[npt.NDArray[np.uint8]]:
    source = task.source
    if isinstance(source, Path):
        images = np.load(source, mmap_mode="r", allow_pickle=False)
        source = ArrayInputs(images, size=sides(task.size), channels=3)
    total = len(source)
    for start in range(0, total, CHUNK):
        indices = np.arange(start, min(start + CHUNK, total))
        on_progress(start, start // CHUNK, -(-total // CHUNK), None)
        yield _read(source, indices, task.size)


def _read(source: Inputs, indices: npt.NDArray[np.int64], size: Size) -> npt.NDArray[np.uint8]:
    if isinstance(source, FileInputs):
        return source.read(indices, size=sides(size), channels=3)
    values = source.read(indices)
    return np.ascontiguousarray(values, dtype=np.uint8)
