"""Which of the methods asked for can be tried on these data at all."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.data.labelled import LabelledSet
from counterpoise.errors import ArgumentError, RecipeError
from counterpoise.experiments.options import Question
from counterpoise.models.catalog import require_hog
from counterpoise.recipes import registry
from counterpoise.recipes.load import expand
from counterpoise.recipes.schema import Recipe


def fitting(
    recipes: Sequence[Recipe], question: Question, dataset: LabelledSet
) -> tuple[tuple[Recipe, ...], list[str]]:
    """The recipes that fit the data, and a note on those of "all" that are left out.

    Raises:
        RecipeError: a method that was asked for by name does not fit.
    """
    faults = {recipe.name: _misfit(recipe, question, dataset) for recipe in recipes}
    wrong = {name: fault for name, fault in faults.items() if fault is not None}
    if len(wrong) == len(recipes):
        raise RecipeError([f"{name} {fault}" for name, fault in wrong.items()])
    everything = set(expand("all")) <= set(question.methods)
    if wrong and not (everything and set(wrong) <= set(expand("all"))):
        raise RecipeError([f"{name} {fault}" for name, fault in wrong.items()])
    notes = [f"left out: {name} {fault}" for name, fault in wrong.items()]
    return tuple(recipe for recipe in recipes if recipe.name not in wrong), notes


def _misfit(recipe: Recipe, question: Question, dataset: LabelledSet) -> str | None:
    number = len(dataset.classes)
    if recipe.search is not None and recipe.search.classes not in (None, number):
        return (
            f"searches settings of {recipe.search.classes} classes; {dataset.name} has {number} "
            "(leave it out; a method without a search fits any number)"
        )
    if recipe.model.name == "hog":
        if question.frozen:
            return "describes pictures (hog); with --frozen heads learn on cached features"
        if dataset.kind != "image":
            return f"describes pictures (hog); {dataset.name} holds samples of kind {dataset.kind}"
        try:
            require_hog()
        except ArgumentError as error:
            return f"cannot be had: {error}"
    known = registry.members("augment")
    pictures = [
        part.name
        for stage in recipe.stages
        for part in (*stage.augment, *(stage.offline.augment if stage.offline else ()))
        if known[part.name].needs_images
    ]
    if pictures and question.frozen:
        return f"changes pictures ({pictures[0]}); with --frozen heads learn on cached features"
    if pictures and dataset.kind != "image":
        return (
            f"changes pictures ({pictures[0]}); {dataset.name} holds samples of kind {dataset.kind}"
        )
    return None
