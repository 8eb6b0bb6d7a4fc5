"""Methods that differ only in what happens behind the head, which on fixed features is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterpoise.recipes.schema import Component, Recipe, Stage

WHOLE = {"*", "head.*", "@output"}  # of a model that is a head alone, each matches all parameters
CONVEX = {"Linear", "OneVsRestSVM"}  # heads whose training ends where it ends from any beginning
LONG = 0.5  # of the rounds; a shorter last training depends on where it begins


def without_doubles(recipes: Sequence[Recipe]) -> tuple[tuple[Recipe, ...], list[str]]:
    """The recipes that train a head of their own on fixed features, and a note on the others.

    Where several train the same one, the one of the fewest stages stays.
    """
    left: list[Recipe] = []
    doubles: dict[str, str] = {}
    nearly = False
    for recipe in sorted(recipes, key=lambda recipe: len(recipe.stages)):
        behind = len(recipe.stages) > 1 or any(stage.freeze for stage in recipe.stages)
        same = [other.name for other in left if behind and _trained(other) == _trained(recipe)]
        if same:
            doubles[recipe.name] = same[0]
            nearly = nearly or _rescales(recipe)
        else:
            left.append(recipe)
    if not doubles:
        return tuple(recipes), []
    groups: dict[str, list[str]] = {}
    for recipe in recipes:
        if recipe.name in doubles:
            groups.setdefault(doubles[recipe.name], []).append(recipe.name)
    said = "; ".join(f"{', '.join(names)} (as {other})" for other, names in groups.items())
    head = "nearly the same head" if nearly else "the same head"
    note = f"left out, because on fixed features they train {head} as another: {said}"
    return tuple(recipe for recipe in recipes if recipe.name not in doubles), [note]


def _trained(recipe: Recipe) -> Recipe:
    """The recipe without its name and all that its last training of the whole head forgets.

    The loss of a linear head is convex, so it ends where it ends wherever it begins; with another
    learning rate or number of rounds, nearly there.
    """
    stages, head, last = list(recipe.stages), recipe.head, _last_whole(recipe)
    if last:
        head = _head_of(recipe, last - 1)
        stages = stages[last:]
    if last or (len(stages) == 1 and recipe.boosting is None):
        first = replace(stages[0], train=("*",), freeze=(), space="inputs", reset_head=False)
        stages[0] = replace(first, rounds_scale=1.0, lr_scale=1.0) if last else first
    nameless = tuple(replace(stage, name="") for stage in stages)
    return replace(
        recipe, name="", title="", control=False, reference=False, head=head, stages=nameless
    )


def _last_whole(recipe: Recipe) -> int:
    """Number of the last training of the whole head, if it forgets those before it; else 0."""
    whole = [i for i, stage in enumerate(recipe.stages) if i and _is_whole(stage)]
    if not whole or recipe.boosting is not None:
        return 0
    return whole[-1] if _head_of(recipe, whole[-1]).name in CONVEX else 0


def _head_of(recipe: Recipe, number: int) -> Component:
    """The head that a stage trains."""
    heads = [stage.head for stage in recipe.stages[: number + 1] if stage.head is not None]
    return heads[-1] if heads else recipe.head


def _rescales(recipe: Recipe) -> bool:
    """Whether the last training of the whole head has another learning rate, or fewer rounds."""
    last = recipe.stages[_last_whole(recipe)]
    return last.lr_scale != 1 or last.rounds_scale != 1


def _is_whole(stage: Stage) -> bool:
    relative = not stage.is_absolute  # else it is not known here how long it is
    return relative and not WHOLE.isdisjoint(stage.train) and stage.rounds_scale >= LONG
