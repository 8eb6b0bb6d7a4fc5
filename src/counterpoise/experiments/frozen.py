"""Workers read what a pretrained backbone, or its first half, makes of images in their place."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import Kind, LabelledSet
from counterpoise.data.size import Size, sides
from counterpoise.data.splits.split import Split
from counterpoise.errors import ArgumentError, CounterpoiseError, DataError
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.decoded import Stored, decoded_pixels, holds_array
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.identity import digest
from counterpoise.experiments.machine import cores, image_memory
from counterpoise.experiments.option_tables import FROZEN_MODEL
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import data_split_name
from counterpoise.experiments.progress import Display
from counterpoise.experiments.shared import offer_file, take_file
from counterpoise.experiments.tasks import Context, ExtractTask, Outcome, Progress
from counterpoise.models.backbones import SIDE, WEIGHTS, feature_seconds
from counterpoise.models.catalog import FIRST_HALF
from counterpoise.recipes.schema import Subset
from counterpoise.records import ExperimentRecord
from counterpoise.time_words import as_budget, at_least
from counterpoise.time_words import clock as in_minutes

SMALL_SIDE = 128  # sets of small arrays are enlarged to this only, a third of the work
SAID = 5.0  # seconds of features from which they are said


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
    whole = options.model or FROZEN_MODEL
    model = f"{FIRST_HALF}{whole}" if options.fine_tune else whole
    parameters = tuple(sorted({"weights": WEIGHTS, **options.extractor}.items()))
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
    each = _known_seconds(options.out)
    used = 1 if context.device.startswith("cuda") else cores()  # of one process, all of them
    for split_name, target in targets.items():
        if holds_array(target) or take_file(options.shelf, target):
            continue
        once = "once" if split_name is None else f"for {split_name}"
        by = f"the first half of {whole}" if options.fine_tune else model
        text = f"features of {len(dataset):,} images by {by} at {size} pixels, {once}"
        seconds = feature_seconds(whole, len(dataset), sides(size)[0] * sides(size)[1])
        if seconds is not None:
            seconds *= (0.5 if options.fine_tune else 1.0) / used
            text += f", about {in_minutes(seconds)}" if seconds > SAID else ""
        display.say(text)
        memory = image_memory(options.image_memory)
        task = ExtractTask(source, model, parameters, size, target, split_name, memory)
        heard = Heard(display, clock, len(dataset))
        outcome = LocalEngine().dispatch([task], context, 1, heard.tell, clock).get(task.id)
        if outcome is None:
            raise ArgumentError(heard.too_long())
        if outcome.status != "ok":
            raise DataError(outcome.error or "features could not be computed")
        each = heard.each * used if heard.each else each
        offer_file(options.shelf, target)
        if outcome.note:
            display.say(outcome.note)
    of_splits = tuple((name, path) for name, path in targets.items() if name is not None)
    first = next(iter(targets.values()))
    kind: Kind = "image" if options.fine_tune else "vector"  # maps are laid out as images are
    made = replace(context, inputs=first, inputs_of=of_splits, kind=kind, frozen=frozen)
    return made if options.fine_tune else replace(made, image_seconds=each)


def _known_seconds(out: Path) -> float | None:
    """That features of one image took in an earlier start, if its experiment.json can be read."""
    try:
        record = ExperimentRecord.read_if_there(out / "experiment.json")
    except CounterpoiseError:  # damaged: it is written anew
        return None
    return None if record is None else record.image_seconds


class Heard:
    """Hears how fast images become features, and refuses a budget that they take whole.

    Raises:
        ArgumentError: from `tell`, as soon as that is known.
    """

    def __init__(self, display: Display, clock: Clock, total: int) -> None:
        self.display, self.clock, self.total = display, clock, total
        self.begun = time.monotonic()
        self.first: int | None = None  # images that an earlier start left
        self.done = 0
        self.last = self.begun

    @property
    def each(self) -> float | None:
        """Seconds that one image took; None before any was computed now."""
        now = self.done - (self.first or 0)
        return (self.last - self.begun) / now if now else None

    @property
    def rest(self) -> float | None:
        """Seconds for the images that are left; None before any was computed now."""
        now = self.done - (self.first or 0)
        if not now:
            return None
        return (time.monotonic() - self.begun) * (self.total - self.done) / now

    def tell(self, message: Progress | Outcome) -> None:
        if isinstance(message, Progress):
            if self.first is None:  # the backbone is loaded
                self.first, self.begun = message.update, time.monotonic()
            self.done, self.last = message.update, time.monotonic()
            if self.rest is not None and self.rest > self.clock.left:
                raise ArgumentError(self.too_long())
        elif self.first is not None and message.status == "ok":
            self.done, self.last = self.total, time.monotonic()
        self.display.tell(message)

    def too_long(self) -> str:
        """With the least budget that leaves as much time for trainings as for features."""
        kept = f"; those of {self.done:,} are kept for the next start" if self.done else ""
        used, rest = self.clock.used, self.rest
        more = 2 * used if rest is None else used + self.clock.reserve + 2 * rest
        return (
            f"a budget of {as_budget(self.clock.budget or 0.0)} is too little: features of "
            f"{self.total:,} images come before all trainings, and were not done after "
            f"{as_budget(used)}{kept} (give {as_budget(at_least(more))} or more, which counts "
            "what is used)"
        )


def _size(options: Options, dataset: LabelledSet) -> Size:
    if options.size is not None:
        return options.size
    small = not isinstance(dataset.inputs, FileInputs) and max(dataset.input_shape[1:]) < SMALL_SIDE
    return SMALL_SIDE if small else SIDE
