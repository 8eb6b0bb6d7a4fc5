"""Data sets known by name, read from the data root."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.sources import cifar, idx
from counterpoise.data.sources.about import ABOUT
from counterpoise.data.sources.archive import from_arrays, read_npz
from counterpoise.data.sources.caltech101 import load_caltech101, load_caltech_part
from counterpoise.data.sources.cifar100 import read_cifar100
from counterpoise.data.sources.daimler import read_daimler
from counterpoise.data.sources.gaussian_quantiles import gaussian_pool, gaussian_quantiles
from counterpoise.data.sources.gtsrb import read_gtsrb
from counterpoise.data.sources.ham10000 import load_ham10000
from counterpoise.data.sources.ilsvrc2012 import load_ilsvrc2012
from counterpoise.data.sources.windows import at_random
from counterpoise.data.sources.wisdm import wisdm_text_windows, wisdm_windows
from counterpoise.data.sources.wisdm_v11 import read_wisdm_v11
from counterpoise.errors import DataError

ENVIRONMENT = "COUNTERPOISE_DATA"
DOWNLOAD_TIMEOUT = 10.0  # seconds without an answer

FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
)  # fmt: skip
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
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
    """Load one of `about.NAMED`; see `counterpoise.data.load`."""
    roots = data_roots(data_root)
    if name in _OPENERS:
        return _OPENERS[name](_Asked(name, _place(name, roots), size, channels))
    arrays = _digits() if name == "digits" else _READERS[name](roots)
    return from_arrays(name, arrays, name, size=size, channels=channels, published=True)


class _Asked(NamedTuple):
    """A set, the file or folder that it was found at, and the images that are wanted."""

    name: str
    place: Path
    size: Size | None
    channels: int | None

    def made(self, arrays: Arrays, notes: tuple[str, ...] = ()) -> LabelledSet:
        """The set of such arrays."""
        where, form = f"{self.name} ('{self.place}')", (self.size, self.channels)
        found = from_arrays(
            self.name, arrays, where, size=form[0], channels=form[1], published=True
        )
        return self.with_terms(replace(found, notes=(*found.notes, *notes)))

    def with_terms(self, found: LabelledSet) -> LabelledSet:
        """The set, with a note of its source and licence."""
        return replace(found, notes=(*found.notes, ABOUT[self.name].terms))


def _place(name: str, roots: list[Path]) -> Path:
    about = ABOUT[name]
    places = (root / place for root in roots for place in about.places)
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise DataError(
            f"{name} is not under {_shown(roots)} and has no download; put into "
            f"{roots[0]}{os.sep}: {about.wanted} ({about.source}; licence: {about.licence}; see "
            "docs/data.md)"
        )
    return found


def _cifar100(asked: _Asked) -> LabelledSet:
    return asked.made(read_cifar100(asked.place))


def _whole_gtsrb(asked: _Asked) -> LabelledSet:
    return asked.made(read_gtsrb(asked.place, asked.size))


def _daimler(asked: _Asked) -> LabelledSet:
    return asked.made(*read_daimler(asked.place))


def _wisdm_text(asked: _Asked) -> LabelledSet:
    arrays, notes = read_wisdm_v11(asked.place)
    return asked.made(at_random(arrays) if asked.name.endswith("-random") else arrays, notes)


def _wisdm_51(asked: _Asked) -> LabelledSet:
    arrays, notes = (
        (wisdm_windows(asked.place), ())
        if asked.place.suffix == ".npz"
        else wisdm_text_windows(asked.place)
    )
    return asked.made(at_random(arrays) if asked.name.endswith("-random") else arrays, notes)


def _files(
    load: Callable[[Path, str, Size | None, int | None], LabelledSet],
) -> Callable[[_Asked], LabelledSet]:
    return lambda asked: asked.with_terms(load(asked.place, asked.name, asked.size, asked.channels))


_OPENERS: dict[str, Callable[[_Asked], LabelledSet]] = {
    "cifar100": _cifar100,
    "gtsrb": _whole_gtsrb,
    "caltech-101": _files(load_caltech101),
    "caltech-part": _files(load_caltech_part),
    "ham10000": _files(load_ham10000),
    "ilsvrc2012": _files(load_ilsvrc2012),
    "daimler": _daimler,
    "wisdm-51": _wisdm_51,
    "wisdm-51-random": _wisdm_51,
    "wisdm-v1.1": _wisdm_text,
    "wisdm-v1.1-random": _wisdm_text,
}


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


def _gaussian_pool(roots: list[Path]) -> Arrays:
    return gaussian_pool()


_READERS: dict[str, Callable[[list[Path]], Arrays]] = {
    "mnist": _mnist,
    "fashion-mnist": _fashion,
    "cifar10": _cifar10,
    "gtsrb-20-80": _gtsrb,
    "gaussian-quantiles": _gaussian,
    "gaussian-quantiles-pool": _gaussian_pool,
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
