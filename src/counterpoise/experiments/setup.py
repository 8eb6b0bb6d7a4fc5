"""A comparison that is ready to train: its data stored, its splits frozen, its device known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from counterpoise import data
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split, make_splits
from counterpoise.data.tables.encoding import REVISION
from counterpoise.errors import ArgumentError
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.decoded import decoded_pixels, store, streams
from counterpoise.experiments.encoded import with_encodings
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.frozen import with_features
from counterpoise.experiments.identity import digest
from counterpoise.experiments.machine import image_memory, require_devices
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import Grid
from counterpoise.experiments.progress import Display
from counterpoise.experiments.split_files import write_splits
from counterpoise.experiments.tasks import Context
from counterpoise.recipes.schema import Recipe, Subset

DEFAULT_SEEDS = 3
THREADS = 1  # of each training; part of its identity, as sums depend on it


@dataclass(frozen=True)
class Setup:
    """What all trainings of a comparison share.

    Args:
        options: what was asked.
        grid: the splits that a plan ranges over.
        context: what travels to every worker.
        jobs: trainings at a time.
        display: where progress is shown.
        clock: when trainings have to end.
        engine: what runs them.
    """

    options: Options
    grid: Grid
    context: Context
    jobs: int
    display: Display
    clock: Clock = field(default_factory=Clock)
    engine: Engine = field(default_factory=LocalEngine)

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.context.out


def draw_splits(
    options: Options, dataset: LabelledSet, recipes: Sequence[Recipe]
) -> dict[Subset, list[Split]]:
    """One split for each seed or fold, for each kind of training set that a recipe wants.

    Args:
        options: profile, seeds or folds, validation, and the one split if there is only one.
        dataset: what is divided.
        recipes: all methods.
    """
    profile, folds = data.parse(options.profile), options.folds
    found: dict[Subset, list[Split]] = {}
    wanted: list[Subset] = ["profile", *(recipe.subset for recipe in recipes)]
    for subset in dict.fromkeys(wanted):
        splits = make_splits(
            dataset,
            profile,
            seeds=None if folds else range(options.seeds or DEFAULT_SEEDS),
            folds=folds,
            validation=options.validation,
            validation_share=options.validation_share,
            subset=subset,
        )
        found[subset] = [split for split in splits if options.only in (None, split.name)]
    return found


def set_up(
    options: Options,
    dataset: LabelledSet,
    splits: Mapping[Subset, Sequence[Split]],
    device: str,
    display: Display,
    clock: Clock,
    engine: Engine,
) -> Setup:
    """Write samples and splits where workers read them.

    Raises:
        DataError: the samples take too much room, or a file is damaged.
        ArgumentError: they would have to be decoded where the engine does not see them.
        OutputError: the disk is full.
    """
    jobs = options.jobs or max(1, engine.slots(device) // options.devices)
    if options.devices > 1:
        require_devices(device, options.devices)
        display.say(shared_by(options.devices))
    memory = image_memory(options.image_memory)
    if streams(dataset, memory) and not options.pretrained:
        if not engine.reads_files:
            raise ArgumentError(
                f"{len(dataset):,} images take more than {memory / 2**30:.1f} GiB decoded, and "
                "machines of a cluster do not read the files of this one (more --image-memory, "
                "a smaller --size, --frozen, or --engine local)"
            )
        display.say(
            f"{len(dataset):,} images take more than {memory / 2**30:.1f} GiB decoded: they "
            "are checked once now, and decoded while training (--image-memory)"
        )
    stored = store(
        dataset,
        options.out,
        decode=dataset.table is None  # whose rows are stored as each split encodes them
        and not (options.pretrained and isinstance(dataset.inputs, FileInputs)),
        memory=memory,
        jobs=jobs,
    )
    context = Context(
        out=options.out,
        inputs=stored.inputs,
        labels=stored.labels,
        streamed=stored.streamed,
        whole=stored.whole,
        kind=dataset.kind,
        classes=dataset.classes,
        splits=options.out / "splits",
        device=device,
        threads=THREADS,
        select=options.select,
        checkpoint_every=options.checkpoint_every,
        data_root=options.data_root,
        cost=options.cost,
        resize=options.resize,
        devices=options.devices,
        checksum=dataset.checksum,
    )
    write_splits(options.out, dataset, splits)
    if dataset.table is not None:
        context = with_encodings(dataset, splits, context)
    if options.pretrained:
        context = with_features(options, dataset, splits, stored, context, display, clock)
    grid = _grid(dataset, context, splits)
    return Setup(options, grid, context, jobs, display, clock, engine)


def shared_by(devices: int) -> str:
    """What is said of trainings that several devices share."""
    return (
        f"each training shares its batches among {devices} processes, one for each device; batch "
        "normalisation sees each one's part alone"
    )


def _grid(dataset: LabelledSet, context: Context, splits: Mapping[Subset, Sequence[Split]]) -> Grid:
    if context.streamed is None and context.whole is None:
        stored = np.load(context.inputs, mmap_mode="r", allow_pickle=False)
        shape, dtype = stored.shape, stored.dtype
    else:
        shape, dtype = (len(dataset), *dataset.input_shape), dataset.inputs.dtype
    size = dict(context.frozen).get("size")
    pixels = decoded_pixels(dataset, size if isinstance(size, int | str) else None)
    identity = digest(
        [
            dataset.checksum,
            list(shape),
            [list(pair) for pair in context.frozen],
            *pixels,
            *([] if dataset.table is None else ["encoding", REVISION]),
        ]
    )
    return Grid(
        kind=context.kind,
        input_shape=tuple(int(n) for n in shape[1:]),
        data=identity,
        splits=splits,
        seeds={split.name: int(split.name.partition("-")[2]) for split in splits["profile"]},
        device=context.device,
        threads=context.threads,
        dtype=str(dtype),
        select=context.select,
        cost=context.cost,
        devices=context.devices,
    )
