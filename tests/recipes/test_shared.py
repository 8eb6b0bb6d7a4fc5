"""Recipes that several devices cannot train as one does."""

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.shared import require_shareable


def test_batches_are_shared_evenly_and_weighed_by_no_other_sample() -> None:
    baseline, le = (
        resolve(recipe, "image", (1, 8, 8), 100)
        for recipe in load_methods(("baseline", "le"), {}, {"train.batch_size": 30})
    )
    require_shareable(baseline, 2)
    with pytest.raises(RecipeError, match=r"4 devices .* of 30 .*set train\.batch_size=32"):
        require_shareable(baseline, 4)
    with pytest.raises(RecipeError, match="le: BatchBalanced weighs each sample by the whole"):
        require_shareable(le, 2)
