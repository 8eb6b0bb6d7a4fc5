"""With ``--frozen``: workers read features of a pretrained backbone in place of images."""

from __future__ import annotations

from dataclasses import replace

from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.errors import DataError
from counterpoise.experiments import pool
from counterpoise.experiments.decoded import Stored, decoded_pixels
from counterpoise.experiments.identity import digest
from counterpoise.experiments.options import FROZEN_MODEL, Options
from counterpoise.experiments.progress import Display
from counterpoise.experiments.tasks import Context, ExtractTask

WEIGHTS = "IMAGENET1K_V1"
SIDE = 224  # pixels: the size torchvision's ImageNet weights were trained at
SMALL_SIDE = 128  # sets of small arrays are enlarged to this only, a third of the work


def with_features(
    options: Options, dataset: LabelledSet, stored: Stored, context: Context, display: Display
) -> Context:
    """The context with every sample replaced by its features of a pretrained backbone."""
    model = options.model or FROZEN_MODEL
    parameters = tuple(sorted({"weights": WEIGHTS, **options.extractor}.items()))
    if dataset.kind != "image":
        raise DataError(
            f"--frozen takes features of images; {dataset.name} holds {dataset.kind}s "
            "(leave --frozen out)"
        )
    size = _size(options, dataset)
    pixels = decoded_pixels(dataset, size)
    name = digest([dataset.checksum, model, [list(pair) for pair in parameters], size, *pixels])
    target = options.out / "features" / f"{name}.npy"
    frozen = (("model", model), ("size", size), *parameters)
    if not target.exists():
        display.say(f"features of {len(dataset):,} images by {model} at {size} pixels, once")
        source = dataset.inputs if isinstance(dataset.inputs, FileInputs) else stored.inputs
        task = ExtractTask(source, model, parameters, size, target)
        outcome = pool.dispatch([task], context, 1, display.tell)[task.id]
        if outcome.status != "ok":
            raise DataError(outcome.error or "features could not be computed")
        if outcome.note:
            display.say(outcome.note)
    return replace(context, inputs=target, kind="vector", frozen=frozen)


def _size(options: Options, dataset: LabelledSet) -> Size:
    if options.size is not None:
        return options.size
    small = not isinstance(dataset.inputs, FileInputs) and max(dataset.input_shape[1:]) < SMALL_SIDE
    return SMALL_SIDE if small else SIDE
