"""evaluation.html: errors of every class with their images, and names of strangers as text."""

import numpy as np

from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.page import MOST_IMAGES, PER_CLASS, chosen_errors, page


def wrong(per_class: int, classes: int, name: str = "a.png"):
    """Everything is taken for the next class."""
    labels = np.repeat(np.arange(classes), per_class)
    scores = np.full((len(labels), classes), 0.1)
    scores[np.arange(len(labels)), (labels + 1) % classes] = np.linspace(0.5, 0.9, len(labels))
    names = tuple(f"<b>class {k}" for k in range(classes))
    return judge("<set>", "m", names, labels, [name] * len(labels), scores, None)


def test_each_class_has_its_most_confident_errors() -> None:
    chosen = chosen_errors(wrong(10, 4))
    assert len(chosen) == 4 * PER_CLASS
    assert chosen[:PER_CLASS] == [9, 8, 7, 6, 5, 4]
    assert len(chosen_errors(wrong(10, 20))) == MOST_IMAGES


def test_names_of_strangers_are_text() -> None:
    made = page(wrong(2, 2, "<script>alert(1)</script>.png"))
    assert "<script" not in made
    assert "<b>class" not in made
    assert "&lt;set&gt;" in made


def test_images_of_any_kind_are_shown() -> None:
    found = wrong(1, 3)
    rng = np.random.default_rng(0)
    for shape, dtype in (((1, 8, 8), np.uint8), ((3, 200, 90), np.uint8), ((1, 60, 60), np.int32)):
        images = rng.integers(0, 255, (3, *shape)).astype(dtype)
        made = page(found, lambda indices, images=images: images[: len(indices)])
        assert made.count('<img src="data:image/') == 3
