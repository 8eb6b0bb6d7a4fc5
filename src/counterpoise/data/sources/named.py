"""Data sets known by name, read from the data root."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.sources import cifar, idx
from counterpoise.data.sources.archive import from_arrays, read_npz
from counterpoise.data.sources.gaussian_quantiles import gaussian_quantiles
from counterpoise.data.sources.wisdm import FILE as WISDM
from counterpoise.data.sources.wisdm import wisdm_windows
from counterpoise.errors import DataError

ENVIRONMENT = "COUNTERPOISE_DATA"
DOWNLOAD_TIMEOUT = 10.0  # seconds without an answer

NAMED = {
    "digits": "1797 handwritten digits, 8x8 grey; comes with scikit-learn",
    "mnist": "70 000 handwritten digits, 28x28 grey, official test set",
    "fashion-mnist": "70 000 articles of clothing, 28x28 grey, official test set",
    "cifar10": "60 000 photographs of 10 things, 32x32 RGB, official test set",
    "gtsrb-20-80": "2760 German speed-limit signs, 20 against 80 km/h, 32x32 RGB, by track",
    "gaussian-quantiles": "12 200 made vectors of 10 numbers, 3 classes by length; nothing to get",
    "wisdm-51": "phone accelerometer, windows of 3 x 80 (4 s), 5 activities, by user",
}
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CIFAR10 = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
Arrays = dict[str, NDArray[np.generic]]


def data_roots(data_root: str | None = None) -> list[Path]:
    """Folders that are searched, in order: the argument, else $COUNTERPOISE_DATA, else a cache."""
    text = data_root or os.environ.get(ENVIRONMENT) or "~/.cache/counterpoise"
    return [Path(piece).expanduser() for piece in text.split(os.pathsep) if piece]


def load_named(
    name: str,
    data_root: str | None = None,
    size: Size | None = None,
    channels: int | None = None,
) -> LabelledSet:
    """Load one of `NAMED`; see `counterpoise.data.load`."""
    roots = data_roots(data_root)
    arrays = _digits() if name == "digits" else _READERS[name](roots)
    return from_arrays(name, arrays, name, size=size, channels=channels, published=True)


def _digits() -> Arrays:
    """Scikit-learn's file, read without importing scikit-learn, which takes over a second."""
    found = importlib.util.find_spec("sklearn")
    assert found is not None, "counterpoise depends on scikit-learn"
    path = Path(found.origin or "").parent / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        table = np.loadtxt(path, delimiter=",")
        images, labels = table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(np.int64)
    else:  # another version may keep it elsewhere
        from sklearn.datasets import load_digits

        images, labels = load_digits().images, load_digits().target
    pixels = np.floor(images * (255 / 16) + 0.5).astype(np.uint8)  # stored as 0..16
    return {"x_train": pixels, "y_train": labels}


def _mnist(roots: list[Path]) -> Arrays:
    return _idx(roots, "MNIST")


def _fashion(roots: list[Path]) -> Arrays:
    return {**_idx(roots, "FashionMNIST"), "classes": np.array(FASHION)}


def _idx(roots: list[Path], folder: str) -> Arrays:
    def read() -> Arrays | None:
        for root in roots:
            files = idx.find(root / folder / "raw")
            if files:
                return {key: idx.read_idx(path) for key, path in files.items()}
        return None

    wanted = ", ".join(idx.FILES.values())
    return read() or _downloaded(
        folder, roots, read, f"{roots[0] / folder / 'raw'}{os.sep}: {wanted} (each plain or .gz)"
    )


def _cifar10(roots: list[Path]) -> Arrays:
    def read() -> Arrays | None:
        for root in roots:
            if (root / "cifar10.npz").is_file():
                return read_npz(root / "cifar10.npz")
            if cifar.find(root / "cifar-10-batches-py"):
                return cifar.read_batches(root / "cifar-10-batches-py")
        return None

    wanted = (
        f"{roots[0] / 'cifar-10-batches-py'}{os.sep}: {', '.join(cifar.TRAIN)}, {cifar.TEST}; or "
        f"{roots[0] / 'cifar10.npz'} with x_train, y_train, x_test, y_test (uint8 NHWC)"
    )
    return {**(read() or _downloaded("CIFAR10", roots, read, wanted)), "classes": np.array(CIFAR10)}


def _gtsrb(roots: list[Path]) -> Arrays:
    for root in roots:
        file = root / "gtsrb_20_80.npz"
        if file.is_file():
            arrays = read_npz(file)
            if "track_train" not in arrays:
                raise DataError(f"'{file}' lacks track_train; frames of one track are near-copies")
            arrays["group_train"] = arrays.pop("track_train")
            return {**arrays, "classes": np.array(("80 km/h", "20 km/h"))}
    raise DataError(
        f"gtsrb-20-80 is not under {_shown(roots)} and has no download; put "
        f"{roots[0] / 'gtsrb_20_80.npz'} there: x_train and x_test uint8 (N, 32, 32, 3), y_train "
        "and y_test (1 = 20 km/h, 0 = 80 km/h), track_train (see docs/data.md)"
    )


def _gaussian(roots: list[Path]) -> Arrays:
    return gaussian_quantiles()


def _wisdm(roots: list[Path]) -> Arrays:
    for root in roots:
        if (root / WISDM).is_file():
            return wisdm_windows(root / WISDM)
    raise DataError(
        f"wisdm-51 is not under {_shown(roots)} and has no download; put {roots[0] / WISDM} there: "
        "xyz float32 (N, 3) at 20 Hz, activity and user (N,), classes (see docs/data.md)"
    )


_READERS: dict[str, Callable[[list[Path]], Arrays]] = {
    "mnist": _mnist,
    "fashion-mnist": _fashion,
    "cifar10": _cifar10,
    "gtsrb-20-80": _gtsrb,
    "gaussian-quantiles": _gaussian,
    "wisdm-51": _wisdm,
}


def _downloaded(
    name: str, roots: list[Path], read: Callable[[], Arrays | None], wanted: str
) -> Arrays:
    reason = download(name, roots[0])
    arrays = read() if reason is None else None
    if arrays is None:
        raise DataError(
            f"{name} is not under {_shown(roots)} and could not be downloaded "
            f"({reason or 'files missing'}); put into {wanted}"
        )
    return arrays


def download(name: str, root: Path) -> str | None:
    """Let torchvision fetch a data set into `root`; the reason when it could not, else None.

    Fetches aside and moves whole files, so that a broken download leaves nothing behind.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)  # torchvision sets none and would wait for ever
    made = not root.exists()
    try:
        from torchvision import datasets

        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".download-") as aside:
            with contextlib.redirect_stdout(sys.stderr):
                getattr(datasets, name)(aside, download=True)
            for file in Path(aside).rglob("*"):
                if file.is_file() and file.suffix != ".gz":
                    target = root / file.relative_to(aside)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
    except Exception as error:  # whatever goes wrong, the user puts the files there by hand
        if made:
            with contextlib.suppress(OSError):  # not empty: another process fetches, too
                root.rmdir()
        return (str(error).splitlines() or [type(error).__name__])[-1]
    finally:
        socket.setdefaulttimeout(before)
    return None


def _shown(roots: list[Path]) -> str:
    return " or ".join(str(root) for root in roots)
