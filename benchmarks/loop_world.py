"""Pictures for the loop of labels: a class that is rare at first, as made-up cameras show it.

Real pictures in three parts: those that a first model is trained on, those that arrive at a
server, and those that models are judged on. Each part has cameras of its own, and each camera its
own contrast, brightness and tilt. The rare class is as rare in what arrives as in what was trained
on. Nothing here trains or chooses.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Numbers = npt.NDArray[np.int64]
Pictures = npt.NDArray[np.uint8]

FEWEST = 20  # pictures of the rare class that the first model is trained on
CAMERAS = 10  # of each part


@dataclass(frozen=True)
class Sizes:
    """Pictures of each class but the rare one, in each part."""

    base: int
    stream: int
    held: int


SIZES = {"digits": Sizes(60, 70, 150), "fashion-mnist": Sizes(200, 300, 300)}


@dataclass(frozen=True)
class Part:
    """Pictures (N, H, W), their classes, their cameras and which of the set they are, (N,) each."""

    pictures: Pictures
    labels: Numbers
    cameras: Numbers
    index: Numbers

    def png(self, index: int) -> bytes:
        """A picture as a file."""
        stream = io.BytesIO()
        Image.fromarray(self.pictures[index]).save(stream, "PNG", compress_level=1)
        return stream.getvalue()


@dataclass(frozen=True)
class World:
    """What one seed of one set is made of.

    Args:
        classes: names.
        rare: index of the class that is rare.
        base: what the first model is trained on.
        stream: what arrives.
        held: what models are judged on; nothing is chosen or trained with it.
    """

    classes: tuple[str, ...]
    rare: int
    base: Part
    stream: Part
    held: Part


def make(name: str, seed: int) -> World:
    """The world of a seed, whose rare class is `seed` modulo the number of classes."""
    images, labels, classes = _digits() if name == "digits" else _fashion(name)
    sizes, rare = SIZES[name], seed % len(classes)
    random = np.random.default_rng([seed, len(labels)])
    wanted = np.array([sizes.base, sizes.stream, sizes.held])
    few = np.array([FEWEST, round(FEWEST * sizes.stream / sizes.base), sizes.held])
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for k in range(len(classes)):
        own = random.permutation(np.flatnonzero(labels == k))
        ends = np.cumsum(few if k == rare else wanted)
        for part, some in zip(parts, np.split(own, ends)[:3], strict=True):
            part.extend(some.tolist())
    made = []
    for number, index in enumerate(parts):
        order = random.permutation(np.array(index))
        first = CAMERAS * number
        cameras = random.integers(first, first + CAMERAS, len(order))
        made.append(Part(_shown(images[order], cameras, random), labels[order], cameras, order))
    return World(classes, rare, *made)


def write_base(world: World, folder: Path) -> Path:
    """The pictures of the first model, and a CSV file with their cameras as groups; that file."""
    folder.mkdir(parents=True)
    rows = [("path", "label", "group")]
    base = world.base
    for number, (label, camera) in enumerate(zip(base.labels, base.cameras, strict=True)):
        path = f"{number}.png"
        (folder / path).write_bytes(base.png(number))
        rows.append((path, world.classes[label], f"camera-{camera}"))
    file = folder / "base.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return file


def _digits() -> tuple[Pictures, Numbers, tuple[str, ...]]:
    """scikit-learn's 1797 digits, at twice their size."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    small = (255 / 16 * pixels.reshape(-1, 8, 8)).astype(np.uint8)
    large = [Image.fromarray(one).resize((16, 16), Image.Resampling.BICUBIC) for one in small]
    names = tuple(f"digit {n}" for n in range(10))
    return np.stack([np.asarray(one) for one in large]), labels.astype(np.int64), names


def _fashion(name: str) -> tuple[Pictures, Numbers, tuple[str, ...]]:
    """Fashion-MNIST's 60 000 training pictures, at half their size."""
    from counterpoise import data

    whole = data.load(name)
    index = whole.indices(-1, 0)
    pixels = np.asarray(whole.inputs.read(index), dtype=np.float32)  # (60000, 1, 28, 28)
    small = (pixels.reshape(-1, 14, 2, 14, 2).mean((2, 4)) + 0.5).astype(np.uint8)
    return small, whole.labels[index], tuple(whole.classes)


def _shown(images: Pictures, cameras: Numbers, random: np.random.Generator) -> Pictures:
    """Pictures as their cameras show them."""
    shown = np.empty_like(images)
    for camera in np.unique(cameras):
        contrast, brightness = random.uniform(0.5, 1), random.uniform(0, 1)
        tilt = random.uniform(-15, 15)
        for i in np.flatnonzero(cameras == camera):
            turned = Image.fromarray(images[i]).rotate(tilt, Image.Resampling.BILINEAR)
            pixels = contrast * np.asarray(turned, np.float64)
            shown[i] = np.round(pixels + brightness * (1 - contrast) * 255)
    return shown
