"""Data sets of torch and torchvision."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, Subset
from torch.utils.data import TensorDataset as Tensors
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from counterpoise.data import load
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.sets.map_style import class_list, name_of
from counterpoise.data.sets.stored import stored
from counterpoise.errors import ArgumentError, DataError

CLASSES = ["cat", "ant"]  # not in order, as a set of its own may have them


class Held(Dataset):
    """Images in memory."""

    def __init__(self, images: list[Any], labels: list[Any], classes: list[str] | None = None):
        self.images, self.labels = images, labels
        if classes is not None:
            self.classes = classes

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        return self.images[place], self.labels[place]


class Stream(IterableDataset):
    def __iter__(self) -> Any:
        yield from ()


def picture(seed: int, height: int = 8, width: int = 9, channels: int = 3) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def folder(root: Path, number: int = 6) -> Path:
    for place in range(number):
        path = root / ("cat", "ant")[place % 2] / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(place)).save(path)
    return root


def read(data: object, where: Path) -> LabelledSet:
    path, rest = stored(data, {"seeds": 2}, where)
    assert rest == {"seeds": 2}
    return load(str(path))


def named(dataset: LabelledSet) -> list[str]:
    return [dataset.classes[k] for k in dataset.labels]


def test_a_folder_of_images_is_listed_and_not_copied(tmp_path: Path) -> None:
    given = ImageFolder(folder(tmp_path / "pets"))
    dataset = read(given, tmp_path / "given")
    assert dataset.name == "imagefolder"
    assert dataset.groups is None
    assert dataset.indices(-1).tolist() == list(range(6))
    assert [p.suffix for p in (tmp_path / "given").iterdir()] == [".csv"]
    for k, (image, label) in enumerate(given):
        found = dataset.inputs.read(np.array([k]))[0]
        assert named(dataset)[k] == given.classes[label]
        assert found.shape == (3, 32, 32)  # as files are brought to one size
        assert image.size == (9, 8)
    some = read(Subset(given, [5, 0]), tmp_path / "given")
    assert named(some) == ["cat", "ant"]
    assert some.name == "imagefolder"
    twice = read(Subset(given, [5, 0, 5]), tmp_path / "copied")
    assert named(twice) == ["cat", "ant", "cat"]
    assert [p.suffix for p in (tmp_path / "copied").iterdir()] == [".npz"]
    assert twice.contents.tolist() == [0, 1, 0], "copies, which splits keep together"


def test_folders_that_are_put_together_are_listed(tmp_path: Path) -> None:
    one, other = (ImageFolder(folder(tmp_path / name)) for name in ("pets", "more"))
    given = ConcatDataset([Subset(one, [0, 2, 3, 5]), other])
    dataset = read(given, tmp_path / "given")
    assert [p.suffix for p in (tmp_path / "given").iterdir()] == [".csv"]
    assert named(dataset) == [one.classes[label] for _, label in given]
    read(ConcatDataset([one, one]), tmp_path / "twice")
    assert [p.suffix for p in (tmp_path / "twice").iterdir()] == [".npz"]


def test_a_class_whose_name_is_no_utf_8(tmp_path: Path) -> None:
    images = [picture(k) for k in range(4)]
    given = Held(images, [0, 1, 0, 1], ["a", os.fsdecode(b"\xff")])
    assert sorted(set(named(read(given, tmp_path)))) == ["\\xff", "a"]
    sizes = [picture(k, height=8 + k) for k in range(4)]
    given = Held(sizes, [0, 1, 0, 1], ["a", os.fsdecode(b"\xff")])
    assert sorted(set(named(read(given, tmp_path)))) == ["\\xff", "a"]


def test_labels_are_arrays_of_one(tmp_path: Path) -> None:
    given = Held([picture(k) for k in range(4)], list(torch.tensor([[3], [5], [3], [5]])))
    assert named(read(given, tmp_path)) == ["3", "5", "3", "5"]


@pytest.mark.parametrize("height", [8, 9], ids=["one file", "many files"])
def test_minus_one_and_one_are_two_classes(height: int, tmp_path: Path) -> None:
    images = [picture(0, height), *(picture(k) for k in range(1, 4))]
    assert named(read(Held(images, [1, -1, -1, 1]), tmp_path)) == ["1", "-1", "-1", "1"]
    with pytest.raises(DataError, match="take such samples out, or write names instead"):
        read(Held(images, [1, -1, 0, 1]), tmp_path)


def test_a_missing_number_is_no_change(tmp_path: Path) -> None:
    """What is wrong with it is said by whoever reads the file."""
    with pytest.raises(DataError, match="NaN"):
        read(Tensors(torch.full((8, 3), torch.nan), torch.tensor([0, 1] * 4)), tmp_path)


def test_parts_that_are_given_are_kept(tmp_path: Path) -> None:
    train, test = ImageFolder(folder(tmp_path / "a")), ImageFolder(folder(tmp_path / "b", 4))
    dataset = read({"train": train, "test": test}, tmp_path / "given")
    assert dataset.part.tolist() == [0] * 6 + [2] * 4


@pytest.mark.parametrize(
    "made",
    [
        Image.fromarray,
        lambda a: a,
        lambda a: a.transpose(2, 0, 1),
        lambda a: torch.from_numpy(a.transpose(2, 0, 1).copy()),
    ],
    ids=["PIL", "array", "channels first", "tensor"],
)
def test_images_in_memory_are_one_file(made: Callable[[Any], Any], tmp_path: Path) -> None:
    given = Held(
        [made(picture(k)) for k in range(4)], [0, 1, torch.tensor(1), np.int64(0)], CLASSES
    )
    dataset = read(given, tmp_path)
    assert dataset.classes == ("cat", "ant")  # in the order of the set
    assert named(dataset) == ["cat", "ant", "ant", "cat"]
    expected = np.stack([picture(k).transpose(2, 0, 1) for k in range(4)])
    np.testing.assert_array_equal(dataset.inputs.read(), expected)
    assert stored(given, {}, tmp_path)[0] == stored(given, {}, tmp_path)[0]
    assert len(list(tmp_path.iterdir())) == 1


def test_images_of_several_sizes_are_files(tmp_path: Path) -> None:
    images = [Image.fromarray(picture(k, height=8 + k)) for k in range(4)]
    given = Held(images, ["cat", "ant", "ant", "cat"])
    first, _ = stored(given, {}, tmp_path)
    dataset = load(str(first))
    assert named(dataset) == ["cat", "ant", "ant", "cat"]
    copies = sorted(Path(str(first)).with_suffix("").iterdir())
    for k, path in enumerate(copies):
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), picture(k, height=8 + k))
    copies[0].unlink()  # what is missing is written again
    assert stored(given, {}, tmp_path)[0] == first
    assert copies[0].is_file()


def test_transparent_and_grey_images(tmp_path: Path) -> None:
    grey = Held([Image.fromarray(picture(k, channels=1)) for k in range(4)], [0, 1, 0, 1])
    assert read(grey, tmp_path).input_shape == (1, 8, 9)
    clear = Held([Image.new("RGBA", (8, 8), (k, 2, 3, 99)) for k in range(4)], [0, 1, 0, 1])
    path, _ = stored(clear, {}, tmp_path)
    for copy in Path(str(path)).with_suffix("").iterdir():
        with Image.open(copy) as image:
            assert image.mode == "RGBA"


def test_vectors_and_series(tmp_path: Path) -> None:
    X, y = torch.arange(12.0).reshape(4, 3), torch.tensor([0, 1, 0, 1])
    dataset = read(Tensors(X, y), tmp_path)
    assert (dataset.kind, dataset.input_shape, dataset.classes) == ("vector", (3,), ("0", "1"))
    np.testing.assert_array_equal(dataset.inputs.read(), X.numpy())
    assert read(Tensors(X.reshape(4, 1, 3), y), tmp_path).kind == "series"


def test_a_transform_that_changes_nothing_by_chance_is_applied(tmp_path: Path) -> None:
    given = ImageFolder(folder(tmp_path / "pets"), transform=v2.Resize((5, 4)))
    assert read(given, tmp_path / "given").input_shape == (3, 5, 4)


def test_names() -> None:
    assert class_list(Subset(Held([], [], CLASSES), [])) == ("cat", "ant")
    assert name_of(ConcatDataset([Held([1], [1]), Held([1], [1])])) == "held"


def noise(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.random.default_rng().integers(0, 255, (8, 8), dtype=np.uint8))


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (v2.RandomHorizontalFlip(), "augments, RandomHorizontalFlip"),
        (v2.Compose([v2.Resize(8), v2.ColorJitter(0.5)]), "augments, ColorJitter"),
        (noise, "sample 0 differed when it was read again"),
        (v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
         r"sample 0 is Image float32 \(3, 8, 9\), made by Compose"),
    ],
)  # fmt: skip
def test_transforms_that_are_refused(transform: Any, message: str, tmp_path: Path) -> None:
    given = ImageFolder(folder(tmp_path / "pets"), transform=transform)
    with pytest.raises(ArgumentError, match=message) as raised:
        stored(given, {}, tmp_path / "given")
    assert "give the set without it" in str(raised.value)
    assert not (tmp_path / "given").exists()


PICTURES = [picture(k) for k in range(3)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (Stream(), "a stream is not taken; got Stream .*load it whole"),
        ((place for place in range(3)), "a stream is not taken; got generator"),
        (DataLoader(Held(PICTURES, [0, 1, 0])), "a data set is given, not its loader"),
        (Held([], []), "the data set is empty"),
        (Tensors(torch.zeros(3, 2)), r"a pair \(image, class\); sample 0 is tuple of 1"),
        (Held(PICTURES, [0, 1, {"boxes": 3}]), "that of sample 2 is dict"),
        (Held(PICTURES, [0, None, 0]), "that of sample 1 is NoneType"),
        (Held(PICTURES, [0, 1, -1], CLASSES), r"that of sample 2 is -1 \(unlabelled\?\)"),
        (Held(PICTURES, [0, 1, 2], CLASSES), "among the set's 2 classes; that of sample 2 is 2"),
        (Held([np.zeros(3), np.zeros(4)], [0, 1]), r"\(4,\) in sample 1 \(pad, cut"),
        (ConcatDataset([Held(PICTURES, [0] * 3, ["a"]), Held(PICTURES, [0] * 3, ["b"])]),
         "have the same classes"),
        ({"train": Held(PICTURES, [0] * 3, ["a"]), "test": Held(PICTURES, [0] * 3, ["b"])},
         "the parts of one data set have the same classes"),
    ],
)  # fmt: skip
def test_what_is_refused(data: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=message):
        stored(data, {}, tmp_path)
    assert not list(tmp_path.iterdir())
