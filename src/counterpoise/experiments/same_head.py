"""Methods that differ only in what happens behind the head, which on fixed features is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterpoise.recipes.schema import Recipe, Stage

WHOLE = {"*", "head.*", "@output"}  # of a model that is a head alone, each matches all parameters
LONG = 0.5  # of the rounds; a shorter last training depends on where it begins


def without_doubles(recipes: Sequence[Recipe]) -> tuple[tuple[Recipe, ...], list[str]]:
    """The recipes that train a head of their own on fixed features, and a note on the others.

    Where several train the same one, the one of the fewest stages stays.
    """
    left: list[Recipe] = []
    doubles: dict[str, str] = {}
    for recipe in sorted(recipes, key=lambda recipe: len(recipe.stages)):
        behind = len(recipe.stages) > 1 or any(stage.freeze for stage in recipe.stages)
        same = [other.name for other in left if behind and _trained(other) == _trained(recipe)]
        if same:
            doubles[recipe.name] = same[0]
        else:
            left.append(recipe)
    if not doubles:
        return tuple(recipes), []
    groups: dict[str, list[str]] = {}
    for recipe in recipes:
        if recipe.name in doubles:
            groups.setdefault(doubles[recipe.name], []).append(recipe.name)
    said = "; ".join(f"{', '.join(names)} (as {other})" for other, names in groups.items())
    note = f"left out, because on fixed features they train the same head as another: {said}"
    return tuple(recipe for recipe in recipes if recipe.name not in doubles), [note]


def _trained(recipe: Recipe) -> Recipe:
    """The recipe without its name and all that its last training of the whole head forgets.

    The loss of a linear head is convex, so it ends where it ends wherever it begins.
    """
    stages, head = list(recipe.stages), recipe.head
    if recipe.boosting is None:
        whole = [i for i, stage in enumerate(stages) if i and _is_whole(stage)]
        for stage in stages[: whole[-1]] if whole else ():
            head = stage.head or head
        stages = stages[whole[-1] :] if whole else stages
        if whole or len(stages) == 1:
            first = replace(stages[0], train=("*",), freeze=(), space="inputs", reset_head=False)
            stages[0] = replace(first, rounds_scale=1.0, lr_scale=1.0) if whole else first
    nameless = tuple(replace(stage, name="") for stage in stages)
    return replace(recipe, name="", title="", control=False, head=head, stages=nameless)


def _is_whole(stage: Stage) -> bool:
    return not WHOLE.isdisjoint(stage.train) and stage.rounds_scale >= LONG
