"""What is left out, changed or there twice is counted in words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from counterpoise.data import load
from counterpoise.data.duplicates import find_duplicates
from counterpoise.data.remarks import remarks, remarks_on_copies

Tree = Callable[[Mapping[str, int]], Path]


def test_images_that_are_not_read_as_they_are(image_tree: Tree) -> None:
    root = image_tree({"a": 2, "b": 1})
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(root / "a" / "alpha.png")
    Image.fromarray(pixels[:, :, 0].astype(np.uint16)).save(root / "b" / "deep.png")
    pages = [Image.fromarray(pixels[:, :, k]) for k in range(2)]
    pages[0].save(root / "b" / "pages.tif", save_all=True, append_images=pages[1:])
    (root / "b" / "notes.txt").touch()
    assert remarks(load(str(root))) == (
        "left out: 1 file that is no image (.txt 1)",
        "1 of 6 images have an alpha channel: transparent pixels are put on white, or on black "
        "where what is visible is light",
        "1 of 6 images are 16-bit: their high byte is read",
        "1 of 6 files hold further images, which are left out",
    )
    assert remarks(load("digits")) == ()


def test_copies_across_parts(image_tree: Tree) -> None:
    root = image_tree({"train/a": 3, "train/b": 2, "val/a": 1, "test/a": 2, "test/b": 1})
    for place, i in {"val/a/image_0": 0, "test/a/image_0": 1, "test/b/image_0": 2}.items():
        content = (root / "train" / "a" / f"image_{i}.png").read_bytes()
        (root / f"{place}.png").write_bytes(content)
    dataset = load(str(root))
    said = remarks_on_copies(dataset, find_duplicates(dataset))
    assert [line.partition(" samples (")[0] for line in said[:2]] == [
        "! of the test samples, 2 are exact copies of training or validation",
        "! of the validation samples, 1 is an exact copy of training",
    ]
    assert said[2].startswith("! 2 samples, of 1 content, have copies under another label (")
    assert len(said) == 3


def test_samples_under_another_label_are_counted_beside_their_contents(tmp_path: Path) -> None:
    x = np.repeat(np.arange(4, dtype=np.uint8), 10)[:, None, None].repeat(4, 1).repeat(4, 2)
    y = [*([0, 1] * 15), *([1] * 10)]  # three contents under both labels, one under its own
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y)
    dataset = load(str(tmp_path / "a.npz"))
    found = find_duplicates(dataset)
    assert (found.conflicting, found.disputed) == (3, 30)
    assert remarks_on_copies(dataset, found)[0].startswith(
        "! 30 samples, of 3 contents, have copies under another label ("
    )


def test_copies_that_a_split_keeps_together(tmp_path: Path) -> None:
    x = np.array([0, 1, 2, 3, 0, 0, 1], dtype=np.float32)[:, None]
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1, 0, 1, 0, 0, 1])
    dataset = load(str(tmp_path / "a.npz"))
    found = find_duplicates(dataset)
    assert remarks_on_copies(dataset, found) == (
        "3 samples repeat an earlier one exactly; copies are kept in one part where data are "
        "divided here",
    )
    assert remarks_on_copies(replace(dataset, published=True), found) == ()


def test_equal_answers_are_no_copies(tmp_path: Path) -> None:
    x = np.array([[0, 1], [0, 1], [1, 1], [1, 1], [0, 1]], dtype=np.float32)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1, 0, 1, 0])
    dataset = load(str(tmp_path / "a.npz"))
    _, said = remarks_on_copies(dataset, find_duplicates(dataset))
    assert said == (
        "3 samples repeat an earlier one exactly; most under another label, so they count as "
        "equal answers, not as copies"
    )
