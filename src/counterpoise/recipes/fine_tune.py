"""A method that trains the last half of a pretrained backbone: its head first, then all of that."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.models.catalog import LAST_HALF
from counterpoise.recipes.check.pieces import Table, listed
from counterpoise.recipes.merge import merge
from counterpoise.recipes.schema import Recipe, Value

FROZEN_ANYWAY = ("@stem", "@half")  # as the first half of the backbone does not learn
OF_ALL = (  # not of a head's own stage
    "train", "freeze", "reset_head", "lr_scale", "offline", "schedule", "batch_size",
    "updates_per_round", "rounds", "updates",
)  # fmt: skip


def fine_tuned(under: Mapping[str, Value], method: Mapping[str, Value]) -> Table:
    """A method's tables over those of fine_tune.toml, with the head's training in front.

    That has the pieces of the method's first stage; a method which begins with its head, such as
    a warm-up, stays as it is.

    Args:
        under: what fine_tune.toml holds.
        method: its own tables.
    """
    common = {key: value for key, value in under.items() if key != "stages"}
    (head,) = listed(under["stages"])
    stages = [_unfrozen(stage) for stage in listed(method.get("stages")) if isinstance(stage, dict)]
    made = merge(common, {**method, "stages": list[Value](stages)})
    if not stages or "boosting" in method or _is_of_head(stages[0]):
        return made
    assert isinstance(head, dict)
    pieces = {key: value for key, value in stages[0].items() if key not in OF_ALL}
    first: Table = {**pieces, **head}
    if "resampler" in first:
        first["space"] = "features"
    made["stages"] = [first, *stages]
    return made


def heads_first(recipe: Recipe) -> bool:
    """Whether the first stage of a recipe is the one that `fine_tuned` puts in front."""
    return recipe.model.name.startswith(LAST_HALF) and recipe.stages[0].name == "head"


def _unfrozen(stage: Table) -> Table:
    frozen = [name for name in listed(stage.get("freeze")) if name not in FROZEN_ANYWAY]
    rest = {key: value for key, value in stage.items() if key != "freeze"}
    return {**rest, "freeze": frozen} if frozen else rest


def _is_of_head(stage: Table) -> bool:
    globs = listed(stage.get("train"))
    return bool(globs) and all(str(glob).startswith("head.") for glob in globs)
