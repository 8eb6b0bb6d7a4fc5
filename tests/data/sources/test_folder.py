"""Folders of class folders."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import FileInputs, inspect, load
from counterpoise.errors import DataError

Tree = Callable[[Mapping[str, int]], Path]


def test_class_folders(image_tree: Tree) -> None:
    root = image_tree({"zebra": 2, "ant": 3, "ant/deep/down": 1})
    animals = load(str(root))
    assert animals.classes == ("ant", "zebra")
    assert animals.labels.tolist() == [0, 0, 0, 0, 1, 1]
    assert animals.part.tolist() == [-1] * 6
    assert animals.name == "pictures"
    assert (animals.kind, animals.input_shape, animals.groups) == ("image", (3, 32, 32), None)
    assert isinstance(animals.inputs, FileInputs)
    assert animals.inputs.names[:2] == ("ant/deep/down/image_0.png", "ant/image_0.png")
    read = animals.inputs.read(np.array([0, 5]))
    assert (read.shape, read.dtype) == ((2, 3, 32, 32), np.uint8)


def test_split_folders(image_tree: Tree) -> None:
    root = image_tree({"train/b": 2, "train/a": 1, "val/a": 1, "test/b": 1, "test/a": 2})
    dataset = load(str(root))
    assert dataset.classes == ("a", "b")
    found = sorted(zip(dataset.part.tolist(), dataset.labels.tolist(), strict=True))
    assert found == [(0, 0), (0, 1), (0, 1), (1, 0), (2, 0), (2, 0), (2, 1)]


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_names_of_validation(image_tree: Tree, name: str) -> None:
    dataset = load(str(image_tree({"Train/a": 1, "Train/b": 1, f"{name}/a": 1})))
    assert sorted(dataset.part.tolist()) == [0, 0, 1]


def test_a_class_may_be_called_train(image_tree: Tree) -> None:
    dataset = load(str(image_tree({"train": 2, "bus": 2})))
    assert dataset.classes == ("bus", "train")


def test_number_names_are_sorted_as_numbers(image_tree: Tree) -> None:
    assert load(str(image_tree({"10": 1, "9": 1, "1": 1}))).classes == ("1", "9", "10")


def test_what_is_left_out_is_said(image_tree: Tree) -> None:
    root = image_tree({"a": 2, "b": 2, ".cache/x": 2, "a/.thumbnails": 3})
    for name in ("readme.txt", "a/notes.md", "a/.image_9.png", "a/._image_0.png"):
        (root / name).write_bytes(b"not an image")
    dataset = load(str(root))
    assert len(dataset) == 4
    assert dataset.notes == (
        "left out: 2 hidden folders (.cache, a/.thumbnails), 2 files that are no images (.txt 1, "
        ".md 1), 2 hidden files",
    )
    dataset.inputs.read()


def test_parts_by_other_names(image_tree: Tree) -> None:
    counts = {"seg_train/seg_train/a": 2, "seg_train/seg_train/b": 1, "seg_test/seg_test/a": 1}
    root = image_tree({**counts, "seg_pred": 3})
    (root / "seg_train" / "loose.png").touch()
    dataset = load(str(root))
    assert dataset.classes == ("a", "b")
    assert dataset.part.tolist() == [2, 0, 0, 0] or dataset.part.tolist() == [0, 0, 0, 2]
    assert dataset.notes == (
        "left out: 3 images beside train and test (seg_pred/), 1 image in no class folder "
        "(seg_train/)",
    )


def test_a_part_without_class_folders_is_left_out_and_said(image_tree: Tree) -> None:
    dataset = load(str(image_tree({"train/a": 2, "train/b": 1, "test": 4})))
    assert set(dataset.part.tolist()) == {0}
    assert dataset.notes == ("left out: 4 images in no class folder (test/)",)


def test_output_folders_are_left_out_and_no_data_by_themselves(image_tree: Tree) -> None:
    root = image_tree({"a": 2, "b": 2, "results": 0, "results/first": 1, "elsewhere": 2})
    claim = root / "results" / "first" / "claim.json"
    claim.write_text('{"dataset": "0", "profile": "none"}')
    dataset = load(str(root), ignore=root / "elsewhere")
    assert dataset.classes == ("a", "b")
    assert dataset.notes == (
        "left out: 2 output folders of counterpoise (elsewhere, results/first)",
    )
    with pytest.raises(DataError, match="is what a comparison wrote, and no data"):
        load(str(claim.parent))


def test_names_in_two_unicode_forms_are_one_class(image_tree: Tree) -> None:
    dataset = load(str(image_tree({"caf\u00e9": 2, "cafe\u0301": 1, "bar": 2})))
    assert dataset.classes == ("bar", "caf\u00e9")
    assert np.bincount(dataset.labels).tolist() == [2, 3]
    (note,) = dataset.notes
    assert note.startswith("2 names of a class look the same, 'caf\u00e9'")


def test_a_single_form_of_a_name_stays_as_it_is(image_tree: Tree) -> None:
    dataset = load(str(image_tree({"cafe\u0301": 1, "bar": 2})))
    assert (dataset.classes, dataset.notes) == (("bar", "cafe\u0301"), ())


def test_names_that_are_not_utf_8_can_be_read_and_printed(image_tree: Tree) -> None:
    root = image_tree({"bar": 2, "tmp": 2})
    os.rename(root / "tmp", os.fsencode(root) + b"/caf\xe9")
    dataset = load(str(root))
    assert dataset.classes == ("bar", "caf\\xe9")
    assert dataset.notes == ("not UTF-8, so shown with \\x: class caf\\xe9",)
    assert isinstance(dataset.inputs, FileInputs)
    assert dataset.inputs.names[2:] == ("caf\\xe9/image_0.png", "caf\\xe9/image_1.png")
    str(inspect(dataset)).encode("utf-8")
    assert len(dataset.inputs.read()) == 4


def test_labels_are_read_without_decoding(image_tree: Tree) -> None:
    root = image_tree({"a": 40, "b": 40})
    (root / "a" / "image_7.png").write_bytes(b"damaged")
    assert len(load(str(root))) == 80


def test_size_and_channels_override(image_tree: Tree) -> None:
    dataset = load(str(image_tree({"a": 1, "b": 1})), size=5, channels=1)
    assert dataset.input_shape == (1, 5, 5)
    assert dataset.inputs.read().shape == (2, 1, 5, 5)


def test_skip_corrupt_lists_and_keeps_indices_consistent(image_tree: Tree) -> None:
    root = image_tree({"a": 3, "b": 3})
    (root / "a" / "image_1.png").write_bytes(b"damaged")
    dataset = load(str(root), skip_corrupt=True)
    assert len(dataset) == len(dataset.inputs) == len(dataset.part) == 5
    assert dataset.labels.tolist() == [0, 0, 1, 1, 1]
    (skipped,) = dataset.skipped
    assert "a/image_1.png" in skipped
    assert "1 damaged image file skipped" in dataset.notes
    assert dataset.inputs.read().shape[0] == 5
    (root / "a" / "image_1.png").unlink()
    assert load(str(root)).checksum == dataset.checksum


def test_a_class_of_damaged_files_only(image_tree: Tree) -> None:
    root = image_tree({"a": 3, "b": 1})
    (root / "b" / "image_0.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match="no training sample of class 'b'"):
        load(str(root), skip_corrupt=True)


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ({"": 0}, "is empty; expected one folder of images per class"),
        ({"": 3}, "holds 3 images but no class folder"),
        ({"a": 0, "b": 0}, "holds no image"),
        ({"a": 3, "b": 0}, "no image in class folder b; fill or delete it"),
        ({"a": 3}, "at least two classes are needed; there is only 'a'"),
        ({"a": 0, ".b": 2}, r"holds no image.*; left out: 1 hidden folder \(\.b\)"),
        ({"test/a": 1, "val/a": 1}, "has test/, val/ but no train/"),
        ({"train/a": 1, "train/b": 1, "test/c": 1}, "no training sample of class 'c'"),
    ],
)
def test_bad_folders(image_tree: Tree, folders: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(str(image_tree(folders)))
    assert "\n" not in str(caught.value)


@pytest.mark.data("caltech101")
def test_a_real_folder() -> None:
    from counterpoise.data.sources.named import data_roots

    (root,) = (r / "caltech101" for r in data_roots() if (r / "caltech101").exists())
    dataset = load(str(root))
    assert (len(dataset), dataset.num_classes, dataset.input_shape) == (9144, 102, (3, 128, 128))
    counts = np.bincount(dataset.labels)
    assert (counts.max(), counts.min()) == (800, 31)
