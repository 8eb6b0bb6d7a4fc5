"""What ``predict`` is given: files, folders of images, arrays, and a prior."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.errors import ArgumentError, DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def gather(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Image files, those of folders included, and ``.npy`` files, each in the order given.

    Raises:
        ArgumentError: every path that is not there or is of another kind, one line each.
    """
    from counterpoise.data.decode import SUFFIXES, is_image

    files: list[Path] = []
    arrays: list[Path] = []
    faults = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and is_image(p.name))
            files += inside
            if not inside:
                faults.append(f"{path}: no image in this folder ({' '.join(SUFFIXES)})")
        elif not path.exists():
            faults.append(f"{path}: no such file or folder")
        elif path.suffix.lower() == ".npy":
            arrays.append(path)
        elif is_image(path.name):
            files.append(path)
        else:
            faults.append(f"{path}: neither an image ({' '.join(SUFFIXES)}) nor .npy")
    if faults:
        raise ArgumentError("\n".join(faults))
    return files, arrays


def read_array(path: Path) -> "npt.NDArray[np.generic]":
    """The samples (N, ...) of a ``.npy`` file.

    Raises:
        DataError: it is no ``.npy`` file, or holds Python objects.
    """
    import numpy as np

    try:
        array: npt.NDArray[np.generic] = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise DataError(f"cannot read {path}: {error}".splitlines()[0]) from error
    return array


def read_prior(text: str) -> list[float]:
    """``"0.01,0.99"`` as numbers; whether they fit the classes is the predictor's to say.

    Raises:
        ArgumentError: a piece is no number.

    >>> read_prior("0.01, 0.99")
    [0.01, 0.99]
    """
    try:
        return [float(piece) for piece in text.split(",")]
    except ValueError:
        raise ArgumentError(
            f"--prior takes one share for each class, such as 0.01,0.99; got '{text}'"
        ) from None
