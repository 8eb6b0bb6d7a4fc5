"""What inspect finds, and how it says it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import LabelledSet, inspect, load

Tree = Callable[[Mapping[str, int]], Path]


def test_counts_ratio_and_mu(make_set: Callable[..., LabelledSet]) -> None:
    labels = [0] * 100 + [1] * 5 + [2] * 95 + [3] * 9 + [0] * 3
    report = inspect(make_set(labels, part=[0] * 209 + [2] * 3))
    assert report.counts == (100, 5, 95, 9)
    assert report.parts == {"train": (100, 5, 95, 9), "test": (3, 0, 0, 0)}
    assert (report.ratio, report.mu) == (20.0, 0.5)
    assert report.tiny == ("c1", "c3")
    text = str(report)
    assert "imbalance ratio 20, mu 0.5" in text
    assert "! under 20 samples: c1, c3" in text.splitlines()  # folds do not test on its own part
    json.dumps(report.to_dict())


@pytest.mark.parametrize(
    ("fewest", "said"),
    [
        (9, "; use --folds 5"),
        (4, "; use --folds 4"),
        (2, "; compare needs 3 of each class (add data or drop the class)"),
    ],
)
def test_what_a_tiny_class_asks_for(
    make_set: Callable[..., LabelledSet], fewest: int, said: str
) -> None:
    report = inspect(make_set([0] * 30 + [1] * fewest))
    assert f"! under 20 samples: c1{said}" in report.text().splitlines()


def test_mu_of_a_balanced_set(make_set: Callable[..., LabelledSet]) -> None:
    report = inspect(make_set([0, 1] * 30))
    assert (report.ratio, report.mu) == (1.0, 0.0)
    assert "nearly balanced" in str(report)
    assert "exact duplicates: none" in str(report)


def test_sizes_modes_and_damage(image_tree: Tree) -> None:
    root = image_tree({"a": 2, "b": 1})
    Image.fromarray(np.zeros((5, 7), np.uint8)).save(root / "b" / "grey.png")
    (root / "b" / "z.png").write_bytes(b"damaged")
    report = inspect(load(str(root)))
    assert report.sizes == {"10 x 8": 3, "7 x 5": 1}
    assert report.modes == {"RGB": 3, "L": 1}
    assert report.damaged == ("b/z.png: not an image that Pillow knows",)
    text = str(report)
    assert "modes: RGB (3), L (1); all are read as RGB" in text
    assert "! 1 unreadable: b/z.png" in text


def test_many_sizes_are_summed_up(image_tree: Tree) -> None:
    root = image_tree({"a": 1, "b": 1})
    for side in range(20, 30):
        Image.fromarray(np.zeros((side, side + 1), np.uint8)).save(root / "a" / f"{side}.png")
    text = str(inspect(load(str(root))))
    assert "sizes: 11 different, 10 x 8 to 30 x 29; all are stretched to 32 x 32" in text


def test_duplicates(image_tree: Tree) -> None:
    root = image_tree({"train/a": 3, "train/b": 2, "test/a": 1, "test/b": 1})
    same = (root / "train" / "a" / "image_0.png").read_bytes()
    (root / "train" / "a" / "image_1.png").write_bytes(same)
    (root / "test" / "b" / "image_0.png").write_bytes(same)
    found = inspect(load(str(root))).duplicates
    assert (found.within, found.across, found.conflicting) == (1, 1, 1)
    (example,) = found.examples
    assert set(example.split(" = ")) == {
        "train/a/image_0.png",
        "train/a/image_1.png",
        "test/b/image_0.png",
    }
    text = str(inspect(load(str(root))))
    assert "! exact duplicates: 1 within a part, 1 across parts: test or validation" in text
    assert "! 1 contents carry more than one label" in text


@pytest.mark.parametrize(
    ("low", "said"),
    [
        (0, "16-bit: 4 images, values 0 to 239, all read, on the scale of the training images"),
        (40_000, "16-bit: 4 images, values 0 to 40239, all read"),
    ],
)
def test_16_bit_images_and_their_range(tmp_path: Path, low: int, said: str) -> None:
    for k, name in enumerate("abab"):
        (tmp_path / name).mkdir(exist_ok=True)
        pixels = np.full((6, 6), low + 239 if k else 0, dtype=np.uint16)
        Image.fromarray(pixels).save(tmp_path / name / f"{k}.png")
    report = inspect(load(str(tmp_path)))
    assert (report.sixteen_bit, report.sixteen_bit_range) == (4, (0, low + 239))
    assert said in str(report)
    Image.new("RGB", (6, 6)).save(tmp_path / "a" / "colour.png")
    beside = str(inspect(load(str(tmp_path))))
    assert ("their high byte is read, which leaves 1" in beside) == (low == 0)


def test_alpha_and_what_is_left_out_are_said(image_tree: Tree) -> None:
    root = image_tree({"a": 1, "b": 1})
    Image.new("RGBA", (9, 9)).save(root / "a" / "x.png")
    (root / "a" / "y.gif").touch()
    report = inspect(load(str(root)))
    assert (report.alpha, report.sixteen_bit, report.sixteen_bit_range) == (1, 0, None)
    assert "1 of 3 images have an alpha channel" in str(report)
    assert "left out: 1 file that is no image (.gif 1)" in json.dumps(report.to_dict())


def test_groups_that_straddle(make_set: Callable[..., LabelledSet]) -> None:
    report = inspect(make_set([0, 1, 0, 1], groups=[7, 8, 7, 9], part=[0, 0, 2, 2]))
    assert (report.groups, report.single, report.straddling) == (1, 2, 1)
    assert "! 1 groups lie in more than one part" in str(report)


def test_many_classes_are_abridged(make_set: Callable[..., LabelledSet]) -> None:
    text = str(inspect(make_set([k for k in range(40) for _ in range(k + 1)])))
    assert "... 20 classes in between" in text
    assert len(text.splitlines()) < 35
    assert max(map(len, text.splitlines())) < 120


def test_a_name_with_a_line_break_stays_in_its_line(image_tree: Tree) -> None:
    text = str(inspect(load(str(image_tree({"line\nbreak": 2, "tab\there": 1})))))
    assert "\nline\\nbreak" in text
    assert "\ntab\\there" in text
    assert "! under 20 samples: line\\nbreak, tab\\there" in text


def test_vectors_have_values_and_no_sizes_of_images(make_set: Callable[..., LabelledSet]) -> None:
    report = inspect(make_set([0, 1] * 20))
    assert report.kind == "vector"
    lines = str(report).splitlines()
    assert f"values: {next(iter(report.modes))}" in lines
    assert not [line for line in lines if line.startswith(("sizes", "modes"))]
