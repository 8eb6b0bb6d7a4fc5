"""The Python batches of CIFAR-10, as torchvision keeps them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))
TEST = "test_batch"
_ALLOWED = {
    ("_codecs", "encode"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),
}


class _ArraysOnly(pickle.Unpickler):
    """The batches are pickles; a pickle may run any code, so only numpy arrays are let in."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a CIFAR batch")
        if module.startswith("numpy.core"):  # renamed in numpy 2; the old path warns
            module = module.replace("numpy.core", "numpy._core")
        found: object = super().find_class(module, name)
        return found


def find(folder: Path) -> bool:
    """Whether all six batches are in `folder`."""
    return all((folder / name).is_file() for name in (*TRAIN, TEST))


def read_batches(folder: Path) -> dict[str, NDArray[np.generic]]:
    """``x_train, y_train, x_test, y_test``; images uint8 (N, 32, 32, 3).

    Raises:
        DataError: a batch is damaged or holds anything but arrays and lists.
    """
    train = [_batch(folder / name) for name in TRAIN]
    x_test, y_test = _batch(folder / TEST)
    return {
        "x_train": np.concatenate([x for x, _ in train]),
        "y_train": np.concatenate([y for _, y in train]),
        "x_test": x_test,
        "y_test": y_test,
    }


def read_pickle(path: Path, what: str) -> Mapping[str, Any]:
    """The dictionary of a batch of `what`, without running any code that a pickle may hold.

    Raises:
        DataError: it is damaged or holds anything but arrays, lists and text.
    """
    try:
        with path.open("rb") as file:
            batch = _ArraysOnly(file, encoding="latin1").load()
    except (pickle.UnpicklingError, OSError, EOFError, TypeError, ValueError) as error:
        raise DataError(f"'{path}' is not a {what} batch: {error}; fetch it again") from error
    if not isinstance(batch, dict):
        held = type(batch).__name__
        raise DataError(f"'{path}' is not a {what} batch: it holds a {held}; fetch it again")
    return batch


def _batch(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    batch = read_pickle(path, "CIFAR-10")
    try:
        rows = np.asarray(batch["data"], dtype=np.uint8).reshape(-1, 3, 32, 32)
        labels = np.asarray(batch["labels"], dtype=np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"'{path}' is not a CIFAR-10 batch: {error}; fetch it again") from error
    if len(rows) != len(labels):
        raise DataError(f"'{path}': {len(rows)} images but {len(labels)} labels; fetch it again")
    return rows.transpose(0, 2, 3, 1), labels
