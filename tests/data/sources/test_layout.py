"""Parts of a data set are told from its classes by names and by what the folders hold."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from counterpoise.data.sources.layout import part_of, parts
from counterpoise.data.sources.walk import Walk
from counterpoise.errors import DataError

Tree = Callable[[Mapping[str, int]], Path]


def found(root: Path) -> tuple[dict[str, int], str]:
    walk = Walk(root)
    sources = parts(walk, walk.folders())
    return sources, str(walk.left_out)


def classes(*parts: str, names: tuple[str, ...] = ("cat", "dog")) -> dict[str, int]:
    return {f"{part}/{name}": 1 for part in parts for name in names}


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (("train", "Training", "seg_train", "training_set", "TrainSet", "traindata", "train2"), 0),
        (("val", "valid", "Validation", "val-set", "validation_images", "dev"), 1),
        (("test", "Testing", "seg_test", "test_set", "TESTING", "Test1", "data-test"), 2),
        (("cat", "contest", "strain", "value", "latest", "train_test", "protest", "1", ""), None),
    ],
)
def test_parts_by_name(names: tuple[str, ...], part: int | None) -> None:
    assert {name: part_of(name) for name in names if name} == dict.fromkeys(
        filter(None, names), part
    )


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("Training", "Validation", "Testing"),
        ("training_set", "val_set", "test_set"),
        ("seg_train", "seg_dev", "seg_test"),
        ("train", "valid", "test"),
    ],
)
def test_other_spellings_are_parts(
    image_tree: Tree, train: str, validation: str, test: str
) -> None:
    root = image_tree(classes(train, validation, test))
    assert found(root) == ({train: 0, validation: 1, test: 2}, "")


def test_parts_may_be_nested_once_more(image_tree: Tree) -> None:
    root = image_tree(
        {**classes("seg_train/seg_train", "seg_test/seg_test"), "seg_pred/seg_pred": 7}
    )
    sources, left_out = found(root)
    assert sources == {"seg_train/seg_train": 0, "seg_test/seg_test": 2}
    assert left_out == "7 images beside train and test (seg_pred/)"


@pytest.mark.parametrize("beside", ["unlabelled", "bus", "extra"])
def test_a_folder_beside_parts_is_left_out_and_counted(image_tree: Tree, beside: str) -> None:
    root = image_tree({**classes("train", "test"), beside: 3, f"{beside}/deep": 2})
    sources, left_out = found(root)
    assert sources == {"train": 0, "test": 2}
    assert left_out == f"5 images beside train and test ({beside}/)"


def test_train_alone_is_a_part_beside_unlabelled_images(image_tree: Tree) -> None:
    assert found(image_tree({**classes("train"), "unlabelled": 3}))[0] == {"train": 0}


@pytest.mark.parametrize(
    "folders",
    [
        {"train": 3, "bus": 3},
        {"train": 3, "test tubes": 3, "bus": 2},
        {"train/steam": 3, "train/diesel": 2, "bus": 3},
        {"walk/ann": 2, "walk/bob": 2, "run/ann": 2, "run/cyd": 2, "run/dan": 2, "walk/eve": 2},
        {"cat/images": 3, "dog/images": 2},
        {"cat/images": 3, "dog/images": 2, "cat/labels": 0, "dog/labels": 0},
    ],
)
def test_classes_stay_classes(image_tree: Tree, folders: dict[str, int]) -> None:
    assert found(image_tree(folders)) == ({}, "")


def test_classes_may_have_one_name_in_two_unicode_forms(image_tree: Tree) -> None:
    root = image_tree({"Training/caf\u00e9": 1, "Training/bar": 1, "Testing/cafe\u0301": 1})
    assert found(root)[0] == {"Training": 0, "Testing": 2}


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (classes("Lernen", "Pruefen"), r"Lernen/ and Pruefen/ hold folders of the same names "
         r"\(cat, dog\).* call the parts train, val and test"),
        (classes("fold1", "fold2", "fold3", names=("1", "2", "3", "4")), r"\(1, 2, 3, \.\.\.\)"),
        (classes("cat", "dog", names=("train", "test")), r"are parts; put them on top: test/cat/"),
        (classes("train", "test", "other"), "other/ holds class folders as train/ does"),
        (classes("train_a", "train_b", "test"), "train_a/, train_b/ are read as the same part"),
        ({**classes("Training"), **classes("Testing", names=("x", "y"))},
         r"Training/, Testing/ are parts by their names.*\(cat, dog; x, y\)"),
        (classes("val", "test"), "has test/, val/ but no train/"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused(
    image_tree: Tree, folders: dict[str, int], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        found(image_tree(folders))
