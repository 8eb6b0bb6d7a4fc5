"""A recipe's stage, set up: from samples to a loop that is ready to train."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import RecipeError
from counterpoise.metrics import Costs
from counterpoise.models.classifier import Classifier
from counterpoise.recipes import build
from counterpoise.recipes.contrast import watches
from counterpoise.recipes.resolve import round_updates, stage_updates
from counterpoise.recipes.schema import Recipe
from counterpoise.train import device as devices
from counterpoise.train.cut import Cut
from counterpoise.train.feature_store import FeatureStore
from counterpoise.train.feed import Feed
from counterpoise.train.frozen_features import HeadOnly, on_features
from counterpoise.train.loop import Loop
from counterpoise.train.monitor import monitor
from counterpoise.train.offline import Enlargement
from counterpoise.train.pieces import Regime, Stop, never
from counterpoise.train.ranks import Ranks
from counterpoise.train.resampled import Resampled, resample

Indices = npt.NDArray[np.int64]
APART = 2**20  # between the seeds of processes that share a training


@dataclass(frozen=True, eq=False)
class Samples:
    """What the stages of a recipe learn from, as positions in one data set.

    Args:
        inputs: (N, ...) raw, an array, a stream of image files, or images of several lengths.
        labels: (N,) in 0..K-1.
        train: positions of the training samples.
        counts: of the training samples.
        preprocess: fitted on training samples; of one that crops, the middle is evaluated, and
            training samples are cut out at random.
        evaluated: positions of each part that is evaluated after each round, by its name, which
            is neither "train" nor "contrast".
        contrast: positions that a sampler watches, or None.
        weight: (N,) float32 factors of each sample's loss, or None.
    """

    inputs: npt.NDArray[Any] | ImageStream | HeldImages
    labels: Indices
    train: Indices
    counts: ClassCounts
    preprocess: Preprocess
    evaluated: Mapping[str, Indices] = field(default_factory=dict)
    contrast: Indices | None = None
    weight: npt.NDArray[np.float32] | None = None

    def feed(self, positions: Indices, device: str | torch.device) -> Feed:
        """Some of the samples on a device, with their weights."""
        weight = None if self.weight is None else torch.from_numpy(self.weight[positions])
        return Feed(self.inputs[positions], self.labels[positions], self.preprocess, device, weight)


@dataclass(frozen=True, eq=False)
class ReadyStage:
    """A stage that is ready to train.

    Args:
        loop: trains it.
        model: the whole classifier, of which the loop may train a part.
        labels: (M,) of the samples that the sampler draws from.
        enlargement: what enlarged the training set, or None.
        resampled: what a resampler made of the training set, or None.
    """

    loop: Loop
    model: Classifier
    labels: Indices
    enlargement: Enlargement | None = None
    resampled: Resampled | None = None


def watched(recipe: Recipe, labels: Indices, validation: Indices, num_train: int) -> Indices:
    """Validation samples that are evaluated after each round: all where they choose the round."""
    if recipe.train.checkpoint == "best":
        return validation
    return monitor(labels, validation, num_train)


def set_up(
    recipe: Recipe,
    number: int,
    samples: Samples,
    *,
    seed: int,
    device: str,
    fabric: Ranks | None = None,
    learned: Mapping[str, Tensor] | None = None,
    data_root: str | None = None,
    identity: str = "",
    select: str = "balanced_accuracy",
    costs: Costs | None = None,
    checkpoint: Path | None = None,
    checkpoint_every: float = float("inf"),
    weigh: Callable[[Classifier, Feed], Tensor | None] | None = None,
    store: FeatureStore | None = None,
    stop: Stop = never,
    on_update: Callable[[Loop], None] = lambda loop: None,
) -> ReadyStage:
    """Everything that one stage of a resolved recipe trains with, built and connected.

    torch's global generators are seeded: what trains draws its dropout from them.

    Args:
        recipe: model, rounds and preprocessing are concrete.
        number: of the stage.
        samples: to learn from.
        seed: of initial values, sampling and dropout.
        device: resolved.
        fabric: of a training in several processes; by default that of the one device.
        learned: what the stage before saved; None for a first one.
        data_root: where weights files lie.
        identity: names the stage in its checkpoint.
        select: the metric that ``train.checkpoint = "best"`` goes by.
        costs: of mistakes, where that metric is the expected cost.
        checkpoint: file of the resumable state; None writes nothing.
        checkpoint_every: seconds between checkpoints.
        weigh: gives weights (N,) of the training samples by what the model makes of them, before
            the stage trains it.
        store: where other trainings may have left the features that this one needs.
        stop: asked after each round whether to end before the last.
        on_update: called with the loop after each update.

    Raises:
        RecipeError: a piece refuses its arguments, a glob matches nothing, or features that are
            to be resampled are not fixed.
    """
    stage = recipe.stages[number]
    shape, classes = samples.preprocess.read_shape, samples.counts.num_classes
    model = build.model_at(recipe, number, shape, classes, seed, data_root, learned)
    model.to(memory_format=torch.channels_last)
    fabric = devices.fabric(device, recipe.train.precision) if fabric is None else fabric
    model.to(fabric.device)
    given = build.given(recipe, number, samples.counts, samples.labels[samples.train], seed)
    pieces = build.build_pieces(recipe, stage, model, given)
    # Dropout, of each process its own; initial values came from the seed itself.
    _seed(seed + 1 + fabric.global_rank * APART, fabric.device)

    side = samples.preprocess.crop
    training = samples.feed(samples.train, fabric.device)
    if weigh is not None:
        training.weight = weigh(model, training)
    if side:
        training.preprocess = replace(samples.preprocess, crop=0)
    parts = {name: samples.feed(part, fabric.device) for name, part in samples.evaluated.items()}
    feeds = {"train": training, **parts}
    if samples.contrast is not None and watches(stage):
        feeds["contrast"] = samples.feed(samples.contrast, fabric.device)
    enlargement = build.build_enlargement(stage, given)
    resampler, made = None, None
    if stage.resampler is not None:
        resampler = build.build_resampler(stage.resampler, seed)
    if resampler is not None and stage.space == "inputs":
        made = resample(training, resampler)  # before features of it are computed
        feeds["train"] = made.feed
    cut = bool(stage.freeze) and stage.space == "inputs"
    feeds = on_features(pieces, feeds, enlargement, cut=cut, fixed=not side, store=store)
    if resampler is not None and stage.space == "features":
        if not isinstance(pieces.model, HeadOnly):
            raise RecipeError(
                f"stage '{stage.name}' resamples features, which have to be fixed: here the "
                "images are cropped at random, the backbone draws (dropout within, stochastic "
                "depth) or its features would not fit in memory (another model, or space = "
                '"inputs")'
            )
        made = resample(feeds["train"], resampler)
        feeds["train"] = made.feed
    labels = given.labels
    if made is not None or enlargement is not None:
        labels = feeds["train"].target.cpu().numpy()
        pieces.sampler = build.build_sampler(stage, replace(given, labels=labels))
    if side:
        feeds["train"].cut = Cut(side, seed=seed, mirror=recipe.train.mirror)
    regime = Regime(
        identity=identity,
        rounds=given.rounds,
        updates_per_round=round_updates(recipe, stage),
        total=stage_updates(recipe, stage),
        batch_size=given.batch_size,
        clip_norm=recipe.train.clip_norm,
        keep=recipe.train.checkpoint,
        select=select if recipe.train.checkpoint == "best" else "balanced_accuracy",
        costs=costs,
        checkpoint_every=checkpoint_every,
        stop=stop,
    )
    loop = Loop(
        pieces,
        regime,
        feeds.pop("train"),
        feeds,
        fabric,
        checkpoint,
        lambda update, updates: on_update(loop),
    )
    return ReadyStage(loop, model, labels, enlargement, made)


def _seed(seed: int, device: torch.device) -> None:
    """Seed the generators that a training on a device draws from, and no others."""
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
