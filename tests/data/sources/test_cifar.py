"""The batches of CIFAR-10: pickles that hold arrays and nothing else."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.errors import DataError


def cifar_batch(seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (20, 3072), dtype=np.uint8)
    return {"batch_label": "x", "data": data, "labels": [i % 10 for i in range(20)]}


def write_batches(root: Path) -> Path:
    place = root / "cifar-10-batches-py"
    place.mkdir(parents=True)
    for seed, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        (place / name).write_bytes(pickle.dumps(cifar_batch(seed), protocol=2))
    return place


def test_cifar10_batches(tmp_path: Path) -> None:
    write_batches(tmp_path)
    dataset = load("cifar10", data_root=str(tmp_path))
    assert dataset.input_shape == (3, 32, 32)
    assert np.bincount(dataset.part).tolist() == [100, 0, 20]
    rows = cifar_batch(1)["data"]
    assert isinstance(rows, np.ndarray)
    assert np.array_equal(dataset.inputs.read()[20:40], rows.reshape(20, 3, 32, 32))
    assert dataset.classes[:2] == ("airplane", "automobile")


class Malice:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1 / 0",)


def test_batches_of_an_older_numpy(tmp_path: Path) -> None:
    """The published files name numpy.core, which is numpy._core today."""
    place = write_batches(tmp_path)
    for path in place.iterdir():
        path.write_bytes(path.read_bytes().replace(b"numpy._core", b"numpy.core"))
    assert b"numpy.core.multiarray" in (place / "test_batch").read_bytes()
    assert len(load("cifar10", data_root=str(tmp_path))) == 120


def test_batches_of_unequal_lengths(tmp_path: Path) -> None:
    place = write_batches(tmp_path)
    batch = {**cifar_batch(0), "labels": [1, 2]}
    (place / "test_batch").write_bytes(pickle.dumps(batch))
    with pytest.raises(DataError, match="20 images but 2 labels"):
        load("cifar10", data_root=str(tmp_path))


@pytest.mark.parametrize("content", [Malice(), {"data": np.zeros((1, 3072))}, [1], {"labels": []}])
def test_batches_hold_arrays_and_nothing_else(tmp_path: Path, content: object) -> None:
    place = write_batches(tmp_path)
    (place / "data_batch_3").write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match="data_batch_3' is not a CIFAR-10 batch"):
        load("cifar10", data_root=str(tmp_path))
