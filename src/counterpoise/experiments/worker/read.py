"""What workers read back: inputs, frozen splits and their parts, trained parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from counterpoise.atomic import locked, replacing, write_json
from counterpoise.counts import ClassCounts
from counterpoise.data.decoder import Decoder
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.splits.contrast import carve_contrast, lending_notes
from counterpoise.errors import CheckpointError, DataError
from counterpoise.experiments.tasks import Context, Streamed
from counterpoise.recipes.contrast import contrast_rule
from counterpoise.recipes.schema import Recipe

Indices = npt.NDArray[np.int64]
Inputs = npt.NDArray[Any] | ImageStream | HeldImages


def _array(context: Context, path: Path) -> npt.NDArray[Any]:
    held = context.held.get(path)
    return _mapped(path) if held is None else held


@lru_cache(maxsize=4)
def _mapped(path: Path) -> npt.NDArray[Any]:
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _opened(streamed: Streamed) -> ImageStream:
    """One decoder for all tasks of a worker, so that what it keeps serves the next one too."""
    summaries = np.load(streamed.histograms, mmap_mode="r", allow_pickle=False)
    sizes = None if streamed.sizes is None else np.load(streamed.sizes, allow_pickle=False)
    decoder = Decoder(streamed.files, streamed.memory, streamed.threads, sizes)
    return ImageStream(decoder, summaries=summaries)


def read_data(context: Context, split: str) -> tuple[Inputs, Indices]:
    """All inputs of a data split, memory-mapped or a stream, and their labels."""
    labels = _array(context, context.labels)
    if context.streamed is not None:
        return _opened(context.streamed), labels
    if context.whole is not None:
        sizes = np.asarray(_array(context, context.whole.sizes))
        return HeldImages(_array(context, context.inputs), sizes, context.whole.form), labels
    return _array(context, inputs_file(context, split)), labels


def inputs_file(context: Context, split: str) -> Path:
    """Where the inputs of a data split lie: in most experiments the same for all."""
    return dict(context.inputs_of).get(split, context.inputs)


@dataclass(frozen=True, eq=False)
class Parts:
    """Positions in the data set; `counts` are those of `train`, `notes` sentences for the report.

    `contrast` is None for a recipe whose samplers watch nothing; elsewhere it is no part of
    `train`, but for classes too small to be divided.
    """

    train: Indices
    contrast: Indices | None
    counts: ClassCounts
    notes: tuple[str, ...] = ()


def parts_of(
    recipe: Recipe,
    split: Mapping[str, Indices],
    labels: npt.NDArray[np.int64],
    classes: Sequence[str],
    seed: int,
) -> Parts:
    """The training part of a frozen split, less the contrast set that the recipe wants.

    A pure function of its arguments: a stage and the run that ends in it divide alike.

    Args:
        split: arrays of one split, as `read_split` gives them.
        labels: of the whole data set.
    """
    train = split["train"]
    counts = ClassCounts(tuple(int(c) for c in split["counts"]), tuple(classes))
    rule = contrast_rule(recipe)
    if rule is None:
        return Parts(train, None, counts)
    own = labels[train]
    found = carve_contrast(
        own, split.get("train_groups"), len(classes), share=rule.share, seed=seed, kind=rule.kind
    )
    return Parts(
        train[found.train],
        train[found.held],
        ClassCounts.from_labels(own[found.train], len(classes), classes),
        lending_notes(found.lent, own, classes),
    )


def fit_preprocess(
    recipe: Recipe,
    inputs: Inputs,
    train: npt.NDArray[np.int64],
    context: Context,
) -> Preprocess:
    """The named preprocessing, with its statistics from the training part alone.

    A whitening takes half a minute, and its last bits depend on the machine: it is learned once for
    each training part, and read back by what else trains on that, or is scored.
    """
    found = _fitted(recipe, inputs, train, context)
    return replace(found, resize=context.resize, crop=recipe.train.crop)


def _fitted(
    recipe: Recipe,
    inputs: Inputs,
    train: npt.NDArray[np.int64],
    context: Context,
) -> Preprocess:
    mode = recipe.train.preprocess
    assert mode != "auto", "a resolved recipe names its preprocessing"
    if mode == "gcn-zca":
        return _whitening(inputs, train, context.out / "cache" / "whitening")
    part = inputs[train]
    if isinstance(part, ImageStream | HeldImages):
        if part.dtype == np.uint8:
            return Preprocess.fit_histogram(mode, part.shape[1:], part.histogram())
        return Preprocess.fit_sums(mode, part.shape[1:], part.sums())
    return Preprocess.fit(mode, part)


def _whitening(inputs: Inputs, train: npt.NDArray[np.int64], folder: Path) -> Preprocess:
    if isinstance(inputs, ImageStream | HeldImages):
        raise DataError(inputs.why_no_array())
    source = Path(str(getattr(inputs, "filename", ""))).parent.name  # the data set's checksum
    key = hashlib.sha256(f"{source} {inputs.shape} {inputs.dtype}".encode() + train.tobytes())
    place = folder / f"{key.hexdigest()[:16]}.safetensors"
    with locked(place.with_suffix(".lock")):
        try:
            held = load_tensors(place.read_bytes())
            said = json.loads(place.with_suffix(".json").read_text("utf-8"))
            return Preprocess.from_dict(said, held)
        except (OSError, ValueError, SafetensorError, CheckpointError):  # not there, or cut off
            pass
        made = Preprocess.fit("gcn-zca", inputs[train])
        with replacing(place) as stream:
            stream.write(save_tensors(made.tensors()))
        write_json(place.with_suffix(".json"), made.to_dict())
    return made


def load_model(folder: Path) -> dict[str, torch.Tensor]:
    """The trained parameters and buffers of a finished stage."""
    path = folder / "model.safetensors"
    try:
        return load_tensors(path.read_bytes())
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"cannot read {path}: {error} (delete {folder}, and the stage is trained again)"
        ) from error
