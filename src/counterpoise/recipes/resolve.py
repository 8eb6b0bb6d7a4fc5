"""Fill in what a recipe leaves to the data: the model, the rounds, the updates of a round."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from counterpoise.data.cropping import require_croppable
from counterpoise.data.labelled import Kind
from counterpoise.data.whitening import require_small_images
from counterpoise.errors import ArgumentError
from counterpoise.models import catalog
from counterpoise.recipes.members import Boosting
from counterpoise.recipes.schema import Component, Recipe, Stage

WANTED_UPDATES = 2000
FEWEST_ROUNDS, MOST_ROUNDS = 10, 200
FINE_TUNED_ROUNDS = 10  # of a pretrained backbone's last half: see fine_tune.toml


def resolve(recipe: Recipe, kind: Kind, input_shape: tuple[int, ...], num_train: int) -> Recipe:
    """The recipe with a concrete model and number of updates.

    Args:
        recipe: as loaded; "auto" and 0 stand for "from the data".
        kind: "image", "series" or "vector".
        input_shape: shape of one input, (C, H, W), (C, T) or (D,).
        num_train: training samples, counted before any sampler.

    Raises:
        ArgumentError: no model of that name, or a preprocessing that is not for such inputs.
    """
    if recipe.train.crop:
        require_croppable(kind, input_shape, recipe.train.crop)
    elif recipe.train.mirror:
        raise ArgumentError(
            "train.mirror mirrors half of what train.crop cuts out; got no train.crop (set it, or "
            'augment = [{ name = "Flip" }], which mirrors whole images)'
        )
    name = recipe.model.name
    if name == "auto":
        name = catalog.default_for(kind, network_shape(recipe, input_shape))
    else:
        catalog.check(name)
    per_round = recipe.train.updates_per_round or math.ceil(num_train / recipe.train.batch_size)
    usual = min(MOST_ROUNDS, max(FEWEST_ROUNDS, math.ceil(WANTED_UPDATES / per_round)))
    rounds = recipe.train.rounds or (
        FINE_TUNED_ROUNDS if name.startswith(catalog.LAST_HALF) else usual
    )
    stages = recipe.stages
    if not recipe.train.updates_per_round:
        stages = tuple(_by_passes(stage, num_train) for stage in stages)
    if recipe.boosting is not None:
        stages = _members(recipe.boosting, stages, rounds)
    preprocess = recipe.train.preprocess
    if preprocess == "auto":
        pretrained = recipe.model.parameters.get("weights", "none") != "none"
        rgb = kind == "image" and input_shape[0] == 3
        preprocess = "imagenet" if pretrained and rgb else "standard"
    if preprocess == "gcn-zca":
        require_small_images(kind, input_shape)
        if recipe.train.crop:
            raise ArgumentError(
                "gcn-zca whitens whole images, and train.crop trains on parts of them (leave one "
                'of them out, or set train.preprocess = "standard")'
            )
    return replace(
        recipe,
        model=Component(name, recipe.model.parameters),
        stages=stages,
        train=replace(
            recipe.train, rounds=rounds, updates_per_round=per_round, preprocess=preprocess
        ),
    )


def network_shape(recipe: Recipe, input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one input as the network reads it: cropped, where the recipe says so."""
    crop = recipe.train.crop
    return (input_shape[0], crop, crop) if crop else input_shape


def _by_passes(stage: Stage, num_train: int) -> Stage:
    """A stage with a batch size of its own, whose rounds are passes over the training samples."""
    if stage.batch_size is None or stage.updates_per_round is not None:
        return stage
    return replace(stage, updates_per_round=math.ceil(num_train / stage.batch_size))


def _members(boosting: Boosting, stages: Sequence[Stage], rounds: int) -> tuple[Stage, ...]:
    """One stage for each member, which share the rounds that the stages have together.

    Where there are fewer rounds than members, each has one.
    """
    own = stages[0].rounds
    total = own or max(1, round(rounds * math.fsum(stage.rounds_scale for stage in stages)))
    ends = [total * k // boosting.members for k in range(boosting.members + 1)]
    parts = [max(1, end - begin) for begin, end in itertools.pairwise(ends)]
    return tuple(
        replace(stages[0], name=f"member-{k + 1}", rounds=part)
        if own
        else replace(stages[0], name=f"member-{k + 1}", rounds_scale=part / rounds)
        for k, part in enumerate(parts)
    )


def stage_rounds(recipe: Recipe, stage: Stage) -> int:
    """Rounds of one stage of a resolved recipe."""
    if stage.rounds is not None:
        return stage.rounds
    if stage.updates is not None:
        return math.ceil(stage.updates / round_updates(recipe, stage))
    if stage.rounds_scale == 0:
        return 0
    return max(1, round(recipe.train.rounds * stage.rounds_scale))


def round_updates(recipe: Recipe, stage: Stage) -> int:
    """Updates of a round of one stage of a resolved recipe; its last one may have fewer."""
    return stage.updates_per_round or recipe.train.updates_per_round


def stage_updates(recipe: Recipe, stage: Stage) -> int:
    """Updates of one stage of a resolved recipe."""
    if stage.updates is not None:
        return stage.updates
    return stage_rounds(recipe, stage) * round_updates(recipe, stage)


def stage_batch(recipe: Recipe, stage: Stage) -> int:
    """Samples of an update of one stage."""
    return stage.batch_size or recipe.train.batch_size
