"""Whether a recipe wants part of its training data held out for a sampler to watch."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise import registry
from counterpoise.data.splits.contrast import ContrastKind
from counterpoise.recipes.schema import Recipe, Stage


@dataclass(frozen=True)
class ContrastRule:
    """How much of each class is held out, and whether of all classes alike."""

    share: float
    kind: ContrastKind


def contrast_rule(recipe: Recipe) -> ContrastRule | None:
    """The contrast set of a recipe, None where no sampler watches one.

    It is held out of all stages: a stage before the sampler's would otherwise learn the samples
    that the sampler judges by.
    """
    for stage in recipe.stages:
        share = _share(stage)
        if share is not None:
            return ContrastRule(share, stage.contrast or "stratified")
    return None


def watches(stage: Stage) -> bool:
    """Whether the stage's sampler observes reports on the contrast set."""
    return _share(stage) is not None


def _share(stage: Stage) -> float | None:
    """The share of each class that the sampler wants held out; None where it watches nothing."""
    found = registry.find("samplers", stage.sampler.name)
    return found.contrast_share if found is not None else None
