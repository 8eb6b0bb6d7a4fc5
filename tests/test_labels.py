"""Labels of real data sets of torch, torchvision and Hugging Face; no sample is ever read."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from torchvision import datasets as vision

from counterpoise import samplers
from counterpoise.errors import DataError
from counterpoise.labels import labels_of


class Sealed(Dataset):
    """Labels under one attribute, and samples that must not be read."""

    def __init__(self, length: int | None = None, **attributes) -> None:
        self.__dict__.update(attributes)
        (first,) = list(attributes.values())[:1]
        self.length = len(first) if length is None else length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index):
        raise AssertionError(f"sample {index} was read")


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set of torchvision gives a sample."""

    def read(self, index):
        raise AssertionError(f"sample {index} was read")

    for cls in (vision.ImageFolder, vision.DatasetFolder, vision.MNIST, vision.CIFAR10):
        monkeypatch.setattr(cls, "__getitem__", read)
    monkeypatch.setattr(TensorDataset, "__getitem__", read)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cats, a dog and three owls, none of which is an image."""
    for name, many in (("cat", 2), ("dog", 1), ("owl", 3)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(many):
            (tmp_path / "images" / name / f"{number}.png").write_bytes(b"not an image")
    return tmp_path / "images"


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor, np.uint8, torch.IntTensor])
def test_labels_themselves(kind) -> None:
    assert labels_of(kind([0, 2, 1])).tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    "source",
    [
        [False, True, True],
        np.array([False, True, True]),
        torch.tensor([False, True, True]),
        Sealed(targets=[False, True, True]),
        TensorDataset(torch.zeros(3, 2), torch.tensor([False, True, True])),
    ],
    ids=["list", "numpy", "torch", "targets", "tensors"],
)
def test_truth_values_are_0_and_1(source) -> None:
    assert labels_of(source).dtype.kind == "u"
    assert labels_of(source).tolist() == [0, 1, 1]


def test_a_mask_beside_integer_labels_is_not_taken_for_them() -> None:
    data = TensorDataset(torch.tensor([True, False]), torch.tensor([2, 0]))
    assert labels_of(data).tolist() == [2, 0]


def test_labels_of_pandas() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert labels_of(pandas.Series([0, 1, 1], index=[7, 8, 9])).tolist() == [0, 1, 1]


@pytest.mark.parametrize("name", ["targets", "labels", "y", "_labels"])
@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_a_list_of_labels(name, kind) -> None:
    assert labels_of(Sealed(**{name: kind([0, 1, 1])})).tolist() == [0, 1, 1]


@pytest.mark.parametrize("name", ["samples", "imgs", "_samples"])
def test_a_list_of_pairs(name) -> None:
    assert labels_of(Sealed(**{name: [("a", 1), ("b", 0)]})).tolist() == [1, 0]


@pytest.mark.usefixtures("sealed")
def test_an_image_folder(folder: Path) -> None:
    dataset = vision.ImageFolder(str(folder))
    assert labels_of(dataset).tolist() == [0, 0, 1, 2, 2, 2]
    del dataset.targets  # as where only `samples` are left
    assert labels_of(dataset).tolist() == [0, 0, 1, 2, 2, 2]


@pytest.mark.usefixtures("sealed")
def test_a_target_transform_is_applied(folder: Path) -> None:
    called = []

    def merged(target: int) -> int:
        called.append(target)
        return 0 if target < 2 else 1

    dataset = vision.ImageFolder(str(folder), target_transform=merged)
    assert labels_of(dataset).tolist() == [0, 0, 0, 1, 1, 1]
    assert called == [0, 1, 2], "once for each class"
    one_hot = vision.ImageFolder(str(folder), target_transform=lambda k: torch.eye(3)[k])
    with pytest.raises(DataError, match="makes Tensor, not a class index"):
        labels_of(one_hot)


def test_labels_are_those_that_a_loader_gives(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        Image.new("RGB", (2, 2)).save(path)
    whole = vision.ImageFolder(str(folder), target_transform=lambda k: (k + 1) % 3)
    part = Subset(whole, [5, 0, 2])
    joined = ConcatDataset([part, whole, Subset(part, [1])])
    for dataset in (whole, part, joined):
        assert labels_of(dataset).tolist() == [dataset[i][1] for i in range(len(dataset))]


@pytest.mark.data("caltech101")
@pytest.mark.usefixtures("sealed")
def test_a_real_image_folder() -> None:
    roots = map(Path, os.environ["COUNTERPOISE_DATA"].split(os.pathsep))
    root = next(root / "caltech101" for root in roots if (root / "caltech101").is_dir())
    dataset = vision.ImageFolder(str(root))
    labels = labels_of(dataset)
    assert len(labels) == len(dataset)
    sizes = [len(list((root / name).glob("*.jpg"))) for name in dataset.classes]
    assert np.bincount(labels).tolist() == sizes
    sampler = samplers.balanced(dataset)
    assert sampler.seen == pytest.approx((len(dataset) / len(sizes),) * len(sizes))


@pytest.mark.data("MNIST/raw")
@pytest.mark.usefixtures("sealed")
def test_real_mnist() -> None:
    roots = map(Path, os.environ["COUNTERPOISE_DATA"].split(os.pathsep))
    root = next(root for root in roots if (root / "MNIST/raw").is_dir())
    dataset = vision.MNIST(str(root), train=False)
    labels = labels_of(dataset)
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.equal(torch.from_numpy(labels), dataset.targets)


@pytest.mark.usefixtures("sealed")
def test_tensors() -> None:
    features, target = torch.randn(4, 3), torch.tensor([0, 1, 1, 2])
    assert labels_of(TensorDataset(features, target)).tolist() == [0, 1, 1, 2]
    assert labels_of(TensorDataset(target)).tolist() == [0, 1, 1, 2]
    with pytest.raises(DataError, match="2 integer tensors"):
        labels_of(TensorDataset(features, target, torch.arange(4)))
    with pytest.raises(DataError, match="0 integer tensors"):
        labels_of(TensorDataset(features, torch.eye(4)))


def test_parts_of_parts() -> None:
    one = Sealed(targets=[0, 1, 2, 3, 4])
    other = Sealed(samples=[("a", 7), ("b", 8)])
    part = Subset(Subset(one, [4, 3, 0]), torch.tensor([2, 0]))
    assert labels_of(part).tolist() == [0, 4]
    assert labels_of(ConcatDataset([part, other, part])).tolist() == [0, 4, 7, 8, 0, 4]
    assert labels_of(Subset(ConcatDataset([one, other]), range(5, 7))).tolist() == [7, 8]
    halves = random_split(one, [2, 3], generator=torch.Generator().manual_seed(0))
    assert sorted(labels_of(ConcatDataset(halves)).tolist()) == [0, 1, 2, 3, 4]
    assert labels_of(Subset(one, [])).tolist() == []


def test_a_subset_that_has_labels_of_its_own() -> None:
    part = Subset(Sealed(targets=[0, 1, 2]), [2, 0])
    part.targets = [1, 0]
    assert labels_of(part).tolist() == [1, 0]
    part.targets = part.dataset.targets
    with pytest.raises(DataError, match=r"Subset.targets has 3 labels for 2 samples"):
        labels_of(part)


REFUSED = {
    "nothing": (Sealed(images=[1, 2]), "Sealed offers no labels.*pass the labels themselves"),
    "floats": (Sealed(targets=[0.5, 1.0]), "not one integer per sample.*float64"),
    "one-hot": (Sealed(targets=torch.eye(2)), r"shape \(2, 2\)"),
    "boxes": (Sealed(targets=[[1, 2], [3]]), "not one integer per sample"),
    "too few": (Sealed(3, labels=[0, 1]), "2 labels for 3 samples"),
    "no pairs": (Sealed(samples=[3, 4]), r"Sealed.samples is not a list of \(path, label\)"),
    "raw samples": (Subset([5, 6, 7], [0, 1]), "list offers no labels"),
    "a method": (Sealed(labels=lambda: [0], length=1), "offers no labels"),
    "parts": ({"train": [0], "test": [1]}, "several: train, test"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_labels_is_refused_with_a_remedy(case: str) -> None:
    source, message = REFUSED[case]
    with pytest.raises(DataError, match=message):
        labels_of(source)
    with pytest.raises(DataError, match=message):
        samplers.balanced(source)


@pytest.fixture
def hugging_face():
    return pytest.importorskip("datasets", reason="datasets of Hugging Face is not installed")


def broken_images(datasets, name: str = "label"):
    """Four images that cannot be decoded, with labels."""
    columns = {"image": [b"not an image"] * 4, name: [0, 1, 1, 2]}
    return datasets.Dataset.from_dict(columns).cast_column("image", datasets.Image())


@pytest.mark.parametrize("name", ["label", "labels"])
def test_a_column_of_hugging_face_without_decoding(hugging_face, name) -> None:
    dataset = broken_images(hugging_face, name)
    with pytest.raises(OSError, match="cannot identify image"):
        dataset[0]
    assert labels_of(dataset).tolist() == [0, 1, 1, 2]
    assert labels_of(dataset[name]).tolist() == [0, 1, 1, 2], "a column is labels"
    chosen = dataset.select([3, 0])
    assert labels_of(chosen).tolist() == [2, 0]
    assert labels_of(chosen.with_format("torch")).tolist() == [2, 0]
    assert labels_of(ConcatDataset([chosen, Subset(dataset, [1])])).tolist() == [2, 0, 1]
    both = hugging_face.concatenate_datasets([chosen, dataset])
    assert labels_of(both).tolist() == [2, 0, 0, 1, 1, 2]
    assert samplers.balanced(dataset).seen == pytest.approx((4 / 3,) * 3)


def test_a_transform_of_hugging_face_is_not_called(hugging_face) -> None:
    def read(batch):
        raise AssertionError("samples were read")

    assert labels_of(broken_images(hugging_face).with_transform(read)).tolist() == [0, 1, 1, 2]


def test_a_named_column_of_hugging_face(hugging_face) -> None:
    dataset = broken_images(hugging_face, "fine_label")
    with pytest.raises(DataError, match=r'image, fine_label has no single .*column="\.\.\."'):
        labels_of(dataset)
    with pytest.raises(DataError, match="no single column 'coarse'"):
        labels_of(dataset, column="coarse")
    assert labels_of(dataset, column="fine_label").tolist() == [0, 1, 1, 2]


def test_what_hugging_face_has_that_is_not_labels(hugging_face) -> None:
    dataset = broken_images(hugging_face)
    with pytest.raises(DataError, match="several: train, test"):
        labels_of(hugging_face.DatasetDict(train=dataset, test=dataset))
    with pytest.raises(DataError, match="stream without labels"):
        labels_of(dataset.to_iterable_dataset())
    texts = hugging_face.Dataset.from_dict({"label": ["cat", "dog"]})
    with pytest.raises(DataError, match="not one integer per sample"):
        labels_of(texts)
    assert labels_of(texts.class_encode_column("label")).tolist() == [0, 1]
    missing = hugging_face.Dataset.from_dict({"label": [1, None]})
    with pytest.raises(DataError, match="not one integer per sample"):
        labels_of(missing)


def test_real_parquet_of_images(hugging_face, tmp_path: Path) -> None:
    """As data sets of images are stored: encoded bytes beside the labels, read back lazily."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG")
    features = hugging_face.Features(
        image=hugging_face.Image(), label=hugging_face.ClassLabel(names=["cat", "dog"])
    )
    columns = {"image": [{"bytes": stream.getvalue(), "path": None}] * 3, "label": [1, 0, 1]}
    file = tmp_path / "images.parquet"
    hugging_face.Dataset.from_dict(columns, features=features).to_parquet(str(file))
    dataset = hugging_face.Dataset.from_parquet(str(file), cache_dir=str(tmp_path / "cache"))
    assert dataset[0]["image"].size == (4, 4)
    assert labels_of(dataset).tolist() == [1, 0, 1]


def test_pairs_and_words_are_no_labels() -> None:
    pairs = [(torch.zeros(2), 0), (torch.zeros(2), 1)]
    with pytest.raises(DataError, match="a list was given whose items are something else"):
        samplers.balanced(pairs)
    for words in (["cat", "dog"], np.array(["cat", "dog"], dtype=object)):
        with pytest.raises(DataError, match=r"integers 0\.\.K-1; got dtype"):
            samplers.balanced(words)
