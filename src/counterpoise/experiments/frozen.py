"""With ``--frozen``: workers read features of a pretrained backbone in place of images."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.splits.split import Split
from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments import pool
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.decoded import Stored, decoded_pixels, holds_array
from counterpoise.experiments.identity import digest
from counterpoise.experiments.options import FROZEN_MODEL, Options
from counterpoise.experiments.plan import data_split_name
from counterpoise.experiments.progress import Display
from counterpoise.experiments.progress import clock as clock_text
from counterpoise.experiments.tasks import Context, ExtractTask, Outcome, Progress
from counterpoise.models.backbones import WEIGHTS
from counterpoise.recipes.schema import Subset

SIDE = 224  # pixels: the size torchvision's ImageNet weights were trained at
SMALL_SIDE = 128  # sets of small arrays are enlarged to this only, a third of the work


def with_features(
    options: Options,
    dataset: LabelledSet,
    splits: Mapping[Subset, Sequence[Split]],
    stored: Stored,
    context: Context,
    display: Display,
    clock: Clock,
) -> Context:
    """The context with every sample replaced by its features of a pretrained backbone.

    Bytes have one scale, so one file serves all splits. Images of other numbers are brought to
    that of the training images of a split, so each split has features of its own.
    """
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
    folder = options.out / "features"
    targets: dict[str | None, Path] = {None: folder / f"{name}.npy"}
    if dataset.inputs.dtype != np.uint8:
        targets = {
            data_split_name(split.name, subset): folder / f"{digest([name, split.checksum])}.npy"
            for subset, found in splits.items()
            for split in found
        }
    frozen = (("model", model), ("size", size), *parameters)
    source = dataset.inputs if isinstance(dataset.inputs, FileInputs) else stored.inputs
    for split_name, target in targets.items():
        if holds_array(target):
            continue
        once = "once" if split_name is None else f"for {split_name}"
        display.say(f"features of {len(dataset):,} images by {model} at {size} pixels, {once}")
        task = ExtractTask(source, model, parameters, size, target, split_name)
        heard = _Heard(display)
        outcome = pool.dispatch([task], context, 1, heard.tell, clock).get(task.id)
        if outcome is None:
            raise ArgumentError(
                f"the budget ended while features of {len(dataset):,} images were computed, which "
                f"come before all trainings: {heard.estimate(len(dataset))}; give several times "
                "that"
            )
        if outcome.status != "ok":
            raise DataError(outcome.error or "features could not be computed")
        if outcome.note:
            display.say(outcome.note)
    of_splits = tuple((name, path) for name, path in targets.items() if name is not None)
    first = next(iter(targets.values()))
    return replace(context, inputs=first, inputs_of=of_splits, kind="vector", frozen=frozen)


class _Heard:
    """Hears how fast images become features."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.begun = time.monotonic()
        self.done, self.seconds = 0, 0.0

    def tell(self, message: Progress | Outcome) -> None:
        if isinstance(message, Progress):
            self.done, self.seconds = message.update, time.monotonic() - self.begun
        self.display.tell(message)

    def estimate(self, total: int) -> str:
        """How long all of them take."""
        if not self.done:
            return f"they take over {clock_text(time.monotonic() - self.begun)} here"
        return f"they take about {clock_text(self.seconds * total / self.done)} here"


def _size(options: Options, dataset: LabelledSet) -> Size:
    if options.size is not None:
        return options.size
    small = not isinstance(dataset.inputs, FileInputs) and max(dataset.input_shape[1:]) < SMALL_SIDE
    return SMALL_SIDE if small else SIDE
