"""CIFAR-100: the published layout, checked by MD5."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.data.sources import cifar100
from counterpoise.data.sources.cifar100 import SUMS, read_cifar100
from counterpoise.errors import DataError

NAMES = ["apple", "bear", "clock"]


def written(folder: Path, **changes: object) -> dict[str, str]:
    """Three classes, 6 training and 3 test images; the MD5 of each file."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    batches: dict[str, dict[str, object]] = {
        "train": {"data": rng.integers(0, 256, (6, 3072), dtype=np.uint8),
                  "fine_labels": [0, 1, 2, 0, 1, 2], "coarse_labels": [0] * 6},
        "test": {"data": rng.integers(0, 256, (3, 3072), dtype=np.uint8),
                 "fine_labels": [2, 1, 0], "coarse_labels": [0] * 3},
        "meta": {"fine_label_names": NAMES, "coarse_label_names": ["thing"]},
    }  # fmt: skip
    for name, batch in batches.items():
        (folder / name).write_bytes(pickle.dumps(changes.get(name, batch), protocol=2))
    return {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in batches}


def test_the_sums_are_those_of_torchvision() -> None:
    from torchvision.datasets import CIFAR100

    assert dict(CIFAR100.train_list + CIFAR100.test_list) | {"meta": CIFAR100.meta["md5"]} == SUMS


def test_it_is_read_with_fine_labels(tmp_path, monkeypatch) -> None:
    sums = written(tmp_path / "cifar-100-python")
    arrays = read_cifar100(tmp_path / "cifar-100-python", sums)
    assert arrays["x_train"].shape == (6, 32, 32, 3)
    raw = pickle.loads((tmp_path / "cifar-100-python" / "test").read_bytes())
    assert np.array_equal(arrays["x_test"][1, :, :, 2].ravel(), raw["data"][1, 2048:])
    monkeypatch.setattr(cifar100, "SUMS", sums)
    found = load("cifar100", data_root=str(tmp_path))
    assert found.classes == tuple(NAMES)
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2, 2, 1, 0]
    assert found.part.tolist() == [0] * 6 + [2] * 3
    assert any("licence" in note for note in found.notes)


def test_a_cut_file_is_said_with_both_sums(tmp_path) -> None:
    folder = tmp_path / "cifar-100-python"
    sums = written(folder)
    whole = (folder / "train").read_bytes()
    (folder / "train").write_bytes(whole[:-5])
    with pytest.raises(DataError, match=f"train' is not the published.*not {sums['train']}"):
        read_cifar100(folder, sums)
    (folder / "train").unlink()
    with pytest.raises(DataError, match=r"No such file.*holds train, test and meta"):
        read_cifar100(folder, sums)
    written(folder)
    with pytest.raises(DataError, match="is not the published file"):
        load("cifar100", data_root=str(tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": {"data": np.zeros((1, 3072), np.uint8)}}, "fine_labels"),
        ({"train": [1, 2]}, "holds a list"),
        ({"test": {"data": Path("x"), "fine_labels": [0]}}, "has no place"),
    ],
)
def test_what_it_holds_is_checked(tmp_path, change, said) -> None:
    sums = written(tmp_path / "c", **change)
    with pytest.raises(DataError, match=said):
        read_cifar100(tmp_path / "c", sums)
