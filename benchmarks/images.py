"""How fast batches of large images come, beside torchvision's folder in a DataLoader.

Both read the same JPEG files in a fresh order each pass, stretch them to the same square, and
give float32 batches of 64 in [0, 1], with as many threads (ours) as workers (theirs). Theirs:
`ImageFolder`, Pillow, `Resize`, `ToTensor`; its workers are started once and not timed. Ours:
`Feed` of an `ImageStream`, first with no memory for decoded images, so that each is decoded
whenever it is drawn, then with the memory that a training has by default.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from harness import Arguments, Claim, Output, arguments, compared, interleaved, run
from PIL import Image
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from counterpoise import data
from counterpoise.data import FileInputs, LabelledSet, Preprocess, jpeg
from counterpoise.data.decode import decode_rows
from counterpoise.data.decoder import Decoder
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.sources.named import data_roots
from counterpoise.experiments.machine import cores, image_memory
from counterpoise.train.feed import Feed

BATCH = 64
PASSES = 5


@dataclass(frozen=True)
class Folder:
    """Images of a class folder, some of them, and the side that they are stretched to."""

    name: str
    root: Path
    dataset: LabelledSet
    chosen: list[int]
    side: int

    @property
    def files(self) -> FileInputs:
        """The chosen ones."""
        inputs = self.dataset.inputs
        assert isinstance(inputs, FileInputs), "a folder of image files"
        return inputs.select(np.array(self.chosen))


def opened(name: str, root: Path, number: int, side: int | None) -> Folder:
    """At most `number` images of a folder, evenly spaced; the default side unless given."""
    dataset = data.load(str(root), size=side, channels=3)
    chosen = np.unique(np.linspace(0, len(dataset) - 1, min(number, len(dataset))).astype(int))
    return Folder(name, root, dataset, chosen.tolist(), dataset.input_shape[1])


def draw(root: Path, number: int) -> None:
    """JPEGs of 640 x 480 that compress like photographs: smooth shapes and some noise, 100 kB."""
    for i in range(number):
        rng = np.random.default_rng(i)
        coarse = Image.fromarray(rng.integers(0, 256, (26, 34, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((640, 480), Image.Resampling.BICUBIC))
        pixels = (smooth + rng.normal(0, 8, smooth.shape)).clip(0, 255).astype(np.uint8)
        place = root / f"class-{i % 4}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{i}.jpg", quality=90)


def ours(folder: Folder, memory: int, workers: int, passes: int) -> float:
    """Seconds of some passes, from files to float batches; every time with nothing kept before."""
    files = folder.files
    labels = folder.dataset.labels[folder.chosen]
    preprocess = Preprocess.fit("unit", np.zeros((1, 3, folder.side, folder.side), dtype=np.uint8))
    feed = Feed(ImageStream(Decoder(files, memory, workers)), labels, preprocess, "cpu")
    clock = time.perf_counter()
    for number in range(passes):
        order = torch.randperm(len(feed), generator=torch.Generator().manual_seed(number))
        feed.expect(order)
        for index in order.split(BATCH):
            assert feed.batch(index).inputs.dtype == torch.float32
    return time.perf_counter() - clock


def theirs(folder: Folder, workers: int) -> Callable[[int], float]:
    """What times some passes of a DataLoader whose workers run already, and end with it."""
    side = (folder.side, folder.side)
    change = transforms.Compose([transforms.Resize(side), transforms.ToTensor()])
    subset = Subset(datasets.ImageFolder(str(folder.root), change), folder.chosen)
    loader = DataLoader(
        subset, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )

    def timed(passes: int) -> float:
        clock = time.perf_counter()
        for _ in range(passes):
            for inputs, _ in loader:
                assert inputs.dtype == torch.float32
        return time.perf_counter() - clock

    timed(1)
    return timed


def speed(folder: Folder, options: Arguments, output: Output) -> None:
    """Claims about one folder: images decoded whenever they are drawn, and kept."""
    workers, pairs = cores(), 2 if options.quick else 10
    many = len(folder.chosen)
    what = f"{many} JPEGs of {folder.name} at {folder.side} x {folder.side}, {workers} workers"
    default = image_memory()
    output.say(f"{what}; load {os.getloadavg()[0]:.1f}")
    passing = theirs(folder, workers)
    for memory, passes, how in (
        (0, 1, "each decoded whenever it is drawn"),
        (default, PASSES, f"{PASSES} passes, {default / 2**30:.1f} GiB of memory"),
    ):
        found = interleaved(
            partial(ours, folder, memory, workers, passes),
            partial(passing, passes),
            pairs if passes == 1 else max(2, pairs // 2),
        )
        left, right = (1000 * seconds / (passes * many) for seconds in found)
        text = f"ImageFolder + DataLoader over ours, ms an image, {what}, {how} (at least)"
        output.claim(compared(text, left, right, 2.0, at_least=True))
    output.claim(difference(folder))


def difference(folder: Folder) -> Claim:
    """The largest difference of a pixel between simplejpeg and Pillow, on 200 of the files."""
    paths = folder.files.paths[:: max(1, len(folder.chosen) // 200)]
    side = (folder.side, folder.side)
    fast = [decode_rows(path, side, 3).astype(int) for path in paths]
    library = jpeg.library
    jpeg.library = lambda: None  # type: ignore[assignment]
    try:
        plain = [decode_rows(path, side, 3) for path in paths]
    finally:
        jpeg.library = library
    most = max(float(np.abs(a - b).max()) for a, b in zip(fast, plain, strict=True))
    text = f"largest difference of a byte between simplejpeg and Pillow, {folder.name} (at most)"
    return Claim(text, most, 0.0, None, 0.0, most == 0, len(paths), (most, most))


def main() -> None:
    """Time both on Caltech-101, if it is there, and on images that are drawn for it."""
    options = arguments(__doc__ or "")
    output = Output(options)
    if jpeg.library() is None:
        output.say("simplejpeg is not installed: Pillow decodes (pip install 'counterpoise[jpeg]')")
    roots = [root / "caltech101" for root in data_roots()]
    there = next((root for root in roots if root.is_dir()), None)
    if there is None:
        output.say("skipped Caltech-101: no caltech101/ under COUNTERPOISE_DATA")
    else:
        speed(opened("Caltech-101", there, 128 if options.quick else 1024, None), options, output)
    with tempfile.TemporaryDirectory() as scratch:
        draw(Path(scratch), 64 if options.quick else 256)
        speed(opened("640 x 480", Path(scratch), 256, 224), options, output)


if __name__ == "__main__":
    run(main)
