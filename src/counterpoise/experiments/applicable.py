"""Which of the methods asked for can be tried on these data at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterpoise import registry
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import WHOLE
from counterpoise.errors import ArgumentError, RecipeError
from counterpoise.experiments.no_validation import what_chooses
from counterpoise.experiments.options import Options
from counterpoise.experiments.same_head import without_doubles
from counterpoise.metrics.names import METRICS, OF_PROBABILITIES
from counterpoise.models.catalog import LAST_HALF, require
from counterpoise.recipes.images import for_images
from counterpoise.recipes.load import expand
from counterpoise.recipes.schema import Recipe


def fitting(
    recipes: Sequence[Recipe], options: Options, dataset: LabelledSet
) -> tuple[tuple[Recipe, ...], list[str]]:
    """The recipes that fit the data, and notes on those that are left out.

    Those of "all" are left out where they do not fit; on fixed features, those that train the
    same head as another too, even if they were asked for by name.

    Raises:
        RecipeError: a method that was asked for by name does not fit.
    """
    faults = {recipe.name: _misfit(recipe, options, dataset) for recipe in recipes}
    wrong = {name: fault for name, fault in faults.items() if fault is not None}
    if len(wrong) == len(recipes):
        raise RecipeError(_grouped(wrong))
    everything = set(expand("all")) <= set(options.methods)
    if wrong and not (everything and set(wrong) <= set(expand("all"))):
        raise RecipeError(_grouped(wrong))
    notes = [f"left out: {name} {fault}" for name, fault in wrong.items()]
    left = tuple(recipe for recipe in recipes if recipe.name not in wrong)
    if options.frozen:
        left, doubles = without_doubles(left)
        notes += doubles
    return left, notes


def _grouped(faults: Mapping[str, str]) -> list[str]:
    """Each fault once, with the first method that has it and the number of others."""
    owners: dict[str, list[str]] = {}
    for name, fault in faults.items():
        owners.setdefault(fault, []).append(name)
    return [
        f"{first}{f' and {len(others)} more methods:' if others else ''} {fault}"
        for fault, (first, *others) in owners.items()
    ]


def _misfit(recipe: Recipe, options: Options, dataset: LabelledSet) -> str | None:
    number = len(dataset.classes)
    if recipe.search is not None and recipe.search.classes not in (None, number):
        return (
            f"searches settings of {recipe.search.classes} classes; {dataset.name} has {number} "
            "(leave it out; a method without a search fits any number)"
        )
    if options.validation == "none" and (why := what_chooses(recipe)) is not None:
        return why
    if options.resize == WHOLE and (why := _not_whole(recipe, options, dataset)) is not None:
        return why
    margins = [s.loss.name for s in recipe.stages if _makes_margins(s.loss.name)]
    if recipe.train.checkpoint == "best" and margins and options.select in OF_PROBABILITIES:
        return (
            f"keeps the best round by {METRICS[options.select]}, which the margins of {margins[0]} "
            'do not have (select by another metric, or train.checkpoint = "last")'
        )
    images = for_images(recipe)
    if options.fine_tune:
        return _not_fine_tuned(recipe, images)
    if images and options.frozen:
        return (
            f"is for images ({images[0]}); with --frozen heads learn on cached features (--scratch "
            "trains whole networks)"
        )
    if images and dataset.kind != "image":
        return f"is for images ({images[0]}); {dataset.name} holds samples of kind {dataset.kind}"
    try:
        require(recipe.model.name)
    except ArgumentError as error:
        return f"cannot be had: {error}"
    return _unfit_resampler(recipe, dataset)


def _not_whole(recipe: Recipe, options: Options, dataset: LabelledSet) -> str | None:
    """Why a method cannot train on images that are as long as they are."""
    if options.pretrained:
        return (
            "learns on what a fixed network makes of each image once, and --resize whole is for "
            "random parts of images (--resize short-side, or --scratch)"
        )
    if not recipe.train.crop:
        usual = max(1, min(dataset.input_shape[1:]) * 7 // 8)  # 224 of 256
        return (
            "needs images of one size to learn from; --resize whole leaves each as long as it is, "
            "and got no train.crop, which cuts random parts of one size out of them (add --set "
            f"train.crop={usual}; or --resize short-side, which cuts the ends off)"
        )
    for stage in recipe.stages:
        if stage.offline is not None or (stage.resampler is not None and stage.space == "inputs"):
            return (
                f"makes images for its stage '{stage.name}', which are of one size, and --resize "
                "whole leaves each as long as it is (--resize short-side)"
            )
    return None


def _not_fine_tuned(recipe: Recipe, images: Sequence[str]) -> str | None:
    """Why a method cannot train the last half of a pretrained backbone."""
    if not recipe.model.name.startswith(LAST_HALF):
        return f"has a model of its own ({recipe.model.name}); leave it out of --fine-tune"
    pieces = [name for name in images if name != recipe.model.name]
    if pieces:
        return (
            f"changes images ({pieces[0]}); with --fine-tune what the first half makes of them is "
            "computed once, before (leave it out, or --scratch)"
        )
    if recipe.boosting is not None:
        return "boosts whole networks; --fine-tune trains the head first (leave it out)"
    return None


def _makes_margins(loss: str) -> bool:
    member = registry.find("losses", loss)
    return member is not None and member.scores == "margins"


def _unfit_resampler(recipe: Recipe, dataset: LabelledSet) -> str | None:
    """Why a resampler that makes square images cannot work on what its stage gives it."""
    for stage in recipe.stages:
        if stage.resampler is None:
            continue
        name = stage.resampler.name
        member = registry.find("resamplers", name)
        sides = None if member is None else member.image_sides
        if sides is None:
            continue
        rule = f"makes square images of {sides[0]} to {sides[1]} pixels a side ({name})"
        if stage.space == "features":
            return f"{rule}; its stage '{stage.name}' resamples features"
        height, width = dataset.input_shape[1:]
        if height != width or not sides[0] <= height <= sides[1]:
            side = min(max(height, width, sides[0]), sides[1])
            return f"{rule}; {dataset.name} has {width} x {height} (try --size {side})"
    return None
