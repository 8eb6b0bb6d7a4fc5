"""What random crops of whole images cost over crops of their middle squares.

Images at 256 pixels by the short side, batches of 64 random and mirrored crops of 224, as float32:
a network's training step comes on top, and is the same for both. Seconds are of the processor, of
all threads together, so that other work on the machine counts little. Caltech-101's classes that
are there, or made JPEGs of 500 x 375.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from harness import Arguments, Claim, Output, arguments, compared, interleaved, run
from PIL import Image

from counterpoise import data
from counterpoise.data import FileInputs, Preprocess
from counterpoise.data.decoder import Decoder
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.size import Resize
from counterpoise.data.sources.named import data_roots
from counterpoise.train.cut import Cut
from counterpoise.train.feed import Feed

SIDE, CUT, BATCH = 256, 224, 64
MORE = 4 / 3  # pixels has a photograph of 4:3 over its middle square


def photographs(place: Path, number: int) -> Path:
    """A folder of class folders: Caltech-101's, or made ones."""
    for root in data_roots():
        found = root / "caltech101"
        if (found / "dolphin").is_dir():
            return found
    rng = np.random.default_rng(0)
    for i in range(number):
        folder = place / "made" / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        small = rng.integers(0, 256, (15, 20, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC)
        image.save(folder / f"{i}.jpg", quality=90)
    return place / "made"


def chosen(root: Path, rule: Resize, number: int) -> FileInputs:
    """At most so many of its images, evenly spaced."""
    inputs = data.load(str(root), size=SIDE, channels=3, resize=rule).inputs
    assert isinstance(inputs, FileInputs), "a folder of image files"
    places = np.linspace(0, len(inputs) - 1, min(number, len(inputs))).round()
    return inputs.select(places.astype(np.int64))


def held(files: FileInputs) -> HeldImages:
    """All of them in memory, whole."""
    images = list(files.wholes())
    sizes = np.array([image.shape[:2] for image in images])
    flat = np.concatenate([image.reshape(-1, image.shape[2]) for image in images])
    return HeldImages(flat, sizes, files.size)


def decoded(files: FileInputs, sizes: np.ndarray | None) -> ImageStream:
    """Each decoded whenever it is drawn."""
    return ImageStream(Decoder(files, 0, sizes=sizes))


def passes(source: np.ndarray | HeldImages | ImageStream) -> Callable[[], float]:
    """Processor milliseconds an image of one pass in random order, each time it is called."""
    number, channels = source.shape[:2]
    preprocess = Preprocess.fit("unit", np.zeros((1, channels, SIDE, SIDE), dtype=np.uint8))
    feed = Feed(source, np.zeros(number, dtype=np.int64), preprocess, "cpu")
    feed.cut = Cut(CUT, seed=0, mirror=True)
    random = np.random.default_rng(0)

    def one() -> float:
        order = torch.from_numpy(random.permutation(number))
        begin = time.process_time()
        feed.expect(order)
        for part in order.split(BATCH):
            feed.batch(part)
        return (time.process_time() - begin) / number * 1000

    one()
    return one


def exact(text: str, ours: float, theirs: float, bar: float) -> Claim:
    """A claim on numbers that are the same each time."""
    ratio = ours / theirs
    return Claim(text, ours, theirs, ratio, bar, ratio <= bar, 1, (ratio, ratio))


def measure(options: Arguments, output: Output, root: Path, number: int) -> None:
    """Time and memory of both rules, in memory and decoded whenever drawn."""
    pairs = 2 if options.quick else 9
    files = {rule: chosen(root, rule, number) for rule in ("whole", "short-side")}
    images, squares = held(files["whole"]), files["short-side"].read()
    output.say(f"{len(squares)} images")
    mib = images.pixels.nbytes / 2**20, squares.nbytes / 2**20
    output.claim(exact("MiB of images whole over their middle squares (at most)", *mib, 1.6))
    found = interleaved(passes(images), passes(squares), pairs)
    output.claim(compared("ms a crop, in memory, whole over squares (at most)", *found, MORE))
    streams = decoded(files["whole"], images.sizes), decoded(files["short-side"], None)
    found = interleaved(passes(streams[0]), passes(streams[1]), pairs)
    output.claim(compared("ms a crop, decoded whenever drawn (at most)", *found, MORE))


def main() -> None:
    """Real photographs where they are at hand."""
    options = arguments(__doc__ or "")
    number = 16 if options.quick else 512
    with tempfile.TemporaryDirectory() as place:
        measure(options, Output(options), photographs(Path(place), number), number)


if __name__ == "__main__":
    run(main)
