"""Daimler's pedestrians: grey crops of 18 x 36, and negatives cut from frames without any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from counterpoise.data.decode import resize
from counterpoise.data.sources.published import require_counts
from counterpoise.errors import DataError

BASE = "DC-ped-dataset_base"
FRAMES = "add_non-ped_images"  # in DC-ped-dataset_add-1/1 and the like
WIDTH, HEIGHT = 18, 36
CLASSES = ("non-pedestrian", "pedestrian")
FOLDERS = ("non-ped_examples", "ped_examples")
COUNTS = (5000, 4800)  # of each in every one of the five sets
PARTS = {"train": ("1", "2", "3"), "val": ("T2",), "test": ("T1",)}
NEGATIVES = 20_000  # of CNUSVM's training part; the sets have 15 000


def read_daimler(
    root: Path,
    *,
    counts: tuple[int, int] = COUNTS,
    negatives: int = NEGATIVES,
    seed: int = 0,
) -> tuple[dict[str, NDArray[np.generic]], tuple[str, ...]]:
    """Arrays of the three training sets, T2 to validate and T1 to test; and what is to be said.

    Where frames without pedestrians are there, boxes of the shape of a crop and of random place
    and height are cut from them until there are as many `negatives`; without frames there are as
    many as the sets have. (Munder and Gavrila 2006; the sizes are those of CNUSVM, table I)

    Args:
        root: with ``DC-ped-dataset_base/1/ped_examples/*.pgm`` and so on, and perhaps
            ``DC-ped-dataset_add-1/1/add_non-ped_images/*.pgm``.
        counts: negatives and pedestrians of each set, as published unless given.
        negatives: of the training part.
        seed: of the boxes.

    Raises:
        DataError: a set or images are missing, damaged, or of another size.
    """
    base = root / BASE if (root / BASE).is_dir() else root
    arrays: dict[str, NDArray[np.generic]] = {"classes": np.array(CLASSES)}
    for part, names in PARTS.items():
        images: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        for name in names:
            found = [_files(base / name / folder) for folder in FOLDERS]
            require_counts(
                f"daimler ('{base / name}')",
                dict(zip(CLASSES, map(len, found), strict=True)),
                dict(zip(CLASSES, counts, strict=True)),
            )
            for k, files in enumerate(found):
                images += [_crop(file) for file in files]
                labels += [k] * len(files)
        arrays[f"x_{part}"], arrays[f"y_{part}"] = np.stack(images), np.array(labels)
    have = Counter(np.asarray(arrays["y_train"]).tolist())[0]
    frames = sorted(path for path in root.rglob(f"{FRAMES}/*") if path.suffix.lower() == ".pgm")
    if not frames:
        return arrays, (
            f"no frames without pedestrians ({FRAMES}): {have:,} negatives to train on, where "
            f"CNUSVM has {negatives:,}",
        )
    more = _from_frames(frames, max(0, negatives - have), seed)
    arrays["x_train"] = np.concatenate([arrays["x_train"], more])
    arrays["y_train"] = np.concatenate([arrays["y_train"], np.zeros(len(more), dtype=np.int64)])
    return arrays, (
        f"{len(more):,} of {have + len(more):,} negatives to train on are cut from {len(frames):,} "
        "frames without pedestrians, at random places",
    )


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".pgm")
    except OSError as error:
        raise DataError(
            f"daimler: cannot read '{folder}': {error.strerror}; unpack {BASE}.tar.gz, which holds "
            f"{', '.join(FOLDERS)} in each of 1, 2, 3, T1 and T2"
        ) from error


def _grey(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"), dtype=np.uint8)
    except (OSError, ValueError) as error:
        raise DataError(
            f"daimler: cannot read image '{path}': {error}; unpack its archive again"
        ) from error


def _crop(path: Path) -> NDArray[np.uint8]:
    pixels = _grey(path)
    if pixels.shape != (HEIGHT, WIDTH):
        raise DataError(
            f"daimler: '{path}' has {pixels.shape[1]} x {pixels.shape[0]} pixels; examples are "
            f"{WIDTH} x {HEIGHT} (unpack {BASE}.tar.gz again)"
        )
    return pixels


def _from_frames(frames: Sequence[Path], number: int, seed: int) -> NDArray[np.uint8]:
    """`number` boxes (N, 36, 18), spread evenly over the frames; each frame is read once."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(frames))
    shares = np.bincount(np.arange(number) % len(frames), minlength=len(frames))
    boxes: list[NDArray[np.uint8]] = []
    for place, share in zip(order.tolist(), shares.tolist(), strict=True):
        if not share:
            break
        pixels = _grey(frames[place])
        largest = min(pixels.shape[0], 2 * pixels.shape[1])
        if largest < HEIGHT:
            raise DataError(
                f"daimler: the frame '{frames[place]}' is smaller than {WIDTH} x {HEIGHT} pixels"
            )
        for _ in range(share):
            height = int(np.exp(draw.uniform(np.log(HEIGHT), np.log(largest + 1))))
            width = height // 2
            top = int(draw.integers(pixels.shape[0] - height + 1))
            left = int(draw.integers(pixels.shape[1] - width + 1))
            box = np.ascontiguousarray(pixels[top : top + height, left : left + width])
            boxes.append(resize(box[None], (HEIGHT, WIDTH))[0])
    return np.stack(boxes) if boxes else np.empty((0, HEIGHT, WIDTH), dtype=np.uint8)
