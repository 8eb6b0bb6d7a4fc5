"""Features of a pretrained backbone, computed once, for ``--frozen`` and ``--fine-tune``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from counterpoise import models
from counterpoise.atomic import write_json
from counterpoise.data.decode import Pixels
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import ArrayInputs, Inputs
from counterpoise.data.moments import sums
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.size import Resize, Size, shortest, sides
from counterpoise.errors import DataError
from counterpoise.experiments.machine import cores
from counterpoise.experiments.space import require_space
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import Context, ExtractTask, OnProgress
from counterpoise.experiments.worker.growing import grow
from counterpoise.experiments.worker.read import inputs_file
from counterpoise.models.assemble import create
from counterpoise.models.backbones import BACKBONES, is_published
from counterpoise.models.catalog import whole_of
from counterpoise.models.classifier import left_out
from counterpoise.predict import FrozenBackbone

CHUNK = 64  # images: a few seconds on one core, kept one after the other


def extract_features(task: ExtractTask, context: Context, on_progress: OnProgress) -> str:
    """Compute and store the features that `task` names; returns what of a file is left out.

    Uses all cores: it runs alone. What was computed when it was ended is kept, see `grow`.
    """
    torch.set_num_threads(cores())
    preprocess = replace(_preprocess(task, context), resize=context.resize)
    extractor = make_extractor(task.model, task.size, task.parameters, context, preprocess)
    model = extractor.classifier.to(context.device)
    model.to(memory_format=torch.channels_last)
    if _is_half(task.model):
        _require_room(task, model)
    source = _source(task, context.resize)
    total = len(source)

    def compute(start: int) -> npt.NDArray[np.float32]:
        on_progress(start, start // CHUNK, -(-total // CHUNK), None)
        pixels = _read(source, np.arange(start, min(start + CHUNK, total)), task.size)
        return models.extract(
            model,
            [torch.from_numpy(pixels)],
            extractor.preprocess.apply,
            context.device,
            maps=_is_half(task.model),
        )

    write_json(_said(task.target), preprocess.to_dict())
    grow(task.target, total, CHUNK, compute)
    torch.set_num_threads(context.threads)
    known = is_published(whole_of(task.model), dict(task.parameters).get("weights"))
    return "" if known else left_out(extractor.classifier)


def make_extractor(
    model: str,
    size: Size,
    parameters: Iterable[tuple[str, object]],
    context: Context,
    preprocess: Preprocess | None = None,
) -> FrozenBackbone:
    """The pretrained backbone and its preprocessing; its own head is never used."""
    options = json.dumps(dict(parameters))
    classifier = _classifier(model, size, options, context.data_root)
    return FrozenBackbone(classifier, preprocess or _published(model, (3, *sides(size))))


@lru_cache(maxsize=1)
def _classifier(model: str, size: Size, options: str, data_root: str | None) -> models.Classifier:
    """Read once by a worker, for all runs that it saves; `options` is JSON, which can be a key."""
    given: dict[str, Any] = json.loads(options)
    return create(model, (3, *sides(size)), 2, data_root=data_root, **given)


def load_extractor(context: Context, split: str) -> FrozenBackbone | None:
    """What a pretrained backbone adds to an experiment's predictors; None without one."""
    if not context.frozen:
        return None
    parameters = dict(context.frozen)
    model, size = str(parameters.pop("model")), shortest(str(parameters.pop("size")))
    said = _said(inputs_file(context, split))
    preprocess = None
    if said.exists():  # not beside features that an earlier version computed of bytes
        preprocess = Preprocess.from_dict(json.loads(said.read_text("utf-8")))
    return make_extractor(model, size, parameters.items(), context, preprocess)


def _said(features: Path) -> Path:
    """Beside features: the preprocessing of the images that they are of."""
    return features.with_suffix(".json")


def _preprocess(task: ExtractTask, context: Context) -> Preprocess:
    """Of bytes the backbone's own; other images are scaled by the training images of a split."""
    shape = (3, *sides(task.size))
    source = task.source
    if task.split is None or not isinstance(source, FileInputs):
        return _published(task.model, shape)
    train = read_split(context.splits, task.split)["train"]
    found = [
        sums(_read(source, train[start : start + CHUNK], task.size).astype(np.int32, copy=False))
        for start in range(0, len(train), CHUNK)
    ]
    return Preprocess.fit_sums("imagenet", shape, np.concatenate(found))


def _published(model: str, shape: tuple[int, ...]) -> Preprocess:
    """Of RGB bytes as the weights of a backbone were trained; torchvision's where that is unknown.

    What a package of weights was trained with stands in ``models.backbones``.
    """
    usual = Preprocess.fit("imagenet", np.zeros((1, *shape), dtype=np.uint8))
    known = BACKBONES.get(whole_of(model))
    return usual if known is None else replace(usual, mean=known.mean, std=known.std)


def _is_half(model: str) -> bool:
    return whole_of(model) != model


@torch.inference_mode()
def _require_room(task: ExtractTask, model: models.Classifier) -> None:
    """Maps of all samples fit in the memory of each training, and on the disk.

    Raises:
        DataError: they take more memory than images may.
        OutputError: the disk is too full.
    """
    model.eval()
    device = next(model.parameters()).device
    one = model.features(torch.zeros(1, 3, *sides(task.size), device=device))
    number = len(np.load(task.source, mmap_mode="r")) if isinstance(task.source, Path) else None
    samples = len(task.source) if number is None else number  # type: ignore[arg-type]
    needed = samples * one.numel() * 4
    if needed > task.memory:
        raise DataError(
            f"outputs of the first half of {whole_of(task.model)} for {samples:,} images take "
            f"{needed / 2**30:.2g} GiB, and each training holds {task.memory / 2**30:.2g} GiB "
            "(--image-memory, a smaller --size, or --frozen)"
        )
    require_space(task.target, needed)


def _source(task: ExtractTask, how: Resize) -> Inputs:
    if not isinstance(task.source, Path):
        return task.source
    images = np.load(task.source, mmap_mode="r", allow_pickle=False)
    return ArrayInputs(images, size=sides(task.size), channels=3, how=how)


def _read(source: Inputs, indices: npt.NDArray[np.int64], size: Size) -> Pixels:
    if isinstance(source, FileInputs):
        return source.read(indices, size=sides(size), channels=3)
    values = source.read(indices)
    return np.ascontiguousarray(values, dtype=np.uint8)
