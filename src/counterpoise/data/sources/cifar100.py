"""CIFAR-100 as published: 100 things, 500 photographs of each to train on, 100 to test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.sources.cifar import read_pickle
from counterpoise.errors import DataError

SUMS = {  # MD5 of the files of cifar-100-python.tar.gz
    "train": "16019d7e3df5f24257cddd939b257f8d",
    "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    "meta": "7973b15100ade9c7d40fb424638fde48",
}


def read_cifar100(
    folder: Path, sums: Mapping[str, str] | None = None
) -> dict[str, NDArray[np.generic]]:
    """``x_train, y_train, x_test, y_test, classes``; images uint8 (N, 32, 32, 3), fine labels.

    Args:
        folder: with the files train, test and meta.
        sums: MD5 of each, those of the published files unless given.

    Raises:
        DataError: a file is missing, is not the published one, or holds anything but arrays.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, expected in (SUMS if sums is None else sums).items():
        path = folder / name
        try:
            found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        except OSError as error:
            raise DataError(
                f"cannot read '{path}': {error.strerror}; {folder.name} holds train, test and meta"
            ) from error
        if found != expected:
            raise DataError(
                f"'{path}' is not the published file: its MD5 is {found}, not {expected} "
                "(cut or changed?); unpack cifar-100-python.tar.gz again"
            )
        batch = read_pickle(path, "CIFAR-100")
        try:
            if name == "meta":
                arrays["classes"] = np.array([str(one) for one in batch["fine_label_names"]])
                continue
            rows = np.asarray(batch["data"], dtype=np.uint8).reshape(-1, 3, 32, 32)
            labels = np.asarray(batch["fine_labels"], dtype=np.int64)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"'{path}' is no file of CIFAR-100: {error!r}") from error
        arrays[f"x_{name}"], arrays[f"y_{name}"] = rows.transpose(0, 2, 3, 1), labels
    return arrays
