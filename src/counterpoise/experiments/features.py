"""Features of a pretrained backbone, computed once: what workers read in place of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import replacing
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import Inputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size, shortest, sides
from counterpoise.errors import DataError
from counterpoise.experiments.decoded import Stored, decoded_pixels
from counterpoise.experiments.identity import digest
from counterpoise.experiments.machine import cores
from counterpoise.experiments.tasks import Context, ExtractTask
from counterpoise.recipes.settings import parse_value

if TYPE_CHECKING:
    from counterpoise.experiments.options import Question
    from counterpoise.experiments.progress import Display
    from counterpoise.predict import FrozenBackbone

FROZEN_MODEL, FROZEN_WEIGHTS = "mobilenet_v2", "IMAGENET1K_V1"
FROZEN_SIZE = 224  # the size torchvision's ImageNet weights were trained at
FROZEN_SMALL = 128  # small pictures are enlarged to this only (specification 7.2, 5)
CHUNK = 256


def extract(
    question: Question, dataset: LabelledSet, stored: Stored, context: Context, display: Display
) -> Context:
    """The context with every sample replaced by its features of a pretrained backbone."""
    from counterpoise.experiments.pool import execute

    settings = {
        key.removeprefix("model."): parse_value(text)
        for key, text in question.settings.items()
        if key.startswith("model.")
    }
    model = question.model or FROZEN_MODEL
    parameters = tuple(sorted({"weights": FROZEN_WEIGHTS, **settings}.items()))
    if dataset.kind != "image":
        raise DataError(
            f"--frozen takes features of pictures; {dataset.name} holds {dataset.kind}s "
            "(leave --frozen out)"
        )
    size = _frozen_size(question, dataset)
    pixels = decoded_pixels(dataset, size)
    name = digest([dataset.checksum, model, [list(pair) for pair in parameters], size, *pixels])
    target = question.out / "features" / f"{name}.npy"
    frozen = (("model", model), ("size", size), *parameters)
    if not target.exists():
        display.say(f"features of {len(dataset):,} pictures by {model} at {size} pixels, once")
        source = dataset.inputs if isinstance(dataset.inputs, FileInputs) else stored.inputs
        task = ExtractTask(source, model, parameters, size, target)
        outcome = execute([task], context, 1, display.tell)[task.id]
        if outcome.status != "ok":
            raise DataError(outcome.error or "features could not be computed")
        if outcome.note:
            display.say(outcome.note)
    return replace(context, inputs=target, kind="vector", frozen=frozen)


def extract_features(
    task: ExtractTask, context: Context, watch: Callable[[int, int, int, float | None], None]
) -> str:
    """Compute and store the features that `task` names; returns what of the weights is left out.

    Uses all cores: it runs alone.
    """
    import torch

    from counterpoise import models
    from counterpoise.models.classifier import left_out

    torch.set_num_threads(cores())
    extractor = make_extractor(task.model, task.size, task.parameters, context)
    model = extractor.classifier.to(context.device)
    model.to(memory_format=torch.channels_last)
    features = models.extract(
        model,
        (torch.from_numpy(chunk) for chunk in _chunks(task, watch)),
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
    from counterpoise import models
    from counterpoise.data.preprocess import Preprocess
    from counterpoise.predict import FrozenBackbone

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


def _chunks(
    task: ExtractTask, watch: Callable[[int, int, int, float | None], None]
) -> Iterator[npt.NDArray[np.uint8]]:
    source = task.source
    if isinstance(source, Path):
        from counterpoise.data.inputs import ArrayInputs

        images = np.load(source, mmap_mode="r", allow_pickle=False)
        source = ArrayInputs(images, size=sides(task.size), channels=3)
    total = len(source)
    for start in range(0, total, CHUNK):
        indices = np.arange(start, min(start + CHUNK, total))
        watch(start, start // CHUNK, -(-total // CHUNK), None)
        yield _read(source, indices, task.size)


def _read(source: Inputs, indices: npt.NDArray[np.int64], size: Size) -> npt.NDArray[np.uint8]:
    if isinstance(source, FileInputs):
        return source.read(indices, size=sides(size), channels=3)
    values = source.read(indices)
    return np.ascontiguousarray(values, dtype=np.uint8)


def _frozen_size(question: Question, dataset: LabelledSet) -> Size:
    if question.size is not None:
        return question.size
    small = not isinstance(dataset.inputs, FileInputs) and max(dataset.input_shape[1:]) < 128
    return FROZEN_SMALL if small else FROZEN_SIZE
