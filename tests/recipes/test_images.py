"""Which shipped methods are for images alone, and what makes them so."""

import pytest

from counterpoise.recipes.images import for_images
from counterpoise.recipes.load import load_methods


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("baseline", []),
        ("mixup", []),
        ("smote", []),
        ("cmo", ["CMO"]),
        ("tlc-offline", ["Flip"]),
        ("deep-smote", ["DeepSMOTE"]),
        ("hog-nn", ["hog"]),
        ("resnet18-ce", ["resnet18"]),
    ],
)
def test_what_makes_a_method_one_for_images(method: str, what: list[str]) -> None:
    (recipe,) = load_methods([method], {}, {})
    assert for_images(recipe)[: len(what) or None] == what


def test_a_model_that_is_chosen_by_the_data_fits_any() -> None:
    (recipe,) = load_methods(["baseline"], {}, {"model.name": "auto"})
    assert for_images(recipe) == []
