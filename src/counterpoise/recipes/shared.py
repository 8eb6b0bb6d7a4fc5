"""Which recipes can be trained by several devices that share each batch."""

from __future__ import annotations

from counterpoise.errors import RecipeError
from counterpoise.recipes.resolve import stage_batch
from counterpoise.recipes.schema import Recipe

# Weights whose values depend on the other samples of a batch, of which a device sees a part.
OF_THE_BATCH = ("BatchBalanced",)


def require_shareable(recipe: Recipe, devices: int) -> None:
    """Refuse what would learn something else than on one device.

    Args:
        recipe: resolved.
        devices: that share each batch, at least 2.

    Raises:
        RecipeError: batches cannot be shared evenly, or something reads all of a batch.
    """
    faults = []
    for stage in recipe.stages:
        size = stage_batch(recipe, stage)
        if size % devices:
            faults.append(
                f"{recipe.name}: {devices} devices share batches of {size} samples evenly, which "
                f"{size} is no multiple of (set train.batch_size={size + -size % devices})"
            )
        if stage.weights is not None and stage.weights.name in OF_THE_BATCH:
            faults.append(
                f"{recipe.name}: {stage.weights.name} weighs each sample by the whole batch, of "
                f"which each of {devices} devices would see a part (train it on one device)"
            )
    if faults:
        raise RecipeError(list(dict.fromkeys(faults)))
