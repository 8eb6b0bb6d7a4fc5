"""Whether a recipe is for images alone."""

from __future__ import annotations

from counterpoise import registry
from counterpoise.models.catalog import about, known
from counterpoise.recipes.schema import Recipe


def for_images(recipe: Recipe) -> list[str]:
    """What of a recipe works on images alone: its model, augmentations and resamplers."""
    model = recipe.model.name
    pieces = [
        (axis, piece.name)
        for stage in recipe.stages
        for axis, piece in (
            *(("augment", piece) for piece in stage.augment),
            *(("augment", piece) for piece in (stage.offline.augment if stage.offline else ())),
            *((("resamplers", stage.resampler),) if stage.resampler is not None else ()),
        )
    ]
    members = [(name, registry.find(axis, name)) for axis, name in pieces]
    return [
        *([model] if known(model) and about(model).needs_images else []),
        *(name for name, member in members if member is not None and member.needs_images),
    ]
