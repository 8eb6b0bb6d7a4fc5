"""Are DeepSMOTE's images of their class? A LeNet-5 that was trained on real digits says.

MNIST is thinned out exponentially, DeepSMOTE balances it again, and LeNet-5, trained on the whole
training part, looks at what was made. `ours` is the share of those images that it takes for their
class, over classes with 500 or more originals; `theirs` its share on real test images of the same
classes. `spread` is the bootstrap 95 % interval of `ours`. Without MNIST the 8x8 digits of
scikit-learn, enlarged to 32x32, take its place.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from harness import Claim, Output, common, interval, load_if_present, parser, run, train
from PIL import Image

from counterpoise import data
from counterpoise.data import LabelledSet, Split
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Value
from counterpoise.resamplers import DeepSMOTE
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
BAR = 0.8
ORIGINALS = 500
SHOWN = 10  # images of a class on the sheet, real ones and made ones


@dataclass(frozen=True)
class Problem:
    """Images (N, 1, S, S) with a training and a test part, and how the former is thinned out."""

    dataset: LabelledSet
    images: Bytes
    split: Split
    largest: int
    originals: int
    updates: int

    def thinned(self) -> Labels:
        """Rows of the training part, exponential ratio 100, drawn with a fixed seed."""
        rng = np.random.default_rng(0)
        rows = []
        for k in range(self.dataset.num_classes):
            own = self.split.train[self.dataset.labels[self.split.train] == k]
            wanted = int(self.largest * 100 ** (-k / (self.dataset.num_classes - 1)))
            rows.append(rng.permutation(own)[: max(2, wanted)])
        return np.concatenate(rows)


def problem(quick: bool) -> Problem:
    """MNIST, or the digits of scikit-learn in its place."""
    mnist = None if quick else load_if_present("mnist")
    dataset = mnist or data.load("digits")
    images = dataset.inputs.read()
    if mnist is None:
        images = np.kron(images, np.ones((1, 1, 4, 4), dtype=np.uint8))
    (split,) = data.make_splits(dataset, data.parse("none"), seeds=[0])
    if mnist is None:
        return Problem(dataset, images, split, 100, 20, 300)
    return Problem(dataset, images, split, 4000, ORIGINALS, 500)


def recognised(problem: Problem, made: Bytes, device: str) -> tuple[Labels, Labels]:
    """Classes that LeNet-5 takes the made images for, and the real images of the test part."""
    length: dict[str, Value] = {"rounds": 1, "updates_per_round": problem.updates}
    tables: dict[str, Value] = {"train": length, "model": {"name": "lenet5"}}
    (recipe,) = load_methods(["baseline"], tables, {})
    trained = train(
        recipe, problem.dataset, problem.images, problem.split, seed=0, device=device, parts={}
    )
    nothing = np.zeros(len(made), dtype=np.int64)
    feed = Feed(made, nothing, trained.preprocess, trained.device)
    real = trained.logits(problem.split.test).argmax(axis=1)
    return scores(trained.model, feed).argmax(axis=1), real


def sheet(file: Path, images: Bytes, labels: Labels, num_real: int) -> None:
    """A row a class: real images on the left, made ones on the right."""
    rng = np.random.default_rng(0)
    size = images.shape[-1]
    rows = []
    for k in range(int(labels.max()) + 1):
        cells = []
        for first, last in ((0, num_real), (num_real, len(images))):
            own = first + np.flatnonzero(labels[first:last] == k)
            shown = images[rng.permutation(own)[:SHOWN], 0]
            blank = np.zeros((SHOWN - len(shown), size, size), dtype=np.uint8)
            cells += [*shown, *blank, np.full((size, size // 4), 128, dtype=np.uint8)]
        rows.append(np.concatenate(cells[:-1], axis=1))
    whole = Image.fromarray(np.concatenate(rows))
    whole.resize((2 * whole.width, 2 * whole.height)).save(file)


def options() -> argparse.Namespace:
    """The common options, and those of this script."""
    mine = parser(__doc__ or "")
    mine.add_argument("--penalty", default="paper", choices=("paper", "released"))
    mine.add_argument("--epochs", type=int, default=2)
    mine.add_argument("--width", type=int, default=16, help="64 is the paper's, for a GPU")
    mine.add_argument("--batch-size", type=int, default=50, help="100 is the paper's")
    mine.add_argument("--lr", type=float, default=1e-3, help="2e-4 is the paper's, for 200 epochs")
    mine.add_argument("--sheet", type=Path, help="PNG of real and made images, a row a class")
    return mine.parse_args()


def main() -> None:
    """Make images, look at them, say what share is recognised."""
    given = options()
    output = Output(common(given))
    posed = problem(given.quick)
    rows = posed.thinned()
    X, y = posed.images[rows], posed.dataset.labels[rows]
    sampler = DeepSMOTE(
        penalty=given.penalty,
        epochs=1 if given.quick else given.epochs,
        width=4 if given.quick else given.width,
        batch_size=given.batch_size,
        lr=given.lr,
        random_state=0,
    )
    start = time.perf_counter()
    images, labels = sampler.fit_resample(X, y)
    seconds = time.perf_counter() - start
    updates = -(-len(X) // given.batch_size) * len(sampler.losses_)
    output.say(f"losses {[round(loss, 4) for loss in sampler.losses_]}")
    if given.sheet is not None:
        sheet(given.sheet, images, labels, len(X))
    taken, real = recognised(posed, images[len(X) :], output.options.device)
    right = (taken == labels[len(X) :]).astype(np.float64)
    counts = np.bincount(y)
    for k in np.flatnonzero(np.bincount(labels[len(X) :], minlength=len(counts))):
        share = right[labels[len(X) :] == k].mean()
        output.say(f"class {k}: {counts[k]} originals, {share:.3f} of the made ones recognised")
    large = counts >= posed.originals
    ours = right[large[labels[len(X) :]]]
    tested = posed.dataset.labels[posed.split.test]
    low, high = interval(ours, np.mean, draws=400)
    output.claim(
        Claim(
            claim=f"share of images recognised of those that DeepSMOTE ({given.penalty}) made for "
            f"classes of {posed.originals} or more, {posed.dataset.name}, width {sampler.width}, "
            f"{updates} updates of {given.batch_size}, {seconds:.0f} s (at least)",
            ours=float(ours.mean()),
            theirs=float((real == tested)[large[tested]].mean()),
            ratio=None,
            bar=BAR,
            holds=low >= BAR,
            n=len(ours),
            spread=(low, high),
        )
    )


if __name__ == "__main__":
    run(main)
