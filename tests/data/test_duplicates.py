"""Exact copies are counted within parts, across them, and under two labels."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from counterpoise.data import load
from counterpoise.data.duplicates import conflicting, find_duplicates

Tree = Callable[[Mapping[str, int]], Path]


def test_files(image_tree: Tree) -> None:
    root = image_tree({"train/a": 3, "train/b": 2, "val/a": 1, "test/a": 2, "test/b": 1})
    same = (root / "train" / "a" / "image_0.png").read_bytes()
    for place in ("train/a/image_1", "val/a/image_0", "test/a/image_1", "test/b/image_0"):
        (root / f"{place}.png").write_bytes(same)
    found = find_duplicates(load(str(root)))
    assert (found.within, found.across, found.conflicting) == (2, 1, 1)
    assert found.leaked == {"validation": 1, "test": 2}
    (example,) = found.examples
    assert example.count(" = ") == 2
    dataset = load(str(root))
    (copies,) = conflicting(dataset)
    assert len(copies) == 5
    assert {dataset.classes[dataset.labels[i]] for i in copies} == {"a", "b"}


def test_arrays_are_called_by_their_place(tmp_path: Path) -> None:
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    y = np.array([0, 1, 0, 1, 0, 1])
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[2:3] + 0, y_test=y[2:3])
    found = find_duplicates(load(str(tmp_path / "a.npz")))
    assert (found.across, found.leaked) == (1, {"test": 1})
    assert found.examples == ("x_train[2] (0) = x_test[0] (0)",)


def test_an_example_of_two_labels_shows_both(tmp_path: Path) -> None:
    x = np.array([[1.0], [1.0], [1.0], [2.0], [1.0]], dtype=np.float32)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=np.array([0, 0, 0, 1, 1]))
    found = find_duplicates(load(str(tmp_path / "a.npz")))
    assert found.examples == ("x_train[0] (0) = x_train[1] (0) = x_train[4] (1)",)


def test_copies_in_test_and_validation_alone_leak_too(tmp_path: Path) -> None:
    x = np.arange(16, dtype=np.float32).reshape(8, 2)
    y = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    np.savez(
        tmp_path / "a.npz",
        x_train=x[:4], y_train=y[:4], x_val=x[4:], y_val=y[4:], x_test=x[5:], y_test=y[5:],
    )  # fmt: skip
    assert find_duplicates(load(str(tmp_path / "a.npz"))).leaked == {"test": 3}


def test_none() -> None:
    found = find_duplicates(load("digits"))
    assert (found.within, found.across, found.conflicting, found.leaked) == (0, 0, 0, {})
