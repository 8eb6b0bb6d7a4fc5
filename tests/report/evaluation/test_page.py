"""evaluation.html: errors of every class with their images, and names of strangers as text."""

from collections.abc import Mapping, Sequence

import numpy as np

from counterpoise.records import CopiesPart
from counterpoise.report.errors import errors_of
from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.page import page
from counterpoise.report.thumbnails import encoded


class Given:
    """Samples of one name."""

    def __init__(self, name: str, pixels: object = None, same: Sequence[CopiesPart] = ()) -> None:
        self.called, self.pixels, self.same = name, pixels, same

    def name(self, index: int) -> str:
        return self.called

    def image(self, index: int) -> str:
        return "" if self.pixels is None else encoded(self.pixels[index])

    def row(self, index: int) -> Mapping[str, str]:
        return {}

    def copies(self) -> Sequence[CopiesPart]:
        return self.same


def wrong(per_class: int, classes: int, name: str = "a.png", *, probabilities: bool = False):
    """Everything is taken for the next class."""
    labels = np.repeat(np.arange(classes), per_class)
    scores = np.full((len(labels), classes), 0.1)
    scores[np.arange(len(labels)), (labels + 1) % classes] = np.linspace(0.5, 0.9, len(labels))
    scores /= scores.sum(axis=1, keepdims=True)
    names = tuple(f"<b>class {k}" for k in range(classes))
    given = scores if probabilities else None
    return judge("<set>", "m", names, labels, [name] * len(labels), scores, given)


def made(found, samples: Given) -> str:
    return page(found, errors_of(found.predicted, samples, found.classes))


def test_names_of_strangers_are_text() -> None:
    name = "<script>alert(1)</script>.png"
    text = made(wrong(2, 2, name, probabilities=True), Given(name))
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 4
    assert "<b>class" not in text
    assert "&lt;set&gt;" in text


def test_images_of_any_kind_are_shown() -> None:
    found = wrong(1, 3)
    rng = np.random.default_rng(0)
    for shape, dtype in (((1, 8, 8), np.uint8), ((3, 200, 90), np.uint8), ((1, 60, 60), np.int32)):
        images = rng.integers(0, 255, (3, *shape)).astype(dtype)
        assert made(found, Given("a.png", images)).count('<img src="data:image/') == 3


def test_wrong_labels_and_copies_are_shown_as_in_a_report() -> None:
    labels = np.repeat([0, 1], 20)
    probabilities = np.where(np.arange(40)[:, None] < 20, [[0.9, 0.1]], [[0.2, 0.8]])
    probabilities[[3, 31]] = [[0.05, 0.95], [0.97, 0.03]]
    names = [f"{n}.png" for n in range(40)]
    found = judge("s", "m", ("cat", "dog"), labels, names, probabilities, probabilities)
    assert found.label_issues.samples.tolist() == [31, 3]
    text = made(found, Given("x.png", same=(CopiesPart(samples=(0, 25), labels=(0, 1)),)))
    assert "Likely wrong labels: 2" in text
    assert 'download="label-errors.csv"' in text
    assert "The same content under two labels" in text
    assert "<strong>dog</strong>, suggested cat (97 %)" in text


def test_margins_are_no_probabilities() -> None:
    found = wrong(3, 2)
    assert not len(found.label_issues.samples)
    text = made(found, Given("x.png"))
    assert "The most confident errors of each class" in text
    assert "Likely wrong labels" not in text
    assert " %)" not in text


def test_without_errors_there_is_no_word_of_them() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    found = judge("s", "m", ("a", "b"), np.array([0, 1]), ["1", "2"], scores, scores)
    assert '<section id="errors">' not in made(found, Given("x.png"))
